import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from 'mysql2/promise';
import { openConnection } from '../../lab/connection.ts';
import { LAB_USERS, type LabServer } from '../../lab/index.ts';
import { nowMs } from '../clock.ts';

/** An independent observer of one server's read_only, on a connection of its own, which it renews when it is lost. */
export interface WritableWatch {
  readonly server: LabServer;
  /** Each change of what was seen, oldest first. down: no answer. */
  readonly changes: readonly { readonly atMs: number; readonly state: WritableState }[];
  /** Resolves with the time when the state is first seen after `fromMs`; null after the deadline. */
  first(state: WritableState, fromMs: number, deadlineMs: number): Promise<number | null>;
  stop(): Promise<void>;
}

export type WritableState = 'writable' | 'closed' | 'down';

const LOOK_EVERY_MS = 1;
const CONNECT_TIMEOUT_MS = 500;

/** Starts looking at once; resolves after the first look. */
export async function watchWritable(server: LabServer): Promise<WritableWatch> {
  const changes: { atMs: number; state: WritableState }[] = [];
  let stopped = false;
  let connection: Connection | null = null;
  let firstLook: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    firstLook = resolve;
  });

  async function look(): Promise<WritableState> {
    try {
      connection ??= await connect(server);
      const [rows] = await connection.query('SELECT @@global.read_only AS ro');
      return Number((rows as { ro: unknown }[])[0]?.ro) === 0 ? 'writable' : 'closed';
    } catch {
      connection?.destroy();
      connection = null;
      return 'down';
    }
  }

  async function run(): Promise<void> {
    while (!stopped) {
      const state = await look();
      if (changes.at(-1)?.state !== state) changes.push({ atMs: nowMs(), state });
      firstLook();
      await sleep(LOOK_EVERY_MS);
    }
    connection?.destroy();
  }

  const running = run();
  await ready;
  return {
    server,
    changes,
    async first(state, fromMs, deadlineMs) {
      const giveUpAtMs = nowMs() + deadlineMs;
      for (;;) {
        const seen = changes.find((change) => change.state === state && change.atMs >= fromMs);
        if (seen !== undefined) return seen.atMs;
        if (nowMs() > giveUpAtMs) return null;
        await sleep(LOOK_EVERY_MS);
      }
    },
    async stop() {
      stopped = true;
      await running;
    },
  };
}

async function connect(server: LabServer): Promise<Connection> {
  const connection = await openConnection({
    user: LAB_USERS.root,
    host: server.host,
    port: server.directPort,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
  });
  connection.on('error', () => undefined);
  return connection;
}
