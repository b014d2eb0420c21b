import { type Connection, createConnection } from 'mysql2/promise';
import { LabError, messageOf } from './error.ts';
import type { LabUser } from './users.ts';

export type Row = Readonly<Record<string, unknown>>;
export type Param = string | number | bigint | null;

export interface LinkOptions {
  readonly user: LabUser;
  readonly host?: string;
  readonly port?: number;
  readonly socketPath?: string;
  readonly connectTimeoutMs?: number;
}

/** A connection that is made when first needed and made again after it broke. */
export interface Link {
  /**
   * Runs one statement and returns its rows (empty for statements without rows). Throws LabError 'sql-failed' with the
   * server's words, or 'deadline' when nothing came back in time; then the connection is dropped.
   */
  query(sql: string, params?: readonly Param[], options?: { readonly timeoutMs?: number }): Promise<readonly Row[]>;
  close(): void;
}

interface DriverError extends Error {
  readonly code?: string;
  readonly errno?: number;
  readonly fatal?: boolean;
}

/** Opens a link lazily: nothing is connected until the first query. Statements run one after another. */
export function createLink(name: string, options: LinkOptions): Link {
  let current: Connection | null = null;
  let queue: Promise<unknown> = Promise.resolve();

  function drop(): void {
    current?.destroy();
    current = null;
  }

  async function connect(): Promise<Connection> {
    const connection = await openConnection(options);
    connection.on('error', () => {
      if (current === connection) drop();
    });
    current = connection;
    return connection;
  }

  async function attempt(sql: string, params: readonly Param[], timeoutMs: number): Promise<readonly Row[]> {
    const reused = current !== null;
    const connection = current ?? (await connect());
    try {
      return await withDeadline(connection.query(sql, [...params]), timeoutMs, () => {
        drop();
        return new LabError('deadline', `${name} did not answer within ${timeoutMs} ms: ${sql}`);
      }).then(([rows]) => (Array.isArray(rows) ? (rows as Row[]) : []));
    } catch (thrown) {
      if (!isLost(thrown)) throw thrown;
      drop();
      // The old connection may have died with an earlier run of the server; a fresh one deserves one try.
      if (!reused) throw thrown;
      return attempt(sql, params, timeoutMs);
    }
  }

  return {
    query(sql, params = [], { timeoutMs = 15_000 } = {}) {
      const result = queue.then(() => attempt(sql, params, timeoutMs));
      queue = result.catch(() => undefined);
      return result.catch((thrown: unknown) => {
        if (thrown instanceof LabError) throw thrown;
        throw new LabError('sql-failed', `${name}: ${messageOf(thrown)} (statement: ${sql.slice(0, 200)})`, {
          cause: thrown,
        });
      });
    },
    close: drop,
  };
}

/** One fresh connection, with integers beyond 2^53 and dates as text. */
export function openConnection(options: LinkOptions): Promise<Connection> {
  return createConnection({
    user: options.user.user,
    password: options.user.password,
    connectTimeout: options.connectTimeoutMs ?? 5000,
    supportBigNumbers: true,
    dateStrings: true,
    ...(options.socketPath === undefined
      ? { host: options.host ?? '127.0.0.1', port: options.port ?? 3306 }
      : { socketPath: options.socketPath }),
  });
}

/** The server's error number of anything thrown by a query; null when it carries none. */
export function errnoOf(thrown: unknown): number | null {
  const cause = thrown instanceof LabError ? thrown.cause : thrown;
  const errno = (cause as DriverError | undefined)?.errno;
  return typeof errno === 'number' ? errno : null;
}

/** Settles as `work` does, or rejects with `expired()` after the deadline; a late failure of `work` is swallowed. */
export function withDeadline<T>(work: Promise<T>, timeoutMs: number, expired: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(expired()), timeoutMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function isLost(thrown: unknown): boolean {
  const error = thrown as DriverError;
  return (
    error.fatal === true ||
    /^(PROTOCOL_|ECONN|EPIPE)/.test(error.code ?? '') ||
    /closed state/.test(error.message ?? '')
  );
}
