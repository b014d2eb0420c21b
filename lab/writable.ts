import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from 'mysql2/promise';
import { openConnection, withDeadline } from './connection.ts';
import { LabError } from './error.ts';
import { LAB_USERS } from './users.ts';

/** What a client knows of a server. */
export interface WriterTarget {
  readonly number: number;
  readonly host: string;
  readonly port: number;
}

const LOOK_EVERY_MS = 5;
const ANSWER_WITHIN_MS = 500;

/**
 * Asks all servers again and again, each on its own so that a hung one delays nothing, until one says read_only=0.
 * Returns that server, or null when `stop` was given first.
 */
export async function findWritable(
  servers: ReadonlyMap<number, WriterTarget>,
  stop: AbortSignal,
): Promise<WriterTarget | null> {
  const found = new AbortController();
  const over = AbortSignal.any([stop, found.signal]);
  // One listener for all of them, gone with the search: each with its own for every wait made Node warn of a leak.
  const gone = aborted(over);
  gone.catch(() => undefined);
  let writable: WriterTarget | null = null;
  await Promise.all(
    [...servers.values()].map(async (server) => {
      if (await watch(server, over, gone)) {
        writable ??= server;
        found.abort();
      }
    }),
  );
  return writable;
}

/** True as soon as the server is seen writable; false when `over`, upon which `gone` rejects. */
async function watch(server: WriterTarget, over: AbortSignal, gone: Promise<never>): Promise<boolean> {
  let connection: Connection | null = null;
  try {
    while (!over.aborted) {
      try {
        connection ??= await Promise.race([connect(server, over), gone]);
        if (await Promise.race([isWritable(connection), gone])) return true;
      } catch {
        connection?.destroy();
        connection = null;
      }
      await sleep(LOOK_EVERY_MS);
    }
    return false;
  } finally {
    connection?.destroy();
  }
}

function connect(server: WriterTarget, over: AbortSignal): Promise<Connection> {
  const opening = openConnection({
    user: LAB_USERS.application,
    host: server.host,
    port: server.port,
    connectTimeoutMs: ANSWER_WITHIN_MS,
  });
  // Given up early, the connection may still come about; then nobody wants it.
  opening.then(
    (late) => {
      late.on('error', () => undefined);
      if (over.aborted) late.destroy();
    },
    () => undefined,
  );
  return opening;
}

async function isWritable(connection: Connection): Promise<boolean> {
  const asked = withDeadline(connection.query('SELECT @@global.read_only AS ro'), ANSWER_WITHIN_MS, () => {
    return new LabError('deadline', `no answer within ${ANSWER_WITHIN_MS} ms`);
  });
  const [rows] = await asked;
  return Array.isArray(rows) && Number((rows[0] as { ro?: unknown } | undefined)?.ro) === 0;
}

function aborted(over: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (over.aborted) reject(over.reason);
    else over.addEventListener('abort', () => reject(over.reason), { once: true });
  });
}
