import type { Store } from '../engine/ports.ts';
import { createStore, type StoreSettings } from './create-store.ts';
import { withKnownOwners } from './sqlite/known-owners.ts';
import { openSqliteFile, type SqliteFileSettings } from './sqlite/open-file.ts';
import { createOwnerLocks } from './sqlite/owner-locks.ts';

export interface SqliteStoreSettings extends StoreSettings, SqliteFileSettings {
  /** The name of this process as owner: while it owns something it shows to others on this backend that it lives. */
  readonly owner?: string;
}

/**
 * Opens (and creates) the store in one SQLite file, also one that the historic program left.
 * @throws OrchestratorError `store-unopenable`, `store-corrupt`, `store-read-only`, `store-locked`, `store-full`,
 *   `store-schema`, `store-schema-version`; the message names the file and the remedy.
 */
export async function createSqliteStore(settings: SqliteStoreSettings): Promise<Store> {
  const { open, isInMemory, database } = await openSqliteFile(settings);
  const store = await createStore(database, settings);
  if (isInMemory || settings.owner === undefined) return store;
  return withKnownOwners(store, createOwnerLocks(open, settings.file), settings.owner);
}
