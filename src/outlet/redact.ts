import type { Secret } from '../model/secret.ts';

/** Below this length a secret is not looked for in texts: it would be found everywhere. */
const SHORTEST_SECRET = 4;

export interface Redactor {
  /** The text with every known secret replaced by `***`. */
  redact(text: string): string;
  /** Length of the longest secret looked for; a text cut in the middle may begin with that much of one. */
  readonly longestSecret: number;
}

/** Looks for the given secrets in texts that other programs wrote. In: secrets, in any order, empty ones too. */
export function createRedactor(secrets: readonly Secret[]): Redactor {
  const texts = [...new Set(secrets.map((secret) => secret.reveal()))]
    .filter((text) => text.length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length);
  return {
    redact: (text) => texts.reduce((clean, secret) => clean.replaceAll(secret, '***'), text),
    longestSecret: texts[0]?.length ?? 0,
  };
}
