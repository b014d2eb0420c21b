import type { Instance } from '../model/instance.ts';
import { isReplicating, usesMariadbGtid, usesOracleGtid } from '../model/instance.ts';
import { isDetachedKey } from '../model/instance-key.ts';
import { isRecentlyChecked } from '../model/problems.ts';
import type { ServerRecord } from '../model/server-record.ts';
import { isLastCheckValid, isPrimaryRecord } from '../model/server-record.ts';
import type { InstanceJsonContext } from './instance-json.ts';

/** What the text listings say of a server after its name, column by column. */
export interface InstanceDescription {
  /** lag, status, version, ro or rw, binary log format. Always five. */
  readonly columns: readonly string[];
  /** `>>`, `GTID`, … in their order; may be empty. */
  readonly flags: readonly string[];
}

/** It follows nobody, and is not meant to. A detached replica (lost in a failover, say) is no head: it stands still. */
const isHead = (record: ServerRecord): boolean => {
  const replication = record.instance?.replication ?? null;
  return replication === null || (isPrimaryRecord(record) && !isDetachedKey(replication.source));
};

/** `0s`; `null` when the lag is not known; `unknown` when the last reading is not valid. */
function lagText(record: ServerRecord, instance: Instance, isValid: boolean): string {
  if (!isValid) return 'unknown';
  if (isHead(record)) return '0s';
  if (!isReplicating(instance) || instance.lagSeconds === null) return 'null';
  return `${instance.lagSeconds}s`;
}

function statusText(record: ServerRecord, instance: Instance, isValid: boolean, context: InstanceJsonContext): string {
  const { settings, nowMs } = context;
  const { replication } = instance;
  if (!isValid) return 'invalid';
  if (!isRecentlyChecked(record, settings, nowMs)) return 'unchecked';
  if (replication === null || isHead(record)) return 'ok';
  if (!isReplicating(instance)) return 'nonreplicating';
  const excessSeconds = Math.abs((instance.lagSeconds ?? 0) - replication.delaySeconds);
  return excessSeconds > settings.reasonableReplicationLagSeconds ? 'lag' : 'ok';
}

function flagsOf(record: ServerRecord, instance: Instance, nowMs: number): string[] {
  const usesGtid = usesOracleGtid(instance) || usesMariadbGtid(instance) || instance.supportsOracleGtid;
  const gtid = record.position.errantGtid === '' ? 'GTID' : 'GTID:errant';
  return [
    ...(instance.binlogEnabled && instance.logsReplicaUpdates ? ['>>'] : []),
    ...(usesGtid ? [gtid] : []),
    ...(instance.pseudoGtid ? ['P-GTID'] : []),
    ...(instance.semiSync.sourceActive ? ['semi:master'] : []),
    ...(instance.semiSync.replicaActive ? ['semi:replica'] : []),
    ...(isDowntimed(record, nowMs) ? ['downtimed'] : []),
  ];
}

const isDowntimed = (record: ServerRecord, nowMs: number): boolean => (record.intent.downtime?.endAtMs ?? 0) > nowMs;

/** A server in the words of the text listings. Of a server that never answered nothing is known but that. */
export function describeInstance(record: ServerRecord, context: InstanceJsonContext): InstanceDescription {
  const { instance } = record;
  if (instance === null) {
    const flags = isDowntimed(record, context.nowMs) ? ['downtimed'] : [];
    return { columns: ['unknown', 'invalid', 'unknown', 'unknown', 'unknown'], flags };
  }
  const isValid = isLastCheckValid(record.check, context.settings);
  return {
    columns: [
      lagText(record, instance, isValid),
      statusText(record, instance, isValid, context),
      instance.version.text,
      instance.isReadOnly ? 'ro' : 'rw',
      instance.binlogEnabled ? instance.binlogFormat : 'nobinlog',
    ],
    flags: flagsOf(record, instance, context.nowMs),
  };
}

/** `[0s,ok,8.4.6,rw,ROW,>>,GTID]`. */
export function instanceStatusText(record: ServerRecord, context: InstanceJsonContext): string {
  const { columns, flags } = describeInstance(record, context);
  return `[${[...columns, ...flags].join(',')}]`;
}

/** `a,b=c` in order of names; the brackets are the caller's. */
export const tagsText = (tags: Readonly<Record<string, string>>): string => tagTexts(tags).join(',');

/** `a` for a tag without value, `b=c` for one with. */
export const tagTexts = (tags: Readonly<Record<string, string>>): string[] =>
  Object.keys(tags)
    .sort()
    .map((name) => (tags[name] === '' ? name : `${name}=${tags[name]}`));
