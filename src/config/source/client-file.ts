/** User and password as a section [client] gives them; null where it does not. */
export interface ClientCredentials {
  readonly user: string | null;
  readonly password: string | null;
}

/**
 * Reads user and password from the section [client] of a file in the format of my.cnf:
 * comments with # or ;, values plain or in single or double quotes, escapes \n \t \b \r \s \\ as the MySQL manual
 * ("Using Option Files") has them. Other sections and options are passed over.
 */
export function readClientFile(text: string): ClientCredentials {
  let section = '';
  let user: string | null = null;
  let password: string | null = null;
  for (const rawLine of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    const line = rawLine.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';') || line.startsWith('!')) continue;
    const header = /^\[([^\]]*)\]/.exec(line)?.[1];
    if (header !== undefined) {
      section = header.trim().toLowerCase();
      continue;
    }
    if (section !== 'client') continue;
    const option = /^([\w-]+)\s*=\s*(.*)$/s.exec(line);
    if (!option) continue;
    const value = unquote(option[2] ?? '');
    if (option[1]?.toLowerCase() === 'user') user = value;
    if (option[1]?.toLowerCase() === 'password') password = value;
  }
  return { user, password };
}

function unquote(text: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"/.exec(text) ?? /^'((?:[^'\\]|\\.)*)'/.exec(text);
  const bare = quoted?.[1] ?? text.replace(/\s+#.*$/, '').trim();
  return bare.replace(/\\([nrtbs\\"'])/g, (_, letter: string) => ESCAPES[letter] ?? letter);
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', s: ' ' };
