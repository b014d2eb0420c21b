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

/** Takes the engine built into Node from 22.13 on, else the package that brings the same API to Node 20. */
export async function loadSqliteEngine(nodeVersion: string): Promise<OpenSqlite> {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  const isBuiltIn = major > 22 || (major === 22 && minor >= 13);
  // A variable, because the types of Node 20 do not know the built-in module.
  const name: string = isBuiltIn ? 'node:sqlite' : '@photostructure/sqlite';
  const engine = (await import(name)) as { DatabaseSync: new (path: string) => SqliteConnection };
  return (path) => new engine.DatabaseSync(path);
}
