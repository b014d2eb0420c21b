import { existsSync, readFileSync } from 'node:fs';

/** The lines of a file that a hook writes; none before it is there, or while it is still empty. */
export const linesOf = (path: string): readonly string[] =>
  existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
