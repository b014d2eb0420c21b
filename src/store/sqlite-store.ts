import type { Store } from '../engine/ports.ts';
import { createStore, type StoreSettings } from './create-store.ts';
import { loadSqliteEngine } from './sqlite/engine.ts';
import { withKnownOwners } from './sqlite/known-owners.ts';
import { createOwnerLocks } from './sqlite/owner-locks.ts';
import { openSqliteDatabase } from './sqlite/sqlite-database.ts';

export interface SqliteStoreSettings extends StoreSettings {
  /** SQLite3DataFile, or `:memory:`. */
  readonly file: string;
  /** How long a write waits for other processes; default 5000 ms. */
  readonly lockTimeoutMs?: number;
  /** The name of this process as owner: while it owns something it shows to others on this backend that it lives. */
  readonly owner?: string;
}

/**
 * Opens (and creates) the store in one SQLite file, also one that the historic program left.
 * @throws OrchestratorError `store-unopenable`, `store-corrupt`, `store-read-only`, `store-locked`, `store-full`,
 *   `store-schema`, `store-schema-version`; the message names the file and the remedy.
 */
export async function createSqliteStore(settings: SqliteStoreSettings): Promise<Store> {
  const open = await loadSqliteEngine(process.versions.node);
  const isInMemory = settings.file === ':memory:' || /^file:.*(:memory:|mode=memory)/.test(settings.file);
  const database = await openSqliteDatabase(open, {
    file: isInMemory ? ':memory:' : settings.file,
    lockTimeoutMs: settings.lockTimeoutMs ?? 5000,
  });
  const store = await createStore(database, settings);
  if (isInMemory || settings.owner === undefined) return store;
  return withKnownOwners(store, createOwnerLocks(open, settings.file), settings.owner);
}
