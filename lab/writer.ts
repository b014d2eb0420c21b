import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from 'mysql2/promise';
import { openConnection, withDeadline } from './connection.ts';
import { LabError, messageOf } from './error.ts';
import type { LabServer } from './server.ts';
import { LAB_USERS } from './users.ts';
import { findWritable, type WriterTarget } from './writable.ts';

export interface WriterOptions {
  /** The server written to; default the primary of the tree. With `follow` only where it begins. */
  readonly server?: number;
  /** After a failure, look for whichever server has read_only=0 and go on there. */
  readonly follow?: boolean;
  /** How many connections insert at the same time; default 1. */
  readonly connections?: number;
  /** Pause of each connection between two inserts; default 0 ms. */
  readonly intervalMs?: number;
  /** How long one statement may take before it counts as failed, default 1000 ms; half of it is for a connection. */
  readonly statementTimeoutMs?: number;
  /** The text of column `who`; default "writer". */
  readonly who?: string;
}

export interface Acknowledged {
  readonly id: number;
  /** When the acknowledgement came: milliseconds since 1970, with fractions. */
  readonly atMs: number;
  readonly server: number;
}

export interface WriteFailure {
  /** The row's id; it may or may not have been written. Null when not even a connection could be made. */
  readonly id: number | null;
  readonly atMs: number;
  readonly server: number;
  readonly code: string;
  readonly message: string;
}

export interface WriterReport {
  readonly acknowledged: readonly Acknowledged[];
  readonly failures: readonly WriteFailure[];
  /** The longest time between two acknowledgements. */
  readonly longestGapMs: number;
}

export interface Writer {
  readonly acknowledged: readonly Acknowledged[];
  readonly failures: readonly WriteFailure[];
  /** Ends all connections and sums up. May be called twice. */
  stop(): Promise<WriterReport>;
}

/** Ids of writers never meet: each takes a thousand million of them. */
const IDS_PER_WRITER = 1_000_000_000;

/**
 * Inserts rows into app.t as the application's user, without end, and notes each acknowledgement and each failure.
 * A failed insert is not tried again under its id: whether it was written is unknown.
 */
export function startWriter(
  servers: ReadonlyMap<number, WriterTarget>,
  first: WriterTarget,
  index: number,
  options: WriterOptions,
): Writer {
  const acknowledged: Acknowledged[] = [];
  const failures: WriteFailure[] = [];
  const statementTimeoutMs = options.statementTimeoutMs ?? 1000;
  const stopping = new AbortController();
  let nextId = index * IDS_PER_WRITER;
  let target = first;

  function note(id: number | null, server: WriterTarget, thrown: unknown): void {
    const code = String((thrown as { code?: unknown }).code ?? 'ERROR');
    failures.push({ id, atMs: nowMs(), server: server.number, code, message: messageOf(thrown) });
  }

  async function connectTo(server: WriterTarget): Promise<Connection | null> {
    try {
      const connection = await openConnection({
        user: LAB_USERS.application,
        host: server.host,
        port: server.port,
        connectTimeoutMs: statementTimeoutMs / 2,
      });
      connection.on('error', () => undefined);
      return connection;
    } catch (thrown) {
      note(null, server, thrown);
      return null;
    }
  }

  async function work(): Promise<void> {
    let connection: Connection | null = null;
    while (!stopping.signal.aborted) {
      const server: WriterTarget = target;
      connection ??= await connectTo(server);
      const inserted = connection !== null && (await insert(connection, server));
      if (inserted) {
        if (options.intervalMs) await pause(options.intervalMs);
        continue;
      }
      connection?.destroy();
      connection = null;
      if (options.follow) target = (await findWritable(servers, stopping.signal)) ?? target;
      else await pause(5);
    }
    connection?.destroy();
  }

  async function insert(connection: Connection, server: WriterTarget): Promise<boolean> {
    nextId += 1;
    const id = nextId;
    try {
      const sql = 'INSERT INTO app.t (id, who, payload) VALUES (?, ?, ?)';
      await withDeadline(connection.query(sql, [id, options.who ?? 'writer', `row ${id}`]), statementTimeoutMs, () => {
        return new LabError('deadline', `no answer within ${statementTimeoutMs} ms`);
      });
      acknowledged.push({ id, atMs: nowMs(), server: server.number });
      return true;
    } catch (thrown) {
      note(id, server, thrown);
      return false;
    }
  }

  async function pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: stopping.signal }).catch(() => undefined);
  }

  const workers = Array.from({ length: options.connections ?? 1 }, work);
  return {
    acknowledged,
    failures,
    async stop() {
      stopping.abort();
      await Promise.all(workers);
      return { acknowledged, failures, longestGapMs: longestGapMs(acknowledged) };
    },
  };
}

/** The longest time between two neighbouring acknowledgements; 0 with fewer than two. */
export function longestGapMs(acknowledged: readonly Acknowledged[]): number {
  let longest = 0;
  let before: number | null = null;
  for (const { atMs } of acknowledged) {
    if (before !== null) longest = Math.max(longest, atMs - before);
    before = atMs;
  }
  return longest;
}

/** Which of the acknowledged rows a server does not have: must be none after a failover without loss. */
export async function lostWrites(server: LabServer, acknowledged: readonly Acknowledged[]): Promise<readonly number[]> {
  const rows = await server.query('SELECT id FROM app.t');
  const present = new Set(rows.map((row) => Number(row.id)));
  return acknowledged.map((entry) => entry.id).filter((id) => !present.has(id));
}

function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
