/** Everything else in a value may mean something to a shell. Source: design rule on hooks. */
const UNSAFE = /[^A-Za-z0-9._:,@/-]/g;
/** Our own constant sentences: a space in them cannot do more than split a word. */
const UNSAFE_IN_DESCRIPTION = /[^A-Za-z0-9._:,@/ -]/g;
const PLACEHOLDER = /\{([A-Za-z]+)\}/g;

/** What may be pasted of a value: unsafe characters are left out. The whole value is in the ORC_* variable. */
export const pasteableText = (placeholder: string, value: string): string =>
  value.replace(placeholder === 'failureDescription' ? UNSAFE_IN_DESCRIPTION : UNSAFE, '');

/**
 * A hook command with its `{placeholders}` replaced as text, in one pass: what a value contains is never looked at again.
 * A name that is not in the map stays as it stands. Values are pasted without the characters outside
 * `[A-Za-z0-9._:,@/-]`, since names come from servers and people and the result goes to a shell; what is longer or
 * other than that reaches the hook by its ORC_* variable only.
 * @param text the command as configured.
 * @param placeholders name without braces → value, see hookContext.
 */
export function renderHookCommand(text: string, placeholders: ReadonlyMap<string, string>): string {
  return text.replace(PLACEHOLDER, (literal, name: string) => {
    const value = placeholders.get(name);
    return value === undefined ? literal : pasteableText(name, value);
  });
}

/** Names of the placeholders in a command whose value was not pasted whole; for one warning in the log. */
export function truncatedPlaceholders(text: string, placeholders: ReadonlyMap<string, string>): readonly string[] {
  const names = new Set([...text.matchAll(PLACEHOLDER)].map((match) => match[1] ?? ''));
  return [...names].filter((name) => {
    const value = placeholders.get(name);
    return value !== undefined && pasteableText(name, value) !== value;
  });
}
