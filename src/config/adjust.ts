import { OrchestratorError } from '../model/error.ts';
import { adjustBackend } from './adjust-backend.ts';
import type { RawConfig } from './credentials.ts';

/** Which keys the files themselves set; the rest are defaults. */
export type ExplicitKeys = ReadonlySet<string>;

/**
 * Brings values into the form the program uses, as the historic program did after reading: old names, derived
 * defaults, normal forms. Changes `raw`; gives warnings.
 * @throws OrchestratorError `config-conflict` or `config-bad-value` naming the keys and what to do.
 */
export function adjustConfig(raw: RawConfig, explicit: ExplicitKeys, home: string | null): string[] {
  const warnings: string[] = [];
  adjustOldNames(raw, explicit, warnings);
  adjustRecovery(raw, warnings);
  adjustWeb(raw);
  adjustRaft(raw, warnings);
  adjustDiscovery(raw, warnings);
  warnings.push(...adjustBackend(raw, explicit, home));
  return warnings;
}

function adjustOldNames(raw: RawConfig, explicit: ExplicitKeys, warnings: string[]): void {
  if (raw.SlaveLagQuery !== '') {
    if (raw.ReplicationLagQuery !== '' && raw.ReplicationLagQuery !== raw.SlaveLagQuery) {
      throw new OrchestratorError(
        'config-conflict',
        'SlaveLagQuery is the old name of ReplicationLagQuery, and the two differ. Remove SlaveLagQuery.',
        { details: { key: 'SlaveLagQuery' } },
      );
    }
    raw.ReplicationLagQuery = raw.SlaveLagQuery as string;
  }
  const forces = (oldName: string, newName: string): void => {
    if (raw[oldName] !== true) return;
    if (explicit.has(newName) && raw[newName] === false) {
      warnings.push(`${newName} is false but its old name ${oldName} is true, which wins; set both to false`);
    }
    raw[newName] = true;
  };
  forces('DetachLostSlavesAfterMasterFailover', 'DetachLostReplicasAfterMasterFailover');
  forces('MasterFailoverDetachSlaveMasterHost', 'MasterFailoverDetachReplicaMasterHost');
  const oldPostpone = raw.PostponeSlaveRecoveryOnLagMinutes as number;
  if (oldPostpone > 0) {
    const given = raw.PostponeReplicaRecoveryOnLagMinutes as number;
    if (given > 0 && given !== oldPostpone) {
      warnings.push(
        `PostponeReplicaRecoveryOnLagMinutes is ${given} but its old name PostponeSlaveRecoveryOnLagMinutes is ${oldPostpone}, which wins; remove the old name`,
      );
    }
    raw.PostponeReplicaRecoveryOnLagMinutes = oldPostpone;
  }
}

function adjustRecovery(raw: RawConfig, warnings: string[]): void {
  const minutes = raw.RecoveryPeriodBlockMinutes as number;
  if (raw.RecoveryPeriodBlockSeconds === 0 && minutes > 0) raw.RecoveryPeriodBlockSeconds = minutes * 60;
  if (raw.ReasonableLockedSemiSyncMasterSeconds === 0) {
    raw.ReasonableLockedSemiSyncMasterSeconds = Math.max(0, raw.ReasonableReplicationLagSeconds as number);
  }
  if ((raw.FailMasterPromotionOnLagMinutes as number) > 0 && raw.ReplicationLagQuery === '') {
    throw new OrchestratorError(
      'config-conflict',
      'FailMasterPromotionOnLagMinutes needs ReplicationLagQuery: what a replica says of its own lag is nothing once its source is dead. Set the query, or FailMasterPromotionOnLagMinutes to 0.',
      { details: { key: 'FailMasterPromotionOnLagMinutes' } },
    );
  }
  if (
    raw.FailMasterPromotionIfSQLThreadNotUpToDate === true &&
    raw.DelayMasterPromotionIfSQLThreadNotUpToDate === true
  ) {
    warnings.push(
      'FailMasterPromotionIfSQLThreadNotUpToDate and DelayMasterPromotionIfSQLThreadNotUpToDate are both true; the first wins',
    );
  }
  const keysPerTransaction = raw.ConsulMaxKVsPerTransaction as number;
  raw.ConsulMaxKVsPerTransaction = Math.min(64, Math.max(5, keysPerTransaction));
  const prefix = raw.KVClusterMasterPrefix as string;
  if (prefix !== '/') raw.KVClusterMasterPrefix = `${prefix.replace(/\/+$/, '')}/`;
}

function adjustWeb(raw: RawConfig): void {
  const prefix = (raw.URLPrefix as string).trim().replace(/^\/+|\/+$/g, '');
  raw.URLPrefix = prefix === '' ? '' : `/${prefix}`;
  const status = (raw.StatusEndpoint as string).trim();
  raw.StatusEndpoint = status === '' ? '/api/status' : `/${status.replace(/^\/+/, '')}`;
  const advertised = raw.HTTPAdvertise as string;
  if (advertised !== '' && !/^https?:\/\/[^/?#\s@]+:\d{1,5}$/.test(advertised)) {
    throw new OrchestratorError(
      'config-bad-value',
      `HTTPAdvertise is "${advertised}"; write scheme, host and port without a path, e.g. http://node1.example.com:3000`,
      { details: { key: 'HTTPAdvertise' } },
    );
  }
}

function adjustRaft(raw: RawConfig, warnings: string[]): void {
  if (raw.RaftAdvertise === '') raw.RaftAdvertise = raw.RaftBind as string;
  if (raw.RaftEnabled === true && raw.RaftDataDir === '') {
    throw new OrchestratorError(
      'config-bad-value',
      'RaftEnabled needs RaftDataDir: a directory in which this node keeps its state, e.g. /var/lib/orchestrator',
      { details: { key: 'RaftDataDir' } },
    );
  }
  if (raw.RaftEnabled === true) {
    warnings.push(
      'RaftEnabled: several nodes that elect a leader are not supported yet; this node acts alone, start no other',
    );
  }
}

function adjustDiscovery(raw: RawConfig, warnings: string[]): void {
  const poll = raw.InstancePollSeconds as number;
  if ((raw.DeadInstancePollSecondsMax as number) < poll) {
    warnings.push(`DeadInstancePollSecondsMax is below InstancePollSeconds; ${poll} is taken`);
    raw.DeadInstancePollSecondsMax = poll;
  }
  if ((raw.DeadInstancePollSecondsMultiplyFactor as number) < 1) {
    warnings.push('DeadInstancePollSecondsMultiplyFactor is below 1; 1 is taken');
    raw.DeadInstancePollSecondsMultiplyFactor = 1;
  }
}
