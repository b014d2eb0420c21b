import type { Database, RowInsert, RunResult, Session, SqlRow, SqlValue } from '../database.ts';
import { insertText } from '../database.ts';
import { SQLITE_DIALECT } from '../sql-dialects.ts';
import type { OpenSqlite, SqliteConnection, SqliteStatement } from './engine.ts';
import { isSqliteBusy, sqliteError } from './sqlite-errors.ts';

export interface SqliteDatabaseSettings {
  /** Path of the file, or `:memory:`. */
  readonly file: string;
  /** How long a write waits for other processes before it fails with `store-locked`. */
  readonly lockTimeoutMs: number;
}

const RETRY_PAUSE_MS = 5;

/**
 * One SQLite file behind the Database port.
 *
 * The engine is synchronous and there is one connection, so statements queue: while a transaction is open, nobody else's
 * statement may slip into it. Waiting for another process's lock is done between tries, not inside SQLite, whose own wait
 * would stop the whole program (and with it every probe).
 * @throws OrchestratorError `store-unopenable`, `store-corrupt`, `store-read-only`, … naming the file and the remedy.
 */
export async function openSqliteDatabase(open: OpenSqlite, settings: SqliteDatabaseSettings): Promise<Database> {
  const { file } = settings;
  const queue = createQueue();
  const connection = guard(file, () => open(file));
  const retrying = <T>(step: () => T): Promise<T> => retryWhileBusy(step, file, settings.lockTimeoutMs);
  try {
    connection.exec('pragma busy_timeout = 0');
    await retrying(() => connection.exec('pragma journal_mode = wal'));
    connection.exec('pragma synchronous = normal; pragma foreign_keys = on');
    await retrying(() => connection.prepare('select count(*) from sqlite_master').all());
  } catch (error) {
    connection.close();
    throw sqliteError(error, file);
  }

  const inside = createSession(connection);
  return {
    dialect: SQLITE_DIALECT,
    location: file,
    all: (sql, parameters) => queue(() => retrying(() => inside.allNow(sql, parameters))),
    run: (sql, parameters) => queue(() => retrying(() => inside.runNow(sql, parameters))),
    runForRows: (insert, rows) =>
      queue(async () => {
        await retrying(() => connection.exec('begin immediate'));
        await finish(connection, file, () => inside.session.runForRows(insert, rows));
      }),
    transaction: (work) =>
      queue(async () => {
        await retrying(() => connection.exec('begin immediate'));
        return finish(connection, file, () => work(inside.session));
      }),
    tellsForeignChanges: true,
    foreignChangeToken: () =>
      queue(async () => String(guard(file, () => inside.allNow('pragma data_version')[0]?.data_version))),
    close: () =>
      queue(async () => {
        connection.close();
      }),
  };
}

interface InsideSession {
  allNow(sql: string, parameters?: readonly SqlValue[]): readonly SqlRow[];
  runNow(sql: string, parameters?: readonly SqlValue[]): RunResult;
  readonly session: Session;
}

function createSession(connection: SqliteConnection): InsideSession {
  // The texts are constant, so this map stays small; statements with lists of values are cut into fixed sizes by callers.
  const prepared = new Map<string, SqliteStatement>();
  const prepare = (sql: string): SqliteStatement => {
    const known = prepared.get(sql);
    if (known !== undefined) return known;
    const fresh = connection.prepare(sql);
    if (prepared.size >= 500) prepared.clear();
    prepared.set(sql, fresh);
    return fresh;
  };
  const allNow = (sql: string, parameters: readonly SqlValue[] = []) => prepare(sql).all(...parameters);
  const runNow = (sql: string, parameters: readonly SqlValue[] = []): RunResult => {
    const result = prepare(sql).run(...parameters);
    return { changes: Number(result.changes), insertId: Number(result.lastInsertRowid) };
  };
  const session: Session = {
    dialect: SQLITE_DIALECT,
    all: async (sql, parameters) => allNow(sql, parameters),
    run: async (sql, parameters) => runNow(sql, parameters),
    runForRows: async (insert: RowInsert, rows) => {
      const statement = prepare(insertText(insert));
      for (const row of rows) statement.run(...row);
    },
  };
  return { allNow, runNow, session };
}

async function finish<T>(connection: SqliteConnection, file: string, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    connection.exec('commit');
    return result;
  } catch (error) {
    try {
      connection.exec('rollback');
    } catch {
      // Some errors (disk full, I/O) have rolled back already.
    }
    throw sqliteError(error, file);
  }
}

async function retryWhileBusy<T>(step: () => T, file: string, lockTimeoutMs: number): Promise<T> {
  // The clock is asked only where there is something to wait for.
  let deadline: number | null = null;
  for (;;) {
    try {
      return step();
    } catch (error) {
      deadline ??= performance.now() + lockTimeoutMs;
      if (!isSqliteBusy(error) || performance.now() >= deadline) throw sqliteError(error, file);
    }
    await new Promise((resume) => setTimeout(resume, RETRY_PAUSE_MS));
  }
}

function guard<T>(file: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw sqliteError(error, file);
  }
}

/** Runs tasks one after another, in the order asked. */
function createQueue(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(task, task);
    last = result.catch(() => undefined);
    return result;
  };
}
