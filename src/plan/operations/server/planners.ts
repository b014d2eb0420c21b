import type { OperationPlanner } from '../input.ts';
import type { OperationKind } from '../request.ts';
import { planFlush, planPurge } from './binary-logs.ts';
import { planChangeCredentials } from './credentials.ts';
import { planDelay } from './delay.ts';
import { planDetach, planReattach } from './detach.ts';
import { planErrantInject } from './errant-inject.ts';
import { planErrantReset } from './errant-reset.ts';
import { planKillQuery } from './kill-query.ts';
import { planSetReadOnly, planSetWriteable } from './read-only.ts';
import { planResetReplica } from './reset-replica.ts';
import {
  planDisableSemiSyncReplica,
  planDisableSemiSyncSource,
  planEnableSemiSyncReplica,
  planEnableSemiSyncSource,
} from './semi-sync.ts';
import { planSkipQuery } from './skip-query.ts';
import { planRestart, planStart } from './start.ts';
import { planStop, planStopNicely } from './stop.ts';

/** The operations on one server. */
export const SERVER_PLANNERS = {
  'detach-replica': planDetach,
  'reattach-replica': planReattach,
  'reset-replica': planResetReplica,
  'gtid-errant-reset-master': planErrantReset,
  'gtid-errant-inject-empty': planErrantInject,
  'skip-query': planSkipQuery,
  'start-replica': planStart,
  'stop-replica': planStop,
  'stop-replica-nice': planStopNicely,
  'restart-replica': planRestart,
  'delay-replication': planDelay,
  'set-read-only': planSetReadOnly,
  'set-writeable': planSetWriteable,
  'enable-semi-sync-master': planEnableSemiSyncSource,
  'disable-semi-sync-master': planDisableSemiSyncSource,
  'enable-semi-sync-replica': planEnableSemiSyncReplica,
  'disable-semi-sync-replica': planDisableSemiSyncReplica,
  'change-master-credentials': planChangeCredentials,
  'flush-binary-logs': planFlush,
  'purge-binary-logs': planPurge,
  'kill-query': planKillQuery,
} as const satisfies Partial<Record<OperationKind, OperationPlanner>>;
