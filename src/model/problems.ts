import { formatKey } from './instance-key.ts';
import { type FreshnessSettings, isLastCheckValid, type ServerRecord } from './server-record.ts';

/** What may be said of a single server, in the order in which it is said (historic words of the API). */
export const PROBLEMS = [
  'last_check_invalid',
  'not_recently_checked',
  'not_replicating',
  'replication_lag',
  'errant_gtid',
  'group_replication_member_not_online',
  'shared_server_uuid',
] as const;
export type Problem = (typeof PROBLEMS)[number];

export interface ProblemSettings extends FreshnessSettings {
  readonly reasonableReplicationLagSeconds: number;
}

/** A server's reading counts as recent for this many polls (historic). */
const RECENT_POLLS = 5;

/** True when the server was asked within the last five polls. `nowMs` is epoch milliseconds. */
export function isRecentlyChecked(record: ServerRecord, settings: FreshnessSettings, nowMs: number): boolean {
  const { lastCheckedAtMs } = record.check;
  return lastCheckedAtMs !== null && nowMs - lastCheckedAtMs <= RECENT_POLLS * settings.instancePollSeconds * 1000;
}

/**
 * The server's problems. The first four exclude each other, the worst one is named (a reading that is not valid says nothing
 * about lag); the others stand for themselves. A server that never answered has an invalid check. The last is no historic word:
 * two servers bear one uuid, so that MySQL refuses replication between them.
 */
export function problemsOf(record: ServerRecord, settings: ProblemSettings, nowMs: number): readonly Problem[] {
  const problems: Problem[] = [];
  if (record.instance === null || !isLastCheckValid(record.check, settings)) problems.push('last_check_invalid');
  else if (!isRecentlyChecked(record, settings, nowMs)) problems.push('not_recently_checked');
  else if (isNotReplicating(record)) problems.push('not_replicating');
  else if (isLagging(record, settings)) problems.push('replication_lag');
  if (record.position.errantGtid !== '') problems.push('errant_gtid');
  const group = record.instance?.group;
  if (group != null && group.memberState !== 'ONLINE') problems.push('group_replication_member_not_online');
  if ((record.position.sharesUuidWith?.length ?? 0) > 0) problems.push('shared_server_uuid');
  return problems;
}

/** It has replication threads and they do not both run. */
function isNotReplicating({ instance }: ServerRecord): boolean {
  const states = [instance?.replication?.receiver.state ?? 'none', instance?.replication?.applier.state ?? 'none'];
  return states.some((state) => state !== 'none') && states.some((state) => state !== 'running');
}

/** Lag beyond the delay that was asked for, by the server's own word or by ReplicationLagQuery's. */
function isLagging({ instance }: ServerRecord, settings: ProblemSettings): boolean {
  const replication = instance?.replication;
  if (instance === null || replication == null) return false;
  const isUnreasonable = (seconds: number | null): boolean =>
    seconds !== null && Math.abs(seconds - replication.delaySeconds) > settings.reasonableReplicationLagSeconds;
  return isUnreasonable(replication.secondsBehind) || isUnreasonable(instance.lagSeconds);
}

/**
 * The servers with problems as the problem list shows them: without the downtimed ones and those whose hostname or host:port
 * matches ProblemIgnoreHostnameFilters.
 */
export function selectProblems(
  records: readonly ServerRecord[],
  settings: ProblemSettings,
  options: { readonly nowMs: number; readonly ignorePatterns: readonly RegExp[] },
): ServerRecord[] {
  const { nowMs, ignorePatterns } = options;
  return records.filter((record) => {
    if (record.intent.downtime !== null && record.intent.downtime.endAtMs > nowMs) return false;
    const names = [record.key.hostname, formatKey(record.key)];
    if (ignorePatterns.some((pattern) => names.some((name) => pattern.test(name)))) return false;
    return problemsOf(record, settings, nowMs).length > 0;
  });
}
