import type { Store } from '../engine/ports.ts';
import { createStore, type StoreSettings } from './create-store.ts';
import { type MysqlDatabaseSettings, openMysqlDatabase } from './mysql/mysql-database.ts';

export type MysqlStoreSettings = StoreSettings & MysqlDatabaseSettings;

/**
 * Opens (and creates) the store in a MySQL or MariaDB database, also one that the historic program left. Several nodes may
 * share it.
 * @throws OrchestratorError `store-unreachable`, `store-access-denied`, `store-unopenable`, `store-read-only`, `store-schema`,
 *   `store-schema-version`; the message names host:port/database and the remedy.
 */
export async function createMysqlStore(settings: MysqlStoreSettings): Promise<Store> {
  return createStore(await openMysqlDatabase(settings), settings);
}
