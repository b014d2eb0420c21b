import {
  type Instance,
  type ReplicationStatus,
  type ReplicationThread,
  UNKNOWN_PROFILE,
} from '../../model/instance.ts';
import { formatKey, reattachedKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { derivePositions } from '../../model/topology.ts';
import type { Effect, OperationPlan } from './input.ts';

/** The records of the clusters that a plan touches, as they are now. */
export function recordsConcerned(plan: OperationPlan, records: readonly ServerRecord[]): readonly ServerRecord[] {
  const touched = new Set([
    ...plan.effects
      .flatMap((effect) => [
        effect.server,
        ...(effect.kind === 'source' && effect.source !== null ? [effect.source] : []),
      ])
      .map(formatKey),
    formatKey(plan.subject),
  ]);
  const clusters = new Set(
    records.filter(({ key }) => touched.has(formatKey(key))).map(({ position }) => position.clusterName),
  );
  return records.filter(({ position }) => clusters.has(position.clusterName));
}

/** The same records as they are to be once the plan is done. `records` are those of the clusters concerned. */
export function expectedRecords(plan: OperationPlan, records: readonly ServerRecord[]): readonly ServerRecord[] {
  const changed = records.map((record) => {
    const own = plan.effects.filter(({ server }) => formatKey(server) === formatKey(record.key));
    return { ...record, instance: own.reduce(applyEffect, record.instance) };
  });
  const positions = derivePositions({
    instances: new Map(
      changed.flatMap(({ key, instance }) => (instance === null ? [] : [[formatKey(key), instance] as const])),
    ),
    unseenKeys: changed.flatMap(({ key, instance }) => (instance === null ? [key] : [])),
    intent: { clusterAliases: new Map(), aliasOverrides: new Map(), clusterDomains: new Map() },
    aliasPatterns: [],
    previous: new Map(changed.map(({ key, position }) => [formatKey(key), position])),
  });
  return changed.map((record) => ({ ...record, position: positions.get(formatKey(record.key)) ?? record.position }));
}

const RUNNING: ReplicationThread = { state: 'running', errorNumber: 0, errorText: '' };
const STOPPED: ReplicationThread = { ...RUNNING, state: 'stopped' };

function applyEffect(instance: Instance | null, effect: Effect): Instance | null {
  if (instance === null) return null;
  const { replication } = instance;
  switch (effect.kind) {
    case 'read-only':
      return { ...instance, isReadOnly: effect.readOnly };
    case 'replicating': {
      const thread = effect.replicating ? RUNNING : STOPPED;
      return replication === null
        ? instance
        : { ...instance, replication: { ...replication, receiver: thread, applier: thread } };
    }
    case 'detached': {
      if (replication === null) return instance;
      const { source } = replication;
      const wanted = effect.isDetached ? { ...source, hostname: `//${source.hostname}` } : reattachedKey(source);
      return { ...instance, replication: { ...replication, source: wanted, configuredSource: wanted } };
    }
    case 'source': {
      if (effect.source === null) return { ...instance, replication: null };
      const before: ReplicationStatus = replication ?? NEW_REPLICA;
      return {
        ...instance,
        replication: {
          ...before,
          source: effect.source,
          configuredSource: effect.source,
          receiver: RUNNING,
          applier: RUNNING,
        },
      };
    }
  }
}

const NOWHERE = { kind: 'binlog', file: '', position: 0 } as const;

/** A server that becomes a replica: all that is known of it yet is its source. */
const NEW_REPLICA: ReplicationStatus = {
  channel: '',
  configuredSource: { hostname: '', port: 0 },
  source: { hostname: '', port: 0 },
  sourceUuid: null,
  sourceServerId: 0,
  receiver: RUNNING,
  applier: RUNNING,
  applierHasReadAll: false,
  positioning: 'coordinates',
  readCoordinates: NOWHERE,
  executedCoordinates: NOWHERE,
  relayCoordinates: { ...NOWHERE, kind: 'relaylog' },
  receivedGtid: '',
  secondsBehind: 0,
  delaySeconds: 0,
  hasFilters: false,
  profile: UNKNOWN_PROFILE,
};
