import type { ReadingStore } from '../engine/ports.ts';
import { createReadingStore, type ReadingStoreSettings } from './create-reading-store.ts';
import { createOwnChanges } from './own-changes.ts';
import { openSqliteFile, type SqliteFileSettings } from './sqlite/open-file.ts';

/** Opens the store in one SQLite file as createSqliteStore does, for a command that only reads. @throws as that does. */
export async function createSqliteReadingStore(
  settings: ReadingStoreSettings & SqliteFileSettings,
): Promise<ReadingStore> {
  const { database } = await openSqliteFile(settings);
  return createReadingStore(database, settings, createOwnChanges());
}
