import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface HookScript {
  /** What the shell is given. */
  readonly arguments: readonly string[];
  remove(): void;
}

/**
 * Writes a command to a file that only this user can read, for a shell to run it. A file, not `-c`: so it always was,
 * any interpreter takes it, the text has no length limit and does not show in the process list. It costs half a
 * millisecond. When no file can be written (a full disk must not stop a failover) the text goes to `-c`.
 */
export function writeHookScript(directory: string, text: string): HookScript {
  const path = join(directory, `orchestrator-hook-${randomUUID()}`);
  try {
    writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
  } catch {
    // What follows a text is its $0 first.
    return { arguments: ['-c', text, 'orchestrator-hook'], remove: () => {} };
  }
  return { arguments: [path], remove: () => rmSync(path, { force: true }) };
}
