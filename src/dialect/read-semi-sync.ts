import type { SemiSyncStatus } from '../model/instance.ts';
import { isOn } from './row.ts';

type Variables = ReadonlyMap<string, string>;

/**
 * Semi-sync settings and status in either generation of names (master/slave; source/replica from 8.0.26), which each side
 * may carry independently. Available means that both sides' variables exist (plugins installed, or built in as in MariaDB).
 */
export function readSemiSync(settings: Variables, status: Variables): SemiSyncStatus {
  const sourceWordsNew = settings.has('rpl_semi_sync_source_enabled');
  const replicaWordsNew = settings.has('rpl_semi_sync_replica_enabled');
  const source = sourceWordsNew ? 'source' : 'master';
  const replica = replicaWordsNew ? 'replica' : 'slave';
  const number = (from: Variables, name: string): number => Number(from.get(`rpl_semi_sync_${name}`) ?? 0) || 0;
  const flag = (from: Variables, name: string): boolean => isOn(from.get(`rpl_semi_sync_${name}`) ?? '');
  return {
    available: settings.has(`rpl_semi_sync_${source}_enabled`) && settings.has(`rpl_semi_sync_${replica}_enabled`),
    sourceEnabled: flag(settings, `${source}_enabled`),
    replicaEnabled: flag(settings, `${replica}_enabled`),
    sourceActive: flag(status, `${source}_status`),
    replicaActive: flag(status, `${replica}_status`),
    sourceTimeoutMs: number(settings, `${source}_timeout`),
    // MariaDB has no such setting: it waits for one.
    waitForReplicaCount:
      number(settings, `${source}_wait_for_${sourceWordsNew ? 'replica' : 'slave'}_count`) ||
      (settings.has(`rpl_semi_sync_${source}_enabled`) ? 1 : 0),
    connectedReplicas: number(status, `${source}_clients`),
    waitingCommits: number(status, `${source}_wait_sessions`),
    sourceWordsNew,
    replicaWordsNew,
  };
}
