import { spawn } from 'node:child_process';
import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../../lab/index.ts';

/** It is compiled as it starts, which takes long beside other tests. */
const PATIENCE_MS = 45_000;

export interface CrashOptions {
  readonly configFile: string;
  /** Where its log is written. */
  readonly dir: string;
  readonly deeds: number;
  /** It is ready when it knows so many. */
  readonly servers: number;
  /** The port of the server that it is to make primary by order as soon as it is ready. */
  readonly designatedPort?: number;
  /** What happens when it is ready; without it nobody waits for that. */
  readonly onReady?: () => Promise<void>;
}

/** Runs crashing-program.ts until it has killed itself, or has come to the end of a recovery before (then it is killed). Throws its log if it ended otherwise. */
export async function crashProgram(options: CrashOptions): Promise<'died' | 'done'> {
  const { configFile, dir, deeds, servers, designatedPort, onReady } = options;
  const words = [configFile, deeds, servers, ...(designatedPort === undefined ? [] : [designatedPort])].map(String);
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/support/crashing-program.ts', ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.on('data', (chunk) => {
    said += String(chunk);
  });
  child.stderr.pipe(createWriteStream(join(dir, 'crashing.log')));
  const deadlineMs = PATIENCE_MS;
  const isOver = (): boolean => child.signalCode !== null || child.exitCode !== null;
  const explain = (): string => readFileSync(join(dir, 'crashing.log'), 'utf8').slice(-4_000);
  try {
    if (onReady !== undefined) {
      await waitFor(() => said.includes('ready') || isOver(), {
        what: 'the process to know all servers',
        deadlineMs,
        explain,
      });
      await onReady();
    }
    await waitFor(() => said.includes('done') || isOver(), { what: 'the process to die', deadlineMs, explain });
    if (child.exitCode !== null) throw new Error(`the process ended with ${child.exitCode}: ${explain()}`);
    return said.includes('done') ? 'done' : 'died';
  } finally {
    child.kill('SIGKILL');
    await waitFor(isOver, { what: 'the process to be gone' });
  }
}
