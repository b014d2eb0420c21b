import { messageOf, OrchestratorError } from './error.ts';

const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7F',
  blank: '\\t ',
  cntrl: '\\x00-\\x1F\\x7F',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
};

/**
 * Compiles an expression written for Go (RE2), as the historic configuration files have them, for JavaScript.
 * Understood beyond the common ground: leading flags (?i) (?s) (?m), (?P<name>…), \A \z \Q…\E, [[:alpha:]], \pL, \x{…}.
 * Not anchored, as in Go. The one compiler of such texts: what the check at the start lets pass means the same wherever it is used.
 * @throws SyntaxError with what is wrong; flags inside an expression are refused.
 */
export function compileExpression(pattern: string): RegExp {
  const leading = /^\(\?([a-zA-Z-]+)\)/.exec(pattern);
  let flags = '';
  if (leading?.[1] !== undefined) {
    const unknown = /[^ims]/.exec(leading[1])?.[0];
    if (unknown !== undefined) throw new SyntaxError(`the flag "${unknown}" in ${leading[0]} is not supported`);
    flags = [...new Set(leading[1])].join('');
  }
  const { source, needsUnicode } = translate(pattern.slice(leading?.[0].length ?? 0));
  return new RegExp(source, needsUnicode ? `${flags}u` : flags);
}

/** One pass from the left, so that what is escaped or quoted is not taken for something else. */
function translate(body: string): { readonly source: string; readonly needsUnicode: boolean } {
  let needsUnicode = false;
  const unicode = (text: string): string => {
    needsUnicode = true;
    return text;
  };
  const source = body
    .replace(/\\Q([\s\S]*?)(?:\\E|$)|\\[\s\S]/g, (whole, literal?: string) =>
      literal === undefined ? whole : literal.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'),
    )
    .replace(
      /\\([pP])([A-Z])|\\[pP](?=\{)|\\x(\{[^}]*\})|\\([\s\S])|\(\?P<|\(\?[a-zA-Z-]+[:)]|\[:(\^?)(\w+):\]/g,
      (whole, property?: string, name?: string, code?: string, escaped?: string, negated?: string, posix?: string) => {
        if (property !== undefined) return unicode(`\\${property}{${name}}`);
        if (code !== undefined) return unicode(`\\u${code}`);
        if (escaped !== undefined) return ANCHORS[escaped] ?? whole;
        if (posix !== undefined) return posixClass(whole, negated ?? '', posix);
        if (whole.startsWith('\\')) return unicode(whole);
        if (whole === '(?P<') return '(?<';
        if (whole === '(?:') return whole;
        throw new SyntaxError(`flags such as ${whole} may stand at the beginning only`);
      },
    );
  return { source, needsUnicode };
}

/** Beginning and end of the text, whatever the flags. */
const ANCHORS: Readonly<Record<string, string>> = { A: '(?<![\\s\\S])', z: '(?![\\s\\S])' };

function posixClass(whole: string, negated: string, name: string): string {
  const set = POSIX_CLASSES[name];
  if (set === undefined || negated !== '') throw new SyntaxError(`the character class ${whole} is not supported`);
  return set;
}

/**
 * The same of a text whose reader is told what it is for: a setting, or what a request calls it.
 * @throws OrchestratorError `bad-pattern` naming the setting and the pattern.
 */
export function compilePattern(pattern: string, settingName: string): RegExp {
  try {
    return compileExpression(pattern);
  } catch (error) {
    throw new OrchestratorError(
      'bad-pattern',
      `${settingName}: "${pattern}" is not a regular expression (${messageOf(error)}); correct or remove it`,
      { details: { setting: settingName, pattern }, cause: error },
    );
  }
}
