import { isReplicating } from '../../../model/instance.ts';
import type { InstanceKey } from '../../../model/instance-key.ts';
import { formatKey, isDetachedKey, sameKey } from '../../../model/instance-key.ts';
import { replicasOf, type ServerRecord } from '../../../model/server-record.ts';
import { type CrossingSettings, crossing } from '../../../plan/failover/intermediate/crossing.ts';
import type { Home } from '../../../plan/failover/intermediate/homes.ts';
import type { OperationRequest } from '../../../plan/operations/request.ts';
import type { OperationOutcome } from '../../operations/outcome.ts';
import type { BodyEnd } from '../body.ts';
import { runOperation } from '../recovery-operation.ts';
import type { RecoveryRun } from '../run.ts';
import type { TraceDeps } from '../traces.ts';

/** How far the replicas of a failed source have come. */
interface Progress {
  readonly moved: Set<string>;
  /** The first server that all (or some) replicas have a home below; plan B's leader counts once it has a source again. */
  successor: InstanceKey | null;
  readonly errors: string[];
  /** Replicas (host:port) that a failed move left half way: neither below the failed server any more nor where they were to go. */
  readonly stuck: Set<string>;
}

/**
 * Tries the ways in their order until no replica that answers is left below the failed server. Plan B leaves its leader, plan D
 * takes whoever is left; so a way that moves only some is followed by the next for the others.
 */
export async function rehome(
  run: RecoveryRun,
  attempts: readonly Home[],
  deps: TraceDeps,
  settings: CrossingSettings,
): Promise<BodyEnd> {
  const { failed } = run.intent;
  const progress: Progress = { moved: new Set(), successor: homeBefore(run, deps), errors: [], stuck: new Set() };
  let leader: InstanceKey | null = null;
  for (const attempt of attempts) {
    const left = leftBelow(failed, deps);
    const stuck = stuckOf(progress, attempt, failed, deps);
    if (left.length === 0 && progress.stuck.size === 0) break;
    if (left.length === 0 && stuck.length === 0) continue;
    const objection = crossingUp(attempt, [...left, ...stuck], failed, deps, settings);
    if (objection !== null) {
      deps.audit(run, `Plan ${attempt.plan} is left out: ${objection}`);
      progress.errors.push(objection);
      continue;
    }
    deps.audit(run, `Plan ${attempt.plan}: ${attempt.why}`);
    for (const request of [...requestsOf(attempt, left, failed, deps), ...requestsEach(attempt, stuck)]) {
      const outcome = await runOperation(run, request, deps);
      if (outcome.kind !== 'refused') noteStuck(outcome, progress);
      if (outcome.kind !== 'done') {
        progress.errors.push(outcome.kind === 'refused' ? outcome.refusal.reason : outcome.reason);
        continue;
      }
      noteMoved(outcome, progress);
      if (attempt.plan === 'B') leader = outcome.moved.length > 0 ? outcome.subject.key : null;
      else if (outcome.moved.length > 0) progress.successor ??= leader ?? attempt.home;
    }
  }
  return endOf(run, progress, deps);
}

/**
 * Where a recovery that is gone on with finds most of its replicas moved to already, by the process that began it: a living server, from
 * which they replicate. null: nobody is moved yet.
 */
export function homeBefore({ isResumed, entry, intent }: RecoveryRun, { fleet }: TraceDeps): InstanceKey | null {
  if (!isResumed) return null;
  const homes = entry.view.replicas.flatMap((key) => {
    const instance = fleet.recordOf(key)?.instance ?? null;
    const source = instance?.replication?.source;
    if (instance === null || source === undefined || sameKey(source, intent.failed)) return [];
    return isReplicating(instance) && fleet.recordOf(source)?.check.failure === null ? [source] : [];
  });
  const count = (home: InstanceKey): number => homes.filter((one) => sameKey(one, home)).length;
  return homes.toSorted((a, b) => count(b) - count(a))[0] ?? null;
}

/** All replicas of a server that nobody remembers anything of cannot be moved at once: each is moved for itself. */
function requestsOf(
  { request, home }: Home,
  left: readonly ServerRecord[],
  failed: InstanceKey,
  { fleet }: TraceDeps,
): readonly OperationRequest[] {
  if (left.length === 0) return [];
  if (home === null || fleet.recordOf(failed)?.instance != null) return [request];
  return left.map(({ key }) => ({ kind: 'relocate', instance: key, destination: home }));
}

const requestsEach = ({ home }: Home, replicas: readonly ServerRecord[]): readonly OperationRequest[] =>
  home === null ? [] : replicas.map(({ key }) => ({ kind: 'relocate', instance: key, destination: home }));

/** Those left half way that answer, and for whom this way is new: the home where they got stuck is not tried again. */
function stuckOf({ stuck }: Progress, { home }: Home, failed: InstanceKey, { fleet }: TraceDeps): ServerRecord[] {
  if (home === null) return [];
  return fleet.records().filter(({ key, check, instance }) => {
    const source = instance?.replication?.source;
    if (!stuck.has(formatKey(key)) || check.failure !== null || source === undefined) return false;
    return ![source, key].some((one) => sameKey(one, home)) && !sameKey(source, failed);
  });
}

function noteStuck({ leftovers }: Exclude<OperationOutcome, { kind: 'refused' }>, { stuck }: Progress): void {
  for (const { server } of leftovers) stuck.add(formatKey(server));
}

function noteMoved(outcome: Extract<OperationOutcome, { kind: 'done' }>, { moved, errors, stuck }: Progress): void {
  for (const { key } of outcome.moved) {
    moved.add(formatKey(key));
    stuck.delete(formatKey(key));
  }
  for (const { server, reason } of outcome.failed) errors.push(`${formatKey(server)}: ${reason}`);
}

function endOf(run: RecoveryRun, progress: Progress, deps: TraceDeps): BodyEnd {
  const { moved, successor, errors } = progress;
  const { failed } = run.intent;
  const lost = run.entry.view.replicas.filter((key) => isLost(key, failed, progress, deps));
  run.errors.push(...errors);
  if (successor !== null) return { kind: 'recovered', successor, lost };
  const why = errors.length === 0 ? 'no server near it answers' : [...new Set(errors)].join('; ');
  if (moved.size > 0)
    return { kind: 'failed', reason: `some replicas were regrouped, but none follows a living source: ${why}` };
  return { kind: 'failed', reason: `no replica of ${formatKey(failed)} could be moved: ${why}` };
}

/** Whoever follows the failed server still, was left half way, or does not replicate from a living source where it is now. */
function isLost(key: InstanceKey, failed: InstanceKey, { moved, stuck }: Progress, { fleet }: TraceDeps): boolean {
  const instance = fleet.recordOf(key)?.instance ?? null;
  const source = instance?.replication?.source;
  if (instance === null || source === undefined) return false;
  if (sameKey(source, failed) || stuck.has(formatKey(key))) return true;
  // A moved one was seen to follow its new source; a detached one is so by the word of a person.
  if (moved.has(formatKey(key)) || isDetachedKey(source)) return false;
  return !isReplicating(instance) || fleet.recordOf(source)?.check.failure !== null;
}

/** Replicas that answer and still follow the failed server. */
const leftBelow = (failed: InstanceKey, { fleet }: TraceDeps): ServerRecord[] =>
  replicasOf(failed, fleet.records()).filter(({ check }) => check.failure === null);

/** One connection crossed before, through the failed server: one may cross after, not one for each replica. */
function crossingUp(
  { plan, home }: Home,
  left: readonly ServerRecord[],
  failed: InstanceKey,
  { fleet }: TraceDeps,
  settings: CrossingSettings,
): string | null {
  if (plan !== 'D' || home === null || left.length <= 1) return null;
  const [was, is] = [fleet.recordOf(failed)?.instance, fleet.recordOf(home)?.instance];
  if (was == null || is == null) return null;
  const crosses = crossing(was, is, settings);
  return crosses === null ? null : `${formatKey(home)} ${crosses}, and ${left.length} replicas would cross to it`;
}
