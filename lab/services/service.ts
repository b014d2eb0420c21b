import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { topologiesDirectory } from '../ports.ts';
import { launch, pauseServer, signalServer, waitGone } from '../process.ts';
import { waitFor } from '../wait.ts';

/** One key-value server beside the databases. */
export interface LabService {
  /** `127.0.0.1:port`, where clients connect. */
  readonly address: string;
  readonly port: number;
  kill(): Promise<void>;
  /** SIGSTOP: the kernel still accepts connections, nobody answers. */
  pause(): void;
  resume(): void;
  /** Starts it again with the same data and waits until it answers. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  close(): Promise<void>;
}

export interface ServiceSpec {
  readonly name: string;
  readonly port: number;
  /** The command with its arguments; `dir` is the service's own folder, which must occur in them. */
  command(dir: string): readonly string[];
  isUp(): Promise<boolean>;
}

const START_DEADLINE_MS = 60_000;

/** Starts a service in a folder of its own. Throws LabError 'deadline' when it does not answer. */
export async function startService(spec: ServiceSpec): Promise<LabService> {
  const dir = join(topologiesDirectory(), `${spec.name}-${spec.port}`);
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const service: LabService = {
    address: `127.0.0.1:${spec.port}`,
    port: spec.port,
    async kill() {
      signalServer(dir, 'SIGKILL');
      await waitGone(dir, START_DEADLINE_MS);
    },
    pause: () => pauseServer(dir),
    resume: () => void signalServer(dir, 'SIGCONT'),
    async start() {
      launch(dir, spec.command(dir), []);
      await waitFor(spec.isUp, { what: `${spec.name} at port ${spec.port} to answer`, deadlineMs: START_DEADLINE_MS });
    },
    async close() {
      await service.kill();
      rmSync(dir, { recursive: true, force: true });
    },
  };
  try {
    await service.start();
    return service;
  } catch (thrown) {
    await service.close();
    throw thrown;
  }
}
