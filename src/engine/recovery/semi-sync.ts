import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import type { SemiSyncStatus } from '../../model/instance.ts';
import { formatKey, type InstanceKey, sameKey } from '../../model/instance-key.ts';
import { isLastCheckValid, replicasOf } from '../../model/server-record.ts';
import type { OperationRequest } from '../../plan/operations/request.ts';
import type { Plan, Refusal } from '../../plan/plan.ts';
import { planSemiSyncRemedy, type SemiSyncMode, type SemiSyncRemedy } from '../../plan/semi-sync/remedy.ts';
import type { BodyEnd, RecoveryBody } from './body.ts';
import type { RecoveriesSettings } from './deps.ts';
import { readFully } from './read-fully.ts';
import { finishLeftBehind, runOperation } from './recovery-operation.ts';
import { releaseCommits } from './release-commits.ts';
import type { RecoveryRun } from './run.ts';
import type { TraceDeps } from './traces.ts';

/** A receiver that connects anew is counted by its source within tens of milliseconds. */
const SETTLE_MS = 5_000;
const SETTLE_PAUSE_MS = 100;
const SWITCH_OFF = 'disable-semi-sync-replica' satisfies OperationRequest['kind'];

/**
 * A semi-sync primary has too few acknowledging replicas, so that every commit hangs, or too many. Replicas are switched on and off
 * by ordinary operations (plan/semi-sync decides which). Nobody is moved; the primary is its own successor (historic).
 *
 * Where nothing can be done the recovery does not begin, so that it neither blocks the cluster nor runs hooks again and again.
 */
export function createSemiSyncBody(
  mistake: 'too-few' | 'too-many',
  deps: TraceDeps,
  settings: RecoveriesSettings,
): RecoveryBody {
  const { fleet, clock } = deps;
  const mode: SemiSyncMode | null = settings.enforceExactSemiSync
    ? 'exact'
    : mistake === 'too-few' && settings.recoverLockedSemiSync
      ? 'enough'
      : null;

  /** `unable`: replicas (host:port) that were tried in vain, and are left out. */
  function remedyFor(key: InstanceKey, unable: ReadonlySet<string> = new Set()): SemiSyncRemedy {
    const primary = fleet.recordOf(key);
    if (primary === null || mode === null) return { requests: [], reasons: [] };
    const records = fleet.recordsOfCluster(primary.position.clusterName);
    const able = records.filter((record) => !unable.has(formatKey(record.key)));
    return planSemiSyncRemedy(primary, able, mode, settings.freshness);
  }

  const objectionTo = ({ requests, reasons }: SemiSyncRemedy): string | null =>
    requests.length > 0 ? null : ['no replica can be switched to help it', ...reasons].join('; ');

  const readAgain = (keys: readonly InstanceKey[]): Promise<void> => readFully(keys, deps);

  /** What is wrong with it still, one sentence; null when it has as many as it waits for (and, in exact mode, no more). */
  function trouble(key: InstanceKey): string | null {
    const semiSync = fleet.recordOf(key)?.instance?.semiSync;
    if (semiSync === undefined) return `${formatKey(key)} is not known any more`;
    const { connectedReplicas: has, waitForReplicaCount: wants } = semiSync;
    const isWrong = has < wants || (mode === 'exact' && has > wants);
    return isWrong ? `${formatKey(key)} waits for ${wants} semi-sync replicas and has ${has}` : null;
  }

  async function settled(key: InstanceKey): Promise<string | null> {
    const startMs = clock.monotonicMs();
    while (true) {
      await readAgain([key]);
      const left = trouble(key);
      if (left === null || clock.monotonicMs() - startMs > SETTLE_MS) return left;
      await clock.sleep(SETTLE_PAUSE_MS);
    }
  }

  async function carryOut(run: RecoveryRun): Promise<BodyEnd> {
    const { failed } = run.intent;
    await finishLeftBehind(run, deps);
    await readAgain([failed, ...run.entry.view.replicas]);
    if (trouble(failed) === null)
      return { kind: 'cancelled', reason: `${formatKey(failed)} has the semi-sync replicas that it waits for again` };
    const remedy = remedyFor(failed);
    const objection = objectionTo(remedy);
    if (objection !== null) return { kind: 'failed', reason: objection };
    for (const reason of remedy.reasons) deps.audit(run, reason);
    await runAll(run, remedy);
    const left = (await settled(failed)) ?? (mistake === 'too-few' ? await release(run) : null);
    return left === null ? { kind: 'recovered', successor: failed, lost: [] } : { kind: 'failed', reason: left };
  }

  /**
   * Those who are to acknowledge first; only when the primary counts them others are switched off, as planned anew on what is
   * then: one whose switching on failed must not leave it with fewer than it waits for.
   */
  async function runAll(run: RecoveryRun, { requests }: SemiSyncRemedy): Promise<void> {
    const { failed } = run.intent;
    const before = semiSyncOf(failed)?.connectedReplicas ?? 0;
    const first = requests.filter(({ kind }) => kind !== SWITCH_OFF);
    const unable = new Set<string>();
    let gained = 0;
    for (let asked = first; asked.length > 0; ) {
      const countUnable = unable.size;
      for (const request of asked) {
        // One that fails does not keep the others from being tried.
        const failure = await runOne(run, request);
        if (failure !== null) {
          run.errors.push(failure);
          unable.add(formatKey(request.instance));
        } else if (request.kind !== 'disable-semi-sync-master') gained += 1;
      }
      if (unable.size === countUnable) break;
      // Another by order takes the place of one that could not be switched on.
      if (gained > 0) await counted(failed, before + gained);
      await readAgain([failed, ...run.entry.view.replicas]);
      asked = remedyFor(failed, unable).requests.filter(({ kind }) => kind !== SWITCH_OFF);
    }
    if (first.length === requests.length) return;
    await counted(failed, before + gained);
    await readAgain([failed, ...run.entry.view.replicas]);
    // The least wanted goes first.
    const off = remedyFor(failed).requests.filter(({ kind }) => kind === SWITCH_OFF);
    for (const request of off.toReversed()) {
      await readAgain([failed, ...run.entry.view.replicas]);
      const failure = keeps(failed, request) ?? (await runOne(run, request));
      if (failure !== null) run.errors.push(failure);
    }
  }

  const semiSyncOf = (key: InstanceKey): SemiSyncStatus | undefined => fleet.recordOf(key)?.instance?.semiSync;

  /** Waits until the primary counts so many acknowledging replicas, or has had its time. */
  async function counted(key: InstanceKey, expected: number): Promise<void> {
    const startMs = clock.monotonicMs();
    while ((semiSyncOf(key)?.connectedReplicas ?? 0) < expected && clock.monotonicMs() - startMs <= SETTLE_MS) {
      await clock.sleep(SETTLE_PAUSE_MS);
      await readAgain([key]);
    }
  }

  /**
   * Why a replica must go on acknowledging; null when the primary has enough without it. The primary counts a connection that
   * has ended for a moment longer: what the replicas say counts as well.
   */
  function keeps(key: InstanceKey, { instance: replica }: OperationRequest): string | null {
    const primary = fleet.recordOf(key);
    const semiSync = primary?.instance?.semiSync;
    if (primary === null || semiSync === undefined || !isLastCheckValid(primary.check, settings.freshness))
      return `${formatKey(replica)} goes on acknowledging: ${formatKey(key)} does not answer`;
    const active = replicasOf(key, fleet.recordsOfCluster(primary.position.clusterName)).filter(
      ({ instance, check }) => instance?.semiSync.replicaActive === true && isLastCheckValid(check, settings.freshness),
    );
    const has = Math.min(semiSync.connectedReplicas, active.length);
    // It may be switched on and not count, as one that has not connected since: then nothing is lost.
    const without = active.some((record) => sameKey(record.key, replica)) ? has - 1 : has;
    if (without >= semiSync.waitForReplicaCount) return null;
    return `${formatKey(replica)} goes on acknowledging: ${formatKey(key)} waits for ${semiSync.waitForReplicaCount} and has ${has}`;
  }

  const release = (run: RecoveryRun): Promise<string | null> =>
    releaseCommits(run.intent.failed, {
      ...deps,
      freshness: settings.freshness,
      readAgain: () => readAgain([run.intent.failed, ...run.entry.view.replicas]),
      audit: (message) => deps.audit(run, message),
    });

  /** One operation; null when it is done, else what is wrong, in one sentence. */
  async function runOne(run: RecoveryRun, request: OperationRequest): Promise<string | null> {
    const outcome = await runOperation(run, request, deps);
    const name = `${request.kind} on ${formatKey(request.instance)}`;
    if (outcome.kind === 'done') deps.audit(run, `${name}: done`);
    else return `${name}: ${outcome.kind === 'refused' ? outcome.refusal.reason : outcome.reason}`;
    return null;
  }

  return {
    auditType: mistake === 'too-few' ? 'recover-locked-semi-sync-master' : 'recover-semi-sync-replicas',
    runsPreFailover: false,
    successHooks: null,
    isNeverForced: true,
    objection({ view }) {
      if (mode === null)
        return 'neither EnforceExactSemiSyncReplicas nor RecoverLockedSemiSyncMaster lets it be recovered';
      return objectionTo(remedyFor(view.key));
    },
    plan: (entry) => planAll(entry, remedyFor(entry.view.key), objectionTo, deps),
    carryOut,
  };
}

/** The plans of all operations as one, or the refusal of the first that cannot be done. */
async function planAll(
  { view }: AnalysisEntry,
  remedy: SemiSyncRemedy,
  objectionTo: (remedy: SemiSyncRemedy) => string | null,
  { operations }: TraceDeps,
): Promise<Plan | Refusal> {
  const { clusterName } = view;
  const purpose = `give ${formatKey(view.key)} the semi-sync replicas that it waits for`;
  const objection = objectionTo(remedy);
  if (objection !== null) return { kind: 'refusal', purpose, clusterName, reason: objection, objections: [] };
  const plans: Plan[] = [];
  for (const request of remedy.requests) {
    const plan = await operations().plan(request);
    if (plan.kind === 'refusal') return { ...plan, purpose };
    plans.push(plan);
  }
  return {
    kind: 'plan',
    purpose,
    clusterName,
    stages: plans.flatMap(({ stages }) => stages),
    reasons: [...remedy.reasons, ...plans.flatMap(({ reasons }) => reasons)],
  };
}
