import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';

/** Gives the text of a file, null when there is none; throws when it cannot be read. */
export type ReadFile = (path: string) => string | null;

/** ReadFile on the file system, UTF-8. */
export const readFileFromDisk: ReadFile = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
};

/** A copy of the environment this process was started with. Only config/ looks at it; everybody else is given what they need. */
export const readProcessEnvironment = (): Readonly<Record<string, string | undefined>> => ({ ...process.env });

/** The home directory of the user; null when there is none. */
export function readHomeDirectory(): string | null {
  try {
    return homedir() || null;
  } catch {
    return null;
  }
}
