import { createRequire } from 'node:module';
import type { SqlRow, SqlValue } from '../database.ts';

/** The part of the `node:sqlite` API that we use; the package for Node 20 has the same. */
export interface SqliteStatement {
  all(...parameters: SqlValue[]): SqlRow[];
  run(...parameters: SqlValue[]): { changes: number | bigint; lastInsertRowid: number | bigint };
}

export interface SqliteConnection {
  prepare(sql: string): SqliteStatement;
  exec(sql: string): void;
  close(): void;
}

export type OpenSqlite = (path: string) => SqliteConnection;

/**
 * Takes the engine built into Node from 22.13 on, else the package that brings the same API to Node 20. By require(): that loads the
 * package in half the time of import(), which counts in a single command.
 */
export async function loadSqliteEngine(nodeVersion: string): Promise<OpenSqlite> {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  const isBuiltIn = major > 22 || (major === 22 && minor >= 13);
  const name = isBuiltIn ? 'node:sqlite' : '@photostructure/sqlite';
  const engine = createRequire(import.meta.url)(name) as { DatabaseSync: new (path: string) => SqliteConnection };
  return (path) => new engine.DatabaseSync(path);
}
