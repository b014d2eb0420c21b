import type { Database } from '../database.ts';
import { loadSqliteEngine, type OpenSqlite } from './engine.ts';
import { openSqliteDatabase } from './sqlite-database.ts';

export interface SqliteFileSettings {
  /** SQLite3DataFile, or `:memory:`. */
  readonly file: string;
  /** How long a write waits for other processes; default 5000 ms. */
  readonly lockTimeoutMs?: number;
}

/** Loads the engine and opens the file with it. @throws OrchestratorError `store-unopenable`, `store-corrupt`, `store-read-only`, … */
export async function openSqliteFile(
  settings: SqliteFileSettings,
): Promise<{ readonly open: OpenSqlite; readonly isInMemory: boolean; readonly database: Database }> {
  const open = await loadSqliteEngine(process.versions.node);
  const isInMemory = settings.file === ':memory:' || /^file:.*(:memory:|mode=memory)/.test(settings.file);
  const database = await openSqliteDatabase(open, {
    file: isInMemory ? ':memory:' : settings.file,
    lockTimeoutMs: settings.lockTimeoutMs ?? 5000,
  });
  return { open, isInMemory, database };
}
