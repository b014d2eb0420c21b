import mysql from 'mysql2/promise';
import { OrchestratorError } from '../../model/error.ts';
import type { Secret } from '../../model/secret.ts';
import type { Database, Session } from '../database.ts';
import { MYSQL_DIALECT } from '../sql-dialects.ts';
import { isConnectionLost, isLockConflict, isReadOnlyRefusal, isUnknownDatabase, mysqlError } from './mysql-errors.ts';
import { createMysqlSession } from './mysql-session.ts';

export interface MysqlDatabaseSettings {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: Secret;
  /** Options of node:tls; null for a plain connection. */
  readonly tls: {
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly rejectUnauthorized?: boolean;
  } | null;
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  /** Deadline of one statement; the connection is destroyed when it passes. */
  readonly readTimeoutMs: number;
  /** Leave a server that turned read-only (behind a proxy) and try again on a fresh connection. */
  readonly rejectReadOnly: boolean;
  /** Login methods the driver lacks (ed25519), as mysql2 takes them. */
  readonly authPlugins?: Readonly<Record<string, unknown>>;
}

type Pooled = mysql.PoolConnection;

const MAX_TRIES = 6;
/** Two transactions that collided must not collide again: each waits a different time, longer at each try. */
const RETRY_PAUSE_MS = 10;

/**
 * A MySQL or MariaDB database behind the Database port, by a pool of connections.
 * Sessions run in UTC and in a fixed sql_mode, so that neither daylight saving nor the server's settings change what we read.
 * Creates the database when it does not exist yet.
 * @throws OrchestratorError `store-unreachable`, `store-access-denied`, … naming host:port/database and the remedy.
 */
export async function openMysqlDatabase(settings: MysqlDatabaseSettings): Promise<Database> {
  const location = `${settings.host}:${settings.port}/${settings.database}`;
  const pool = mysql.createPool(poolOptions(settings, settings.database));
  const ready = new WeakSet<object>();

  const acquire = async (): Promise<Pooled> => {
    const connection = await withDeadline(
      pool.getConnection(),
      settings.connectTimeoutMs + settings.readTimeoutMs,
      location,
    );
    if (ready.has(connection.connection)) return connection;
    try {
      await createMysqlSession(connection, settings.readTimeoutMs).run(SESSION_SETTINGS);
      ready.add(connection.connection);
      return connection;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  };

  /** Runs `work` on one connection, again on a fresh one after errors that `mayRetry` accepts. */
  const onConnection = async <T>(
    work: (connection: Pooled) => Promise<T>,
    mayRetry: (error: unknown) => boolean,
  ): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      let connection: Pooled | undefined;
      try {
        connection = await acquire();
        const result = await work(connection);
        connection.release();
        return result;
      } catch (error) {
        // Whatever state it was left in: a new connection is cheap and clean.
        connection?.destroy();
        const again = mayRetry(error) || (settings.rejectReadOnly && isReadOnlyRefusal(error));
        if (!again || attempt >= MAX_TRIES) throw mysqlError(error, location);
        await new Promise((resume) => setTimeout(resume, Math.random() * attempt * RETRY_PAUSE_MS));
      }
    }
  };

  const session = (connection: Pooled): Session => createMysqlSession(connection, settings.readTimeoutMs);
  try {
    await onConnection(async () => undefined, isConnectionLost).catch(async (error: OrchestratorError) => {
      if (!isUnknownDatabase(error.cause)) throw error;
      await createDatabase(settings, location);
    });
  } catch (error) {
    await pool.end().catch(() => undefined);
    throw error;
  }
  return {
    dialect: MYSQL_DIALECT,
    location,
    all: (sql, parameters) => onConnection((connection) => session(connection).all(sql, parameters), isConnectionLost),
    run: (sql, parameters) => onConnection((connection) => session(connection).run(sql, parameters), isLockConflict),
    runForRows: (insert, rows) =>
      onConnection((connection) => session(connection).runForRows(insert, rows), isLockConflict),
    transaction: (work) =>
      onConnection(async (connection) => {
        const inside = session(connection);
        // Read committed: what other nodes committed a moment ago is seen, also after our first read.
        await inside.run('set transaction isolation level read committed');
        await inside.run('start transaction');
        const result = await work(inside);
        await inside.run('commit');
        return result;
      }, isLockConflict),
    foreignChangeToken: async () => null,
    tellsForeignChanges: false,
    close: () => pool.end(),
  };
}

const SESSION_SETTINGS =
  "set session time_zone = '+00:00', session sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION', session innodb_lock_wait_timeout = 5";

function poolOptions(settings: MysqlDatabaseSettings, database: string | undefined): mysql.PoolOptions {
  return {
    host: settings.host,
    port: settings.port,
    user: settings.user,
    password: settings.password.reveal(),
    ...(database === undefined ? {} : { database }),
    ...(settings.tls === null ? {} : { ssl: { ...settings.tls } }),
    ...(settings.authPlugins === undefined
      ? {}
      : { authPlugins: settings.authPlugins as NonNullable<mysql.PoolOptions['authPlugins']> }),
    connectionLimit: settings.maxConnections,
    maxIdle: Math.max(1, Math.ceil(settings.maxConnections / 4)),
    idleTimeout: 60_000,
    connectTimeout: settings.connectTimeoutMs,
    // The driver reserves 16000 slots per connection otherwise.
    maxPreparedStatements: 16,
    supportBigNumbers: true,
    dateStrings: true,
    enableKeepAlive: true,
  };
}

async function createDatabase(settings: MysqlDatabaseSettings, location: string): Promise<void> {
  try {
    const connection = await mysql.createConnection(poolOptions(settings, undefined));
    try {
      const name = settings.database.replaceAll('`', '``');
      await connection.query(`create database if not exists \`${name}\` default character set utf8mb4`);
    } finally {
      connection.destroy();
    }
  } catch (error) {
    throw mysqlError(error, location);
  }
}

async function withDeadline<T extends Pooled>(wanted: Promise<T>, deadlineMs: number, location: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      // It may still arrive: then it goes back to the pool.
      wanted.then(
        (connection) => connection.release(),
        () => undefined,
      );
      reject(
        new OrchestratorError(
          'store-unreachable',
          `MySQL backend ${location}: no connection within ${deadlineMs} ms; check that the server runs, or raise MySQLOrchestratorMaxPoolConnections`,
        ),
      );
    }, deadlineMs);
  });
  try {
    return await Promise.race([wanted, late]);
  } finally {
    clearTimeout(timer);
  }
}
