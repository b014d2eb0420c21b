import type { AnalysisEntry } from '../../../analysis/analysis-entry.ts';
import { isAnsweringCode } from '../../../analysis/recovery-kinds.ts';
import { formatKey, type InstanceKey } from '../../../model/instance-key.ts';
import { replicasOf } from '../../../model/server-record.ts';
import type { HomesSettings } from '../../../plan/failover/intermediate/homes.ts';
import type { Objection, Plan, Refusal } from '../../../plan/plan.ts';
import type { BodyEnd, RecoveryBody } from '../body.ts';
import { finishLeftBehind } from '../recovery-operation.ts';
import type { RecoveryRun } from '../run.ts';
import type { TraceDeps } from '../traces.ts';
import { homeBefore, rehome } from './rehome.ts';
import { type RehomedKind, type Survey, survey } from './survey.ts';

const LAST_LOOK_MS = 1_000;
/** So long somebody near the failed server is waited for who answers. */
const PATIENCE_MS = 10_000;
const PAUSE_MS = 300;
const AUDIT_TYPES: Readonly<Record<RehomedKind, string>> = {
  'dead-intermediate': 'recover-dead-intermediate-master',
  'dead-group-member': 'recover-dead-replication-group-member-with-replicas',
};
const FILTERS = 'RecoverIntermediateMasterClusterFilters';

/**
 * The replicas of a dead source in the middle of a tree, or of a dead member of a replication group, get another source
 * (plan/failover/intermediate). Nothing is promoted, and the dead server is neither downtimed nor fenced: when it returns it is a
 * server without replicas.
 */
export function createRehomingBody(kind: RehomedKind, deps: TraceDeps, settings: HomesSettings): RecoveryBody {
  const surveyOf = (
    failed: InstanceKey,
    members: readonly InstanceKey[],
    areAllRead: boolean,
  ): Promise<Survey | null> => survey(failed, { members, areAllRead }, deps, settings, kind);
  return {
    auditType: AUDIT_TYPES[kind],
    runsPreFailover: true,
    successHooks: 'PostIntermediateMasterFailoverProcesses',
    objection: (entry, isForced) => (isForced ? null : objectionOf(entry, deps)),
    async plan(entry) {
      const members = deps.fleet.recordsOfCluster(entry.view.clusterName).map(({ key }) => key);
      const found = await surveyOf(entry.view.key, members, false);
      return planOf(entry, found, deps);
    },
    async carryOut(run) {
      await finishLeftBehind(run, deps);
      const returned = await returnedSentence(run, deps);
      if (returned !== null) return { kind: 'cancelled', reason: returned };
      const { failed, members } = run.intent;
      const found = await patiently(() => surveyOf(failed, members, run.isResumed), deps);
      if (found === null) return { kind: 'failed', reason: `${formatKey(failed)} was forgotten meanwhile` };
      // Whatever was moved before our death, or when that was finished, is what this recovery has done.
      if (found.countAnswering === 0 && homeBefore(run, deps) === null)
        return { kind: 'failed', reason: `no replica that answers follows ${formatKey(failed)} any more` };
      const heard = heardSentence(run, found);
      if (heard !== null) return { kind: 'cancelled', reason: heard };
      return attempt(run, found, deps, settings);
    },
  };
}

/** A busy machine, or our own start, may keep everybody from answering at once; a recovery that ends in vain blocks others for long. */
async function patiently(look: () => Promise<Survey | null>, { clock }: TraceDeps): Promise<Survey | null> {
  const untilMs = clock.monotonicMs() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found === null || clock.monotonicMs() >= untilMs) return found;
    if (found.homes.attempts.length > 0 && found.countAnswering > 0) return found;
    await clock.sleep(PAUSE_MS);
  }
}

async function attempt(
  run: RecoveryRun,
  { homes: { attempts, objections } }: Survey,
  deps: TraceDeps,
  settings: HomesSettings,
): Promise<BodyEnd> {
  for (const { explanation } of objections) deps.audit(run, `Left out: ${explanation}`);
  return rehome(run, attempts, deps, settings);
}

/** Why it must not begin by itself: what people configured, and what comes first. */
function objectionOf({ view, hasAutomatedIntermediateRecovery }: AnalysisEntry, deps: TraceDeps): string | null {
  if (!hasAutomatedIntermediateRecovery) return `${FILTERS} do not match its cluster; recover does it by hand`;
  // The others of a group need no source to serve.
  if (view.isGroupMember) return null;
  const source = deps.fleet.recordOf(view.sourceKey);
  if (source === null || source.check.failure === null) return null;
  return `its own source ${formatKey(source.key)} does not answer either, and comes first`;
}

/**
 * The failed server answers us: what its replicas say is all that speaks for a failure, and hooks ran since they were asked.
 * Where one of them hears from it again nobody is to be moved; one sentence then, else null.
 */
function heardSentence(run: RecoveryRun, { input }: Survey): string | null {
  const { failed, isForced } = run.intent;
  if (isForced || !isAnsweringCode(run.entry.code)) return null;
  const hears = replicasOf(failed, input.records).find(
    ({ key, instance }) => input.fresh.has(formatKey(key)) && instance?.replication?.receiver.state === 'running',
  );
  return hears === undefined ? null : `${formatKey(hears.key)} hears from ${formatKey(failed)} again`;
}

/** A server that answers again needs no recovery, unless it is its replicas that cannot reach it, or a person ordered it. */
async function returnedSentence(run: RecoveryRun, { servers, fleet }: TraceDeps): Promise<string | null> {
  const { failed, isForced } = run.intent;
  if (isForced || isAnsweringCode(run.entry.code)) return null;
  const reading = await servers.probe(failed, { deadlineMs: LAST_LOOK_MS, depth: 'full', previous: null });
  if (reading.kind === 'failed') return null;
  fleet.answered(reading.instance);
  return `${formatKey(failed)} answers again`;
}

/** The first way that can be planned now, with those that were refused before it. */
async function planOf({ view }: AnalysisEntry, found: Survey | null, deps: TraceDeps): Promise<Plan | Refusal> {
  const name = formatKey(view.key);
  const purpose = `re-home the replicas of ${name}`;
  const objections: Objection[] = [...(found?.homes.objections ?? [])];
  const reasons = objections.map(({ explanation }) => explanation);
  for (const { plan, request, why } of found?.homes.attempts ?? []) {
    const made = await deps.operations().plan(request);
    if (made.kind === 'plan') {
      const then = plan === 'B' ? [`then whoever is still below ${name} goes up, plan D`] : [];
      return { ...made, purpose, reasons: [...reasons, `Plan ${plan}: ${why}`, ...made.reasons, ...then] };
    }
    objections.push(...made.objections);
    reasons.push(`not by plan ${plan}: ${made.reason}`);
  }
  const why = reasons.length === 0 ? 'no server near it answers' : reasons.join('; ');
  return { kind: 'refusal', purpose, clusterName: view.clusterName, reason: why, objections };
}
