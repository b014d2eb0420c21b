import { join } from 'node:path';
import type { Acknowledged, LabTopology, WriterOptions } from '../../lab/index.ts';
import { startAnswering } from '../answering-process.ts';

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
  const words = [JSON.stringify({ ...task, targets } satisfies WritingTask)];
  const clients = await startAnswering(join(import.meta.dirname, 'writer.ts'), words, { what: 'the clients' });
  return {
    acknowledged: async () => JSON.parse(await clients.ask()),
    close: () => clients.close(),
  };
}
