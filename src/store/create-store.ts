import type { Store } from '../engine/ports.ts';
import type { Database } from './database.ts';
import { createOwnChanges } from './own-changes.ts';
import { createAgentStore } from './repositories/agents.ts';
import { type AuditSettings, createAuditStore } from './repositories/audit.ts';
import { createIntentStore } from './repositories/intent.ts';
import { createKvStore } from './repositories/kv.ts';
import { createNodeStore } from './repositories/nodes.ts';
import { createEquivalenceStore } from './repositories/operations/equivalences.ts';
import { createMaintenanceStore } from './repositories/operations/maintenance.ts';
import { createMarkStore } from './repositories/operations/marked-clusters.ts';
import { createOperationStore } from './repositories/operations/operations.ts';
import type { AccessTokenSettings } from './repositories/people/access-tokens.ts';
import { type PurgeSettings, purge } from './repositories/purge.ts';
import { createRecoveryStore } from './repositories/recoveries.ts';
import type { RecoverySettings } from './repositories/recovery-settings.ts';
import { createResolveStore } from './repositories/resolve.ts';
import { createServerStore } from './repositories/servers.ts';
import { ensureSchema, type SchemaSettings } from './schema/ensure-schema.ts';

/** What both engines need to know besides where their data lies. */
export interface StoreSettings
  extends SchemaSettings,
    RecoverySettings,
    AuditSettings,
    PurgeSettings,
    AccessTokenSettings {}

/** Brings the schema up to date and puts the repositories over the database. Closes the database when that fails. */
export async function createStore(database: Database, settings: StoreSettings): Promise<Store> {
  try {
    await ensureSchema(database, settings);
  } catch (error) {
    await database.close().catch(() => undefined);
    throw error;
  }
  const ownChanges = createOwnChanges();
  return {
    servers: createServerStore(database),
    intent: createIntentStore(database, settings, ownChanges),
    recoveries: createRecoveryStore(database, settings),
    maintenance: createMaintenanceStore(database, settings, ownChanges),
    operations: createOperationStore(database),
    equivalences: createEquivalenceStore(database),
    marks: createMarkStore(database),
    agents: createAgentStore(database),
    audit: createAuditStore(database, settings),
    resolve: createResolveStore(database),
    nodes: createNodeStore(database),
    kv: createKvStore(database),
    lifeOf: () => 'unknown',
    location: database.location,
    async purge() {
      await database.transaction((session) => purge(session, settings));
      ownChanges.add();
    },
    close: () => database.close(),
  };
}
