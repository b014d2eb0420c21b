import { messageOf, OrchestratorError } from './error.ts';

/**
 * Compiles a regular expression of the configuration. Existing files are written in the RE2 dialect: a leading `(?i)`, `(?s)`,
 * `(?m)`, named groups `(?P<name>…)`, `\A` and `\z` are translated, everything else means the same here.
 * @throws OrchestratorError `bad-pattern` naming the setting and the pattern.
 */
export function compilePattern(pattern: string, settingName: string): RegExp {
  const flags = /^\(\?([ims]+)\)/.exec(pattern);
  const body = pattern
    .slice(flags?.[0].length ?? 0)
    .replaceAll('(?P<', '(?<')
    .replace(/\\([Az\\])/g, (whole, letter) => (letter === 'A' ? '^' : letter === 'z' ? '$' : whole));
  try {
    return new RegExp(body, [...new Set(flags?.[1] ?? '')].join(''));
  } catch (error) {
    throw new OrchestratorError(
      'bad-pattern',
      `${settingName}: "${pattern}" is not a regular expression (${messageOf(error)}); correct or remove it`,
      { details: { setting: settingName, pattern }, cause: error },
    );
  }
}
