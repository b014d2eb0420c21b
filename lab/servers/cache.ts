import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LabError, messageOf } from '../error.ts';

/** Tells a person about a step that takes more than a moment. */
export type Progress = (line: string) => void;

/** Progress on standard error, the default of everything that may take long. */
export const stderrProgress: Progress = (line) => {
  process.stderr.write(`lab: ${line}\n`);
};

/**
 * The folder where servers and prepared data folders are kept between runs, outside the repository:
 * `$ORCHESTRATOR_LAB_CACHE`, else `~/.cache/orchestrator-lab`. Made when missing; throws LabError 'prepare-failed'.
 */
export function cacheDirectory(): string {
  const directory = process.env.ORCHESTRATOR_LAB_CACHE || join(homedir(), '.cache', 'orchestrator-lab');
  try {
    mkdirSync(directory, { recursive: true });
  } catch (thrown) {
    throw new LabError(
      'prepare-failed',
      `cannot make the cache folder ${directory} (${messageOf(thrown)}); set ORCHESTRATOR_LAB_CACHE to a writable folder`,
      { cause: thrown },
    );
  }
  return directory;
}

/**
 * Runs `work` while holding the lock `name` of the cache, so that two processes never prepare the same thing at once.
 * Waits for a living holder; takes over the lock of a dead one.
 */
export async function withCacheLock<T>(name: string, progress: Progress, work: () => Promise<T>): Promise<T> {
  const path = join(cacheDirectory(), `${name}.lock`);
  let told = false;
  while (!tryLock(path)) {
    if (!told) progress(`waiting for another process that prepares ${name} (lock ${path})`);
    told = true;
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function tryLock(path: string): boolean {
  try {
    const file = openSync(path, 'wx');
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw new LabError(
        'prepare-failed',
        `cannot write ${path} (${messageOf(thrown)}); is the cache folder writable?`,
        {
          cause: thrown,
        },
      );
    }
  }
  const holder = readHolder(path);
  // An empty file is a lock being written just now; only a pid that is gone makes it stale.
  if (holder !== null && !existsSync(`/proc/${holder}`)) rmSync(path, { force: true });
  return false;
}

function readHolder(path: string): number | null {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : null;
  } catch {
    return null;
  }
}
