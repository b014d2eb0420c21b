import type { Store } from '../engine/ports.ts';
import type { Database } from './database.ts';
import type { OwnChanges } from './own-changes.ts';
import { createIntentStore } from './repositories/intent.ts';
import { createNodeStore } from './repositories/nodes.ts';
import { createMaintenanceStore, type MaintenanceSettings } from './repositories/operations/maintenance.ts';
import type { AccessTokenSettings } from './repositories/people/access-tokens.ts';
import type { CandidateSettings } from './repositories/people/candidates.ts';
import { createResolveStore } from './repositories/resolve.ts';
import { createServerStore } from './repositories/servers.ts';
import { ensureSchema, type SchemaSettings } from './schema/ensure-schema.ts';

export interface ReadingStoreSettings
  extends SchemaSettings,
    MaintenanceSettings,
    CandidateSettings,
    AccessTokenSettings {}

/** The repositories that commands need which only read: the others would be loaded for nothing. */
export type RepositoriesForReading = Pick<
  Store,
  'servers' | 'intent' | 'maintenance' | 'resolve' | 'nodes' | 'location' | 'close'
>;

/** Brings the schema up to date and puts repositories over the database. Closes the database when that fails. */
export async function createReadingStore(
  database: Database,
  settings: ReadingStoreSettings,
  ownChanges: OwnChanges,
): Promise<RepositoriesForReading> {
  try {
    await ensureSchema(database, settings);
  } catch (error) {
    await database.close().catch(() => undefined);
    throw error;
  }
  return {
    servers: createServerStore(database),
    intent: createIntentStore(database, settings, ownChanges),
    maintenance: createMaintenanceStore(database, settings, ownChanges),
    resolve: createResolveStore(database),
    nodes: createNodeStore(database),
    location: database.location,
    close: () => database.close(),
  };
}
