import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Acknowledged, LabTopology, WriterOptions } from '../../lab/index.ts';

/** What the process is told to do. */
export interface WritingTask {
  readonly targets: readonly { readonly number: number; readonly host: string; readonly port: number }[];
  /** The server they begin with. */
  readonly from: number;
  readonly options: Pick<WriterOptions, 'connections' | 'intervalMs'>;
}

export interface WritingProcess {
  /** What was acknowledged since it was asked last. */
  acknowledged(): Promise<readonly Acknowledged[]>;
  close(): Promise<void>;
}

/** Starts clients that follow whoever takes writes, and waits for their first acknowledgement. */
export async function startWriting(topology: LabTopology, task: Omit<WritingTask, 'targets'>): Promise<WritingProcess> {
  const targets = [...topology.servers.values()].map(({ number, host, port }) => ({ number, host, port }));
  const file = join(import.meta.dirname, 'writer.ts');
  const words = ['--import', 'tsx', file, JSON.stringify({ ...task, targets } satisfies WritingTask)];
  const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<readonly Acknowledged[]> => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the process of the clients is gone');
    return JSON.parse(value);
  };
  await next();
  return {
    acknowledged() {
      child.stdin.write('\n');
      return next();
    },
    async close() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
