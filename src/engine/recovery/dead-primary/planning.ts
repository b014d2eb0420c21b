import { isEmptyGtidSet } from '../../../model/gtid-set.ts';
import type { InstanceKey } from '../../../model/instance-key.ts';
import { formatKey, sameKey } from '../../../model/instance-key.ts';
import { progressOf } from '../../../model/received.ts';
import type { ServerRecord } from '../../../model/server-record.ts';
import type { FailoverPlan } from '../../../plan/failover/plan-failover.ts';
import { planFailover } from '../../../plan/failover/plan-failover.ts';
import type { Refusal } from '../../../plan/plan.ts';
import { recallFamily, relaysOf } from '../family.ts';
import { pairOf, reconsiderPair } from '../known-pair.ts';
import { readMembers } from '../members.ts';
import type { RecoveryRun } from '../run.ts';
import { addressesOf } from './addresses.ts';
import type { DeadPrimaryDeps, DeadPrimarySettings } from './deps.ts';
import { withPromise } from './promised.ts';

/** What would be done now, without doing it; also the dry run. `trusted`: planned with as last read, though it may not answer. */
export async function planNext(
  run: RecoveryRun,
  deps: DeadPrimaryDeps,
  settings: DeadPrimarySettings,
  trusted: InstanceKey | null = null,
): Promise<FailoverPlan | Refusal> {
  const { records, fresh: answered } = await readMembers(deps, run.intent.members, run.intent.failed);
  const doubt = reconsiderPair(run, deps.fleet, deps.clock.now());
  if (doubt !== null) deps.audit(run, doubt);
  const { intent } = run;
  const fresh = trusted === null ? answered : new Set([...answered, formatKey(trusted)]);
  const family = recallFamily(run, records);
  for (const record of records) remember(record, run);
  return planFailover({
    clusterName: intent.clusterName,
    failed: intent.failed,
    records: [...records, ...failedOf(run, deps)].map((record) =>
      sameKey(record.key, intent.failed) ? withPromise(record, run) : record,
    ),
    fresh,
    explicitCandidate: run.candidate,
    committedSuccessor: intent.successor,
    excluded: run.excluded,
    family,
    ...relaysOf(intent),
    ...pairOf(intent),
    direct: new Set(run.entry.view.replicas.map(formatKey)),
    silenced: run.silenced,
    seen: run.seen,
    rests: run.rests,
    addresses: await addressesOf(run, records, answered, deps),
    settings,
  });
}

/** Keeps what a silenced replica has, unless it may be counting a transaction that came only in part. */
function remember({ key, instance }: ServerRecord, run: RecoveryRun): void {
  const name = formatKey(key);
  if (instance === null || instance.replication?.receiver.state !== 'stopped' || !run.silenced.has(name)) return;
  const progress = progressOf(instance);
  if (progress.completeText === '' || (progress.kind === 'oracle' && !isEmptyGtidSet(progress.doubtful))) return;
  run.seen.set(name, (run.seen.get(name) ?? new Set()).add(progress.completeText));
}

/** The failed primary's record: the planner looks at what it was (data centre, semi-sync), never asks it. */
function failedOf(run: RecoveryRun, deps: DeadPrimaryDeps) {
  const isMember = run.intent.members.some((key) => sameKey(key, run.intent.failed));
  const record = isMember ? null : deps.fleet.recordOf(run.intent.failed);
  return record === null ? [] : [record];
}

/** The refusal with every objection, as one sentence. */
export const refusalSentence = (refusal: Refusal): string => {
  const details = refusal.objections.map(({ explanation }) => explanation).filter((text) => text !== refusal.reason);
  return details.length === 0 ? refusal.reason : `${refusal.reason}: ${details.join('; ')}`;
};
