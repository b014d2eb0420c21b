import type { InstanceKey } from '../../../model/instance-key.ts';
import { formatKey, sameKey } from '../../../model/instance-key.ts';
import { awaitsAcknowledger } from '../../../plan/failover/acknowledged.ts';
import type { FailoverPlan } from '../../../plan/failover/plan-failover.ts';
import { REPOINT, REPOINT_LATER } from '../../../plan/failover/stages.ts';
import { enter } from '../phase.ts';
import type { RecoveryRun, RunEnd } from '../run.ts';
import { switchesNow } from '../switches-now.ts';
import type { DeadPrimaryDeps, DeadPrimarySettings } from './deps.ts';
import { isStillClosed, madePrimaryByHand, undoneByHand } from './made-by-hand.ts';
import { heldByNobodyElse } from './only-holder.ts';
import { isWorthWaiting, watchProgress } from './patience.ts';
import { planNext, refusalSentence } from './planning.ts';
import {
  abandon,
  canStillChoose,
  commit,
  depose,
  keepRest,
  primaryReturned,
  readOwnEnd,
  successorRefuses,
  uncommit,
} from './point-of-no-return.ts';
import { noteRested, runStage, takeOutcome } from './stage.ts';

/** So long it counts that the failed primary did not answer. */
const KNOCK_IS_FRESH_MS = 50;
/** How long whoever failed may take to show that it is alive. */
const LAST_SIGN_MS = 1_000;
/** Rounds of plan and stage before a recovery gives up; each round does one stage, or excludes one replica. */
const MAX_ROUNDS = 30;
/** A successor that was begun is tried again this often, with a pause, before it is left to a person. */
const COMMITTED_RETRIES = 5;
const RETRY_PAUSE_MS = 500;
/** A refusal may be due to a server that answers again in a moment; as the last word it would block the cluster for long. */
const REFUSAL_RETRIES = 3;
/** A successor that refuses connections this often, a pause apart, is as dead as the primary it was to replace. */
const REFUSALS_TO_ABANDON = 2;

/**
 * Replaces a dead primary: one run from `prepared` to `promoted`. It plans, does the first stage, reads again and plans again,
 * until nothing is left but re-pointing; so it needs no memory besides the phase and the committed successor, and goes on after
 * our own restart by just being called again.
 *
 * States (RecoveryPhase): prepared — replicas may still listen to the failed primary. silenced — none does; until here it can be
 * called off. promoting — the successor is fixed and stored, the failed primary is stored as deposed; forward only.
 * promoted — the successor takes writes.
 */
export async function promoteSuccessor(
  run: RecoveryRun,
  deps: DeadPrimaryDeps,
  settings: DeadPrimarySettings,
): Promise<RunEnd> {
  let retriesLeft = COMMITTED_RETRIES;
  let refusalRetriesLeft = REFUSAL_RETRIES;
  let refusals = 0;
  let isAwaiting = false;
  const startedMs = deps.clock.monotonicMs();
  /** Why it is called off, as long as it can be. */
  const calledOff = async (): Promise<string | null> =>
    run.intent.phase === 'promoting' || run.abandoned.length > 0 ? null : forbidden(run, deps);
  /** Right before the point of no return, both at once. Where the reading of a slow successor took longer than a knock is worth, it is asked anew. */
  const lastLook = async (successor: InstanceKey): Promise<string | null> => {
    const askedMs = deps.clock.monotonicMs();
    const [returned] = await Promise.all([calledOff(), readOwnEnd(successor, deps)]);
    const isFresh = deps.clock.monotonicMs() - askedMs <= KNOCK_IS_FRESH_MS;
    return returned !== null || isFresh ? returned : calledOff();
  };
  /** Pauses for a server that may be back in a moment; false when it has had its time. */
  const isAwaited = async (why: string): Promise<boolean> => {
    if (deps.clock.monotonicMs() - startedMs >= settings.promotionDrainTimeoutMs) return false;
    if (!isAwaiting) deps.audit(run, `${why}; waiting for it`);
    isAwaiting = true;
    await deps.clock.sleep(RETRY_PAUSE_MS);
    return true;
  };
  if (run.intent.phase === 'promoting' && run.intent.successor !== null) {
    await depose(run, run.intent.successor, deps);
    const undone = await undoneByHand(run.intent, deps);
    if (undone !== null) return overtaken(run, undone);
  } else if (isToBeFinished(run)) await commit(run, run.begunBefore, deps);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const plan = await planNext(run, deps, settings);
    const isCommitted = run.intent.phase === 'promoting';
    const byHand = await madePrimaryByHand(run, deps);
    if (byHand !== null && (!isCommitted || isStillClosed(run, deps))) return overtaken(run, byHand);
    if (byHand !== null) sayOnce(`${byHand}; there are two that take writes`, run, deps);
    if (plan.kind === 'refusal') {
      if (retriesLeft === 0) return { kind: 'failed', reason: refusalSentence(plan) };
      if (!isCommitted) {
        const returned = await calledOff();
        if (returned !== null) return { kind: 'cancelled', reason: returned };
        if (awaitsAcknowledger(plan) && (await isAwaited(refusalSentence(plan)))) {
          round -= 1;
          continue;
        }
        if (refusalRetriesLeft === 0) return { kind: 'failed', reason: refusalSentence(plan) };
        refusalRetriesLeft -= 1;
        await deps.clock.sleep(RETRY_PAUSE_MS);
        continue;
      }
      refusals = (await successorRefuses(run, deps)) ? refusals + 1 : 0;
      if (refusals >= REFUSALS_TO_ABANDON) {
        const held = await heldByNobodyElse(run, deps);
        if (held !== null) {
          if (!(await isAwaited(held))) return { kind: 'failed', reason: held };
          round -= 1;
          continue;
        }
        await abandon(run, deps);
        [refusals, retriesLeft] = [0, COMMITTED_RETRIES];
        continue;
      }
      retriesLeft -= 1;
      deps.audit(run, `${refusalSentence(plan)}; trying again`);
      await deps.clock.sleep(RETRY_PAUSE_MS);
      continue;
    }
    if (round === 0) for (const reason of plan.reasons) deps.audit(run, reason);
    const stage = plan.stages[0];
    if (stage === undefined || stage.name === REPOINT || stage.name === REPOINT_LATER) {
      // Only without ApplyMySQLPromotionAfterMasterFailover can it come here uncommitted: the successor is chosen, not opened.
      if (!isCommitted) {
        // Whoever opens it then does not ask whether the failed primary took writes meanwhile.
        const returned = await lastLook(plan.successor);
        if (returned !== null) return { kind: 'cancelled', reason: returned };
        await commit(run, plan.successor, deps);
      }
      await enter(run, 'promoted', deps);
      return { kind: 'promoted', successor: plan.successor, lost: plan.absent };
    }
    if (stage.name === 'promote') {
      const returned = isCommitted ? await calledOff() : await lastLook(plan.successor);
      if (returned !== null) return { kind: 'cancelled', reason: returned };
      // Written down with what follows.
      noteRested(stage, run, deps);
      if (!isCommitted) await commit(run, plan.successor, deps);
      else await keepRest(run, plan.successor, deps);
    }
    const watch = watchProgress(stage, deps);
    const outcome = await runStage(stage, run, deps, settings, plan.isReplaceable);
    if (isWorthWaiting(outcome, watch, startedMs, settings, deps)) {
      const returned = await calledOff();
      if (returned !== null) return { kind: 'cancelled', reason: returned };
      deps.audit(run, `${formatKey(plan.successor)} goes on executing what it received, and is waited for`);
      round -= 1;
      continue;
    }
    const countExcluded = run.excluded.length;
    const trouble = takeOutcome(outcome, run);
    if (stage.name !== 'silence' && stage.name !== 'promote' && trouble !== null)
      await forgiveTheDead(plan, countExcluded, run, deps, isAwaited);
    if (stage.name === 'silence' && !isCommitted) await enter(run, 'silenced', deps);
    if (stage.name === 'promote' && trouble === null) {
      // Not read again: until its replicas follow, its commits wait for acknowledgements, and MariaDB does not answer then.
      await enter(run, 'promoted', deps);
      return { kind: 'promoted', successor: plan.successor, lost: plan.absent };
    }
    if (stage.name === 'promote' && trouble !== null) {
      if (await canStillChoose(plan.successor, deps)) await uncommit(run, plan.successor, trouble, deps);
      else if (retriesLeft === 0)
        return { kind: 'failed', reason: `${formatKey(plan.successor)} could not be promoted: ${trouble}` };
      else await deps.clock.sleep(RETRY_PAUSE_MS);
      retriesLeft -= 1;
    }
  }
  return { kind: 'failed', reason: `no end in sight after ${MAX_ROUNDS} rounds; see the steps of the recovery` };
}

/**
 * It fails, and blocks the next one by itself, instead of being called off: whoever people made primary is in a cluster of its own by now, and
 * the next recovery would not see it.
 */
function overtaken(run: RecoveryRun, byHand: string): RunEnd {
  run.isOvertaken = true;
  return { kind: 'failed', reason: `${byHand}; nobody is made writable beside it` };
}

function sayOnce(sentence: string, run: RecoveryRun, deps: DeadPrimaryDeps): void {
  if (run.errors.includes(sentence)) return;
  run.errors.push(sentence);
  deps.audit(run, sentence);
}

/**
 * The failed primary is back, or recoveries were disabled by now: hooks and drains may take minutes. One sentence, or null. A downtime of
 * the failed primary does not count, nor its maintenance: hooks that begin one have always let the recovery go on.
 */
async function forbidden(run: RecoveryRun, deps: DeadPrimaryDeps): Promise<string | null> {
  const [returned, switches] = await Promise.all([
    primaryReturned(run, deps),
    // A backend that does not answer is met, and told, where the next phase is written down.
    run.intent.isForced ? null : switchesNow(run, deps).catch(() => null),
  ]);
  if (returned !== null || switches?.isGloballyDisabled !== true) return returned;
  return 'The recovery is called off, nothing was changed for good: recoveries are disabled globally by now; enable-global-recoveries lets them act';
}

/**
 * Whoever has died meanwhile is out of the next plan by that alone, and in again should it come back. And whoever was to catch up from it
 * is not at fault: left out for that, it might be the last that is left, below a dead source where no later recovery finds it. A donor
 * has rows that nobody else has: it is waited for before it is done without.
 */
async function forgiveTheDead(
  { donor, successor }: FailoverPlan,
  before: number,
  run: RecoveryRun,
  deps: DeadPrimaryDeps,
  isAwaited: (why: string) => Promise<boolean>,
): Promise<void> {
  const isDead = async (key: InstanceKey): Promise<boolean> => {
    const knock = await deps.servers.knock(key, LAST_SIGN_MS);
    return knock.kind === 'failed' && knock.failure.kind !== 'answered';
  };
  const failed = run.excluded.splice(before);
  const hasDonorDied = donor !== null && (await isDead(donor));
  for (const exclusion of failed) {
    const isMisled = hasDonorDied && sameKey(exclusion.key, successor);
    if (!isMisled && !(await isDead(exclusion.key))) run.excluded.push(exclusion);
  }
  if (!hasDonorDied) return;
  const why = `${formatKey(donor)}, which has received more, does not answer any more`;
  while ((await isAwaited(why)) && (await isDead(donor)));
}

/**
 * An earlier recovery came past its point of no return with this successor, and failed: it may take writes for all we know, so
 * another is chosen only when a person names it, or when it is dead.
 */
const isToBeFinished = (run: RecoveryRun): run is RecoveryRun & { readonly begunBefore: InstanceKey } =>
  run.begunBefore !== null &&
  run.abandoned.length === 0 &&
  (run.candidate === null || sameKey(run.candidate, run.begunBefore));
