import { dirname } from 'node:path';
import type { LoadedConfig } from '../config/load.ts';
import type { ReadingStore, Store } from '../engine/ports.ts';
import { messageOf, OrchestratorError } from '../model/error.ts';
import { mysqlStoreSettings, storeSettings } from './adapter-settings.ts';
import { makeFolder } from './make-folder.ts';

/** Opens the backend, and brings its tables up to date. @throws OrchestratorError `store-unopenable` and the like. */
export async function openStore(
  loaded: LoadedConfig,
  node: { readonly hostname: string; readonly token: string; readonly owner: string },
  version: string,
): Promise<Store> {
  const common = storeSettings(loaded, node, version);
  if (loaded.config.BackendDB === 'mysql') {
    const { createMysqlStore } = await import('../store/mysql-store.ts');
    return createMysqlStore(mysqlStoreSettings(loaded, common));
  }
  const { createSqliteStore } = await import('../store/sqlite-store.ts');
  return createSqliteStore({ ...common, file: sqliteFile(loaded), owner: node.owner });
}

/** The same for a command that only reads: less of it is loaded. */
export async function openReadingStore(loaded: LoadedConfig, version: string): Promise<ReadingStore> {
  // Nothing is written, so that nobody need know who we are.
  const common = storeSettings(loaded, { hostname: '', token: '' }, version);
  if (loaded.config.BackendDB === 'mysql') {
    const { createMysqlStore } = await import('../store/mysql-store.ts');
    return createMysqlStore(mysqlStoreSettings(loaded, common));
  }
  const { createSqliteReadingStore } = await import('../store/sqlite-reading-store.ts');
  return createSqliteReadingStore({ ...common, file: sqliteFile(loaded) });
}

/** Where the file lies, in a folder that is there. @throws OrchestratorError `store-unopenable`. */
function sqliteFile({ config }: LoadedConfig): string {
  const folder = dirname(config.SQLite3DataFile);
  try {
    makeFolder(folder);
  } catch (thrown) {
    throw new OrchestratorError(
      'store-unopenable',
      `The folder ${folder} for the SQLite backend cannot be made (${messageOf(thrown)}); set SQLite3DataFile to a writable place`,
      { cause: thrown },
    );
  }
  return config.SQLite3DataFile;
}
