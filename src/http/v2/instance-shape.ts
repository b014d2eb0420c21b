import type * as z from 'zod';
import { type Instance, isReplicating, type ReplicationStatus, type ReplicationThread } from '../../model/instance.ts';
import { isDetachedKey } from '../../model/instance-key.ts';
import { type ProblemSettings, problemsOf } from '../../model/problems.ts';
import { isLastCheckValid, isPrimaryRecord, type ServerRecord } from '../../model/server-record.ts';
import type { DowntimeV2, InstanceV2 } from '../contract/v2/instances.ts';
import { isoTime, isoTimeOrNull, textOrNull } from './common.ts';

export interface ShapeContext {
  readonly nowMs: number;
  readonly settings: ProblemSettings;
}

/** One server in our own words. */
export function instanceShape(record: ServerRecord, { nowMs, settings }: ShapeContext): InstanceV2 {
  const { key, instance, check, position, intent } = record;
  const { downtime } = intent;
  return {
    key,
    alias: textOrNull(instance?.classification.instanceAlias ?? ''),
    clusterName: position.clusterName,
    clusterAlias: position.clusterAlias,
    depth: position.depth,
    source: instance?.replication?.source ?? null,
    replicas: [...position.replicas],
    isPrimary: isPrimaryRecord(record),
    isCoPrimary: position.isCoPrimary,
    serverId: instance?.serverId ?? null,
    serverUuid: instance?.serverUuid ?? null,
    version: instance === null ? null : { text: instance.version.text, flavour: instance.version.flavour },
    uptimeSeconds: instance?.uptimeSeconds ?? null,
    isReadOnly: instance?.isReadOnly ?? null,
    isSuperReadOnly: instance?.isSuperReadOnly ?? null,
    dataCenter: textOrNull(instance?.classification.dataCenter ?? ''),
    region: textOrNull(instance?.classification.region ?? ''),
    environment: textOrNull(instance?.classification.physicalEnvironment ?? ''),
    ...readingOf(instance, position.errantGtid),
    check: {
      isValid: isLastCheckValid(check, settings),
      lastAttemptAt: isoTimeOrNull(check.lastAttemptAtMs),
      lastCheckedAt: isoTimeOrNull(check.lastCheckedAtMs),
      lastSeenAt: isoTimeOrNull(check.lastSeenAtMs),
      failure: check.failure,
    },
    problems: [...problemsOf(record, settings, nowMs)],
    downtime: downtime === null || downtime.endAtMs <= nowMs ? null : downtimeShape(downtime),
    isInMaintenance: intent.inMaintenance,
    promotionRule: intent.promotionRule,
    tags: { ...intent.tags },
  };
}

export const downtimeShape = (
  downtime: NonNullable<ServerRecord['intent']['downtime']>,
): z.infer<typeof DowntimeV2> => ({
  owner: downtime.owner,
  reason: downtime.reason,
  beginAt: isoTime(downtime.beginAtMs),
  endAt: isoTime(downtime.endAtMs),
});

type ReadingFields = Pick<
  InstanceV2,
  'binaryLog' | 'gtid' | 'replication' | 'lagSeconds' | 'semiSync' | 'groupReplication'
>;

function readingOf(instance: Instance | null, errant: string): ReadingFields {
  if (instance === null)
    return { binaryLog: null, gtid: null, replication: null, lagSeconds: null, semiSync: null, groupReplication: null };
  const { ownCoordinates, semiSync, group, replication } = instance;
  return {
    binaryLog: {
      isEnabled: instance.binlogEnabled,
      format: instance.binlogFormat,
      rowImage: textOrNull(instance.binlogRowImage),
      logsReplicaUpdates: instance.logsReplicaUpdates,
      coordinates: ownCoordinates === null ? null : placeShape(ownCoordinates),
    },
    gtid: {
      mode: textOrNull(instance.gtidMode),
      executed: instance.executedGtid,
      purged: instance.purgedGtid,
      errant,
    },
    replication: replication === null ? null : replicationShape(replication, instance),
    lagSeconds: instance.lagSeconds,
    semiSync: {
      isAvailable: semiSync.available,
      isSourceEnabled: semiSync.sourceEnabled,
      isSourceActive: semiSync.sourceActive,
      isReplicaEnabled: semiSync.replicaEnabled,
      isReplicaActive: semiSync.replicaActive,
      waitForReplicaCount: semiSync.waitForReplicaCount,
    },
    groupReplication:
      group === null
        ? null
        : { groupName: group.groupName, memberState: group.memberState, memberRole: group.memberRole },
  };
}

const replicationShape = (
  replication: ReplicationStatus,
  instance: Instance,
): NonNullable<InstanceV2['replication']> => ({
  isReplicating: isReplicating(instance),
  isDetached: isDetachedKey(replication.source),
  receiver: threadShape(replication.receiver),
  applier: threadShape(replication.applier),
  positioning: replication.positioning,
  read: placeShape(replication.readCoordinates),
  executed: placeShape(replication.executedCoordinates),
  secondsBehind: replication.secondsBehind,
  delaySeconds: replication.delaySeconds,
  hasFilters: replication.hasFilters,
});

const placeShape = ({ file, position }: { readonly file: string; readonly position: number }) => ({ file, position });

const threadShape = ({ state, errorNumber, errorText }: ReplicationThread) => ({
  state,
  errorNumber: errorNumber === 0 ? null : errorNumber,
  errorText: textOrNull(errorText),
});
