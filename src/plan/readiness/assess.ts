import { messageOf } from '../../model/error.ts';
import { formatKey, type InstanceKey, sameKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { primaryOf } from '../../model/topology.ts';
import { awaitsAcknowledger } from '../failover/acknowledged.ts';
import { chooseSuccessor } from '../failover/choose.ts';
import type { FailoverInput } from '../failover/input.ts';
import { participantsOf } from '../failover/participants.ts';
import { type FailoverPlan, planFailover } from '../failover/plan-failover.ts';
import { binlogServerAt, dataServers } from '../failover/readers.ts';
import type { Refusal } from '../plan.ts';
import { canMoveReceiverAlone } from '../steps/flavour.ts';
import { analysisBlocker, switchBlockers, witnessBlocker } from './blockers.ts';
import { drainOf, estimateFailover } from './estimate.ts';
import { imagineDeath, imagineFailover } from './imagine.ts';
import type { ReadinessInput } from './input.ts';
import { levelReadings } from './level.ts';
import { possibleLoss } from './loss.ts';
import { rankCandidates, transactionsToApply } from './ranking.ts';
import type { Blocker, Finding, Readiness, ReadinessVerdict } from './readiness.ts';
import { clusterWarnings, planWarnings } from './warnings.ts';

/** A refused promotion is tried again for so long before it is given up (promote-successor.ts). */
const REFUSAL_RETRIES_MS = 1_500;

/**
 * If the primary died now: who would be promoted, why, how long would it take, what would be lost, what would keep it from
 * happening? The same planner, analysis and policy answer that would act, on the records as they would be a moment after.
 *
 * Pure. Never throws: a server whose GTIDs cannot be read is a blocker as well.
 */
export function assessReadiness(input: ReadinessInput): Readiness {
  const primary = primaryOf(input.records, input.clusterName);
  if (primary === null || primary.instance === null) return withoutPrimary(input, primary?.key ?? null);
  try {
    return assess(input, primary);
  } catch (thrown) {
    const finding = {
      rule: 'unreadable',
      servers: [],
      sentence: messageOf(thrown),
      remedy: '',
      blocks: 'all',
    } as const;
    return { ...withoutPrimary(input, primary.key), ...closed([finding], [], formatKey(primary.key), null) };
  }
}

function assess(input: ReadinessInput, primary: ServerRecord): Readiness {
  const { settings, records, clusterName, nowMs } = input;
  const after = imagineDeath(records, primary.key, nowMs);
  const asRead = imagineFailover(clusterName, after, primary.key, plannerSettings(input), settings.analysis);
  const levelled = levelReadings(asRead, records, input.earlier);
  const plan = planFailover(levelled);
  const candidates = rankCandidates(levelled);
  const successor = plan.kind === 'plan' ? plan.successor : null;
  const chosen = successor === null ? null : recordOf(levelled.records, successor);
  const { donor, log } = sourcesOf(levelled);
  const donorRecord = donor === null ? null : recordOf(levelled.records, donor);
  const holder = donor ?? log ?? successor;
  const hasReplicas = dataServers(participantsOf(levelled)).length > 0;
  const blockers = [
    ...(hasReplicas ? present(analysisBlocker(input, primary, after)) : []),
    ...(plan.kind === 'refusal' ? [refusalBlocker(plan, levelled)] : notUpToDate(input, plan, levelled)),
    ...present(delayedDonor(donorRecord)),
    ...switchBlockers(input, primary),
    ...(hasReplicas ? present(witnessBlocker(input, primary, levelled)) : []),
  ];
  const warnings = [
    ...clusterWarnings(input, primary, levelled),
    ...(plan.kind === 'plan' ? planWarnings(input, plan, levelled, candidates) : []),
  ];
  const estimate =
    chosen?.instance == null ? null : estimateFailover(input, chosen.instance, donorRecord?.instance ?? null);
  return {
    ...withoutPrimary(input, primary.key),
    clusterAlias: primary.position.clusterAlias,
    successor,
    alternatives: alternativesOf(asRead, levelled, successor),
    reasons: plan.kind === 'plan' ? plan.reasons : [plan.reason],
    candidates,
    estimate,
    loss: possibleLoss(primary, holder === null ? null : recordOf(records, holder)),
    ...closed(blockers, warnings, formatKey(primary.key), successor, estimate?.totalMs ?? null),
  };
}

/** FailMasterPromotionIfSQLThreadNotUpToDate is judged by itself: a backlog of this moment is gone before the retries are over. */
const plannerSettings = ({ settings }: ReadinessInput): FailoverInput['settings'] => ({
  ...settings.failover,
  isPromotionIgnored: (key) => settings.failover.isPromotionIgnored(key),
  failIfApplierNotUpToDate: false,
});

const recordOf = (records: readonly ServerRecord[], key: InstanceKey): ServerRecord | null =>
  records.find((record) => sameKey(record.key, key)) ?? null;

const present = (blocker: Blocker | null): readonly Blocker[] => (blocker === null ? [] : [blocker]);

/** From whom the successor gets what it lacks: a replica, or a binlog server at which it reads on, or reads already. */
function sourcesOf(imagined: FailoverInput): { readonly donor: InstanceKey | null; readonly log: InstanceKey | null } {
  const choice = chooseSuccessor(participantsOf(imagined), imagined);
  if (choice.kind === 'none') return { donor: null, log: null };
  const source = choice.successor.instance.replication?.source ?? null;
  const isBelow = source !== null && binlogServerAt(source, imagined) !== null;
  return { donor: choice.donor?.key ?? null, log: choice.log?.server.key ?? (isBelow ? source : null) };
}

/** Whom the readings as they are would make it: the last one read seems to be ahead, and may be it indeed. */
function alternativesOf(asRead: FailoverInput, levelled: FailoverInput, successor: InstanceKey | null): InstanceKey[] {
  if (asRead === levelled) return [];
  const plan = planFailover(asRead);
  if (plan.kind === 'refusal' || (successor !== null && sameKey(plan.successor, successor))) return [];
  return [plan.successor];
}

/** Why the planner would refuse, by the rule that it stumbles over; a person's order meets with the same. */
function refusalBlocker(refusal: Refusal, imagined: FailoverInput): Blocker {
  const { reason, objections } = refusal;
  const participants = participantsOf(imagined);
  const all = { servers: participants.map(({ name }) => name), blocks: 'all' } as const;
  const details = objections.map(({ explanation }) => explanation).filter((text) => text !== reason);
  const sentence = `${[reason, ...details].join('; ')}.`;
  if (dataServers(participants).length === 0)
    return { ...all, rule: 'no-replica', sentence, remedy: 'bring a replica back, or give the primary one' };
  if (awaitsAcknowledger(refusal))
    return { ...all, rule: 'hidden-acknowledgements', sentence, remedy: 'bring the silent replica back' };
  if (objections.length >= participants.length)
    return { ...all, rule: 'no-candidate', sentence, remedy: 'see why each one is refused' };
  const choice = chooseSuccessor(participants, imagined);
  const rule = choice.kind === 'none' && /diverged/.test(choice.reason) ? 'diverged' : 'no-successor';
  return { ...all, rule, sentence, remedy: 'see what the replicas lack of each other' };
}

/** FailMasterPromotionIfSQLThreadNotUpToDate refuses a successor that has something to execute, as do its retries. */
function notUpToDate(input: ReadinessInput, plan: FailoverPlan, imagined: FailoverInput): Blocker[] {
  const instance = recordOf(imagined.records, plan.successor)?.instance;
  if (!input.settings.failover.failIfApplierNotUpToDate || instance == null) return [];
  const { ms, basis } = drainOf(instance, input);
  if (ms !== null && ms <= REFUSAL_RETRIES_MS) return [];
  const name = formatKey(plan.successor);
  return [
    {
      rule: 'applier-not-up-to-date',
      servers: [name],
      sentence: `${name} has not executed all it received (FailMasterPromotionIfSQLThreadNotUpToDate): ${basis}.`,
      remedy: 'let it catch up, or turn the key off and let the recovery wait',
      blocks: 'all',
    },
  ];
}

/** What only a delayed replica has received cannot be had from it before its delay is over, and is not given up: nobody is promoted. */
function delayedDonor(donor: ServerRecord | null): Blocker | null {
  const instance = donor?.instance ?? null;
  const delaySeconds = instance?.replication?.delaySeconds ?? 0;
  if (instance === null || delaySeconds === 0 || canMoveReceiverAlone(instance)) return null;
  if (transactionsToApply(instance) === 0) return null;
  const name = formatKey(instance.key);
  return {
    rule: 'delayed-donor',
    servers: [name],
    sentence: `${name} has received what nobody else has, and is delayed by ${delaySeconds} s: it cannot hand that on in time.`,
    remedy: `find out why the others have received less than ${name}, or lift its delay`,
    blocks: 'all',
  };
}

type Closing = Pick<Readiness, 'verdict' | 'sentence' | 'blockers' | 'warnings'>;

function closed(
  blockers: readonly Blocker[],
  warnings: readonly Finding[],
  primary: string,
  successor: InstanceKey | null,
  totalMs: number | null = null,
): Closing {
  const verdict: ReadinessVerdict = blockers.length > 0 ? 'blocked' : warnings.length > 0 ? 'degraded' : 'ready';
  return { verdict, sentence: headline(blockers, warnings, primary, successor, totalMs), blockers, warnings };
}

function headline(
  blockers: readonly Blocker[],
  warnings: readonly Finding[],
  primary: string,
  successor: InstanceKey | null,
  totalMs: number | null,
): string {
  const name = successor === null ? null : formatKey(successor);
  const [first] = blockers;
  if (first !== undefined) {
    const byHand =
      name !== null && blockers.every(({ blocks }) => blocks === 'automatic')
        ? ` Ordered by hand, ${name} would take over.`
        : '';
    const more = blockers.length > 1 ? ` (and ${blockers.length - 1} more)` : '';
    return `${primary} would not be replaced without a hand: ${first.sentence}${more}${byHand}`;
  }
  const time = totalMs === null ? 'after a time that cannot be told' : `in about ${timeText(totalMs)}`;
  const tail =
    warnings.length === 0
      ? ''
      : ` ${warnings.length === 1 ? 'One thing is' : `${warnings.length} things are`} not as it should be.`;
  return `${name ?? 'nobody'} would replace ${primary} ${time}.${tail}`;
}

const timeText = (ms: number): string => (ms < 1_000 ? `${ms} ms` : `${Math.round(ms / 100) / 10} s`);

function withoutPrimary({ clusterName, records, nowMs }: ReadinessInput, primary: InstanceKey | null): Readiness {
  const name = primary === null ? clusterName : formatKey(primary);
  const sentence =
    primary === null ? 'The cluster has no primary.' : `${name} was never read, so that nobody knows what it is.`;
  const blocker: Blocker = {
    rule: 'no-primary',
    servers: primary === null ? [] : [name],
    sentence,
    remedy: 'discover it, or wait until it answers',
    blocks: 'all',
  };
  return {
    clusterName,
    clusterAlias: records[0]?.position.clusterAlias ?? clusterName,
    verdict: 'blocked',
    sentence: `Nobody would be promoted: ${sentence}`,
    primary,
    successor: null,
    alternatives: [],
    reasons: [],
    candidates: [],
    estimate: null,
    loss: { kind: 'unknown', transactions: null, bytes: null, sentence: 'What would be lost is not known.' },
    blockers: [blocker],
    warnings: [],
    atMs: nowMs,
  };
}
