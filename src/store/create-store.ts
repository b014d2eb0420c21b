import type { Store } from '../engine/ports.ts';
import { createReadingStore, type ReadingStoreSettings } from './create-reading-store.ts';
import type { Database } from './database.ts';
import { createOwnChanges } from './own-changes.ts';
import { createAgentStore } from './repositories/agents.ts';
import { type AuditSettings, createAuditStore } from './repositories/audit.ts';
import { createForgetStore } from './repositories/forget-orders.ts';
import { createKvStore } from './repositories/kv.ts';
import { createEquivalenceStore } from './repositories/operations/equivalences.ts';
import { createMarkStore } from './repositories/operations/marked-clusters.ts';
import { createOperationStore } from './repositories/operations/operations.ts';
import { type PurgeSettings, purge } from './repositories/purge.ts';
import { createRecoveryStore } from './repositories/recoveries.ts';
import type { RecoverySettings } from './repositories/recovery-settings.ts';
import { createSilenceStore } from './repositories/silences.ts';

/** What both engines need to know besides where their data lies. */
export interface StoreSettings extends ReadingStoreSettings, RecoverySettings, AuditSettings, PurgeSettings {}

/** Brings the schema up to date and puts the repositories over the database. Closes the database when that fails. */
export async function createStore(database: Database, settings: StoreSettings): Promise<Store> {
  const ownChanges = createOwnChanges();
  return {
    ...(await createReadingStore(database, settings, ownChanges)),
    recoveries: createRecoveryStore(database, settings, ownChanges),
    silences: createSilenceStore(database),
    forgotten: createForgetStore(database),
    operations: createOperationStore(database),
    equivalences: createEquivalenceStore(database),
    marks: createMarkStore(database),
    agents: createAgentStore(database, ownChanges),
    audit: createAuditStore(database, settings),
    kv: createKvStore(database, ownChanges),
    lifeOf: () => 'unknown',
    async purge() {
      await database.transaction((session) => purge(session, settings));
      ownChanges.add();
    },
  };
}
