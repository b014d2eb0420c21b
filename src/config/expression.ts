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
 * Not anchored, as in Go.
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
  const body = pattern.slice(leading?.[0].length ?? 0);
  const inner = /(?<!\\)\(\?[a-zA-Z-]+[:)]/.exec(body)?.[0];
  if (inner !== undefined && !inner.startsWith('(?P')) {
    throw new SyntaxError(`flags such as ${inner} may stand at the beginning only`);
  }
  const translated = translate(body);
  const needsUnicode = /\\p\{|\\P\{|\\u\{/.test(translated);
  return new RegExp(translated, needsUnicode ? `${flags}u` : flags);
}

function translate(body: string): string {
  return body
    .replace(/\\Q([\s\S]*?)(?:\\E|$)/g, (_, literal: string) => literal.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .replace(/\(\?P</g, '(?<')
    .replace(/\[:(\^?)(\w+):\]/g, (whole, negated: string, name: string) => {
      const set = POSIX_CLASSES[name];
      if (set === undefined || negated !== '') throw new SyntaxError(`the character class ${whole} is not supported`);
      return set;
    })
    .replace(/\\([\s\S])(\{[^}]*\})?/g, (whole, letter: string, braces: string | undefined) => {
      if (letter === 'A') return `(?<![\\s\\S])${braces ?? ''}`;
      if (letter === 'z') return `(?![\\s\\S])${braces ?? ''}`;
      if (letter === 'x' && braces !== undefined) return `\\u${braces}`;
      return whole;
    })
    .replace(/\\([pP])([A-Z])/g, '\\$1{$2}');
}
