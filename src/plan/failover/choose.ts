import type { Relation } from '../../model/gtid-relation.ts';
import { formatKey, type InstanceKey, sameKey } from '../../model/instance-key.ts';
import { compareProgress, describeDifference, type Progress } from '../../model/received.ts';
import { compareMajorVersions } from '../../model/version.ts';
import type { Objection } from '../plan.ts';
import { canMoveReceiverAlone } from '../steps/flavour.ts';
import { cannotUnite, coPrimaryDemand } from './co-primary.ts';
import { commonOf, objectionTo } from './eligibility.ts';
import type { FailoverInput, Participant } from './input.ts';
import { ownDivergence } from './own-writes.ts';
import { failedRecord } from './participants.ts';
import { goByPlace, progressIn, restOf, whoIsAhead } from './places.ts';

/**
 * Who is promoted. `donor` is the server that has more than the chosen one and from which it must catch up first; null when
 * the chosen one has everything.
 */
export type Choice =
  | {
      readonly kind: 'chosen';
      readonly successor: Participant;
      readonly donor: Participant | null;
      /** By file and position: those that may have more, which shows only when they rest (places.ts). Empty elsewhere. */
      readonly unsettled: readonly Participant[];
      readonly reasons: readonly string[];
      readonly objections: readonly Objection[];
    }
  | { readonly kind: 'none'; readonly reason: string; readonly objections: readonly Objection[] };

/** Participants that no other participant is ahead of: received ∪ executed without an incomplete last transaction (design §4). */
function maximalOf(participants: readonly Participant[], input: FailoverInput): Participant[] {
  const progress = progressIn(participants, input);
  const known = participants.map((one) => ({ one, progress: progress(one) }));
  const distinct = distinctOf(known);
  return known
    .filter(({ progress }) => !distinct.some((other) => compareProgress(other.progress, progress) === 'ahead'))
    .map(({ one }) => one);
}

interface Known {
  readonly one: Participant;
  readonly progress: Progress;
}

/** One of each state: mostly all replicas have the same, and comparing each with each is work where there are many. */
function distinctOf(known: readonly Known[]): readonly Known[] {
  const seen = new Set<string>();
  return known.filter(({ progress: { completeText } }) => {
    if (completeText === '') return true;
    const isNew = !seen.has(completeText);
    seen.add(completeText);
    return isNew;
  });
}

/** Two maximal servers that each have something the other lacks, or null. */
function divergence(maximal: readonly Participant[], progress: (one: Participant) => Progress): string | null {
  const distinct = distinctOf(maximal.map((one) => ({ one, progress: progress(one) })));
  for (const [index, { one, progress }] of distinct.entries()) {
    const other = distinct
      .slice(index + 1)
      .find((each) => compareProgress(progress, each.progress) === 'diverged')?.one;
    if (other !== undefined)
      return `${one.name} and ${other.name} have diverged: ${describeDifference(one.instance, other.instance)}`;
  }
  return null;
}

const RULE_RANK = { must: 0, prefer: 1, neutral: 2, prefer_not: 3, must_not: 4 } as const;

const sameSite = (a: Participant['instance'], b: Participant['instance']): boolean =>
  a.classification.dataCenter === b.classification.dataCenter &&
  a.classification.physicalEnvironment === b.classification.physicalEnvironment;

const isPreferred = ({ record }: Participant): boolean =>
  record.intent.promotionRule === 'must' || record.intent.promotionRule === 'prefer';

/** Order among servers with equal data: most suitable first (historic comparator, made lexicographic). */
function bySuitability(
  failed: Participant['instance'] | null,
  input: FailoverInput,
): (a: Participant, b: Participant) => number {
  const outside = (one: Participant) => (failed !== null && sameSite(one.instance, failed) ? 0 : 1);
  const errant = (one: Participant) => (one.record.position.errantGtid === '' ? 0 : 1);
  // One that came to rest for this recovery stands where it would stand running.
  const isReady = (one: Participant) =>
    one.instance.replication?.applier.state === 'running' || restOf(one, input) !== null;
  const stopped = (one: Participant) => (isReady(one) ? 0 : 1);
  return (a, b) =>
    stopped(a) - stopped(b) ||
    errant(a) - errant(b) ||
    RULE_RANK[a.record.intent.promotionRule] - RULE_RANK[b.record.intent.promotionRule] ||
    compareMajorVersions(a.instance.version, b.instance.version) ||
    outside(a) - outside(b) ||
    b.record.position.replicas.length - a.record.position.replicas.length ||
    (a.name < b.name ? -1 : 1);
}

/**
 * Chooses the successor. First match wins (the historic search let the last match win): the explicit or committed candidate;
 * the other co-primary where it must be (co-primary.ts); then the most advanced server if it is itself preferred (rule must|prefer) where the primary stood; a preferred one there; a
 * preferred most advanced one; any preferred one; if the most advanced one is prefer_not, a neutral one; the most advanced one.
 */
export function chooseSuccessor(participants: readonly Participant[], input: FailoverInput): Choice {
  const common = commonOf(participants);
  const objections = participants.flatMap((one) => objectionTo(one, common, input) ?? []);
  const eligible = participants.filter((one) => !objections.some(({ subject }) => subject === one.name));
  const failed = failedRecord(input)?.instance ?? null;

  const wanted = input.committedSuccessor ?? input.explicitCandidate;
  const demand = coPrimaryDemand(input);
  if (demand?.kind === 'forbidden') return { kind: 'none', reason: demand.reason, objections };
  if (wanted !== null) return chooseNamed(wanted, participants, eligible, objections, input);
  if (demand !== null) return chooseOther(demand, participants, eligible, objections, input);
  if (eligible.length === 0) {
    return { kind: 'none', reason: 'no replica may be promoted', objections };
  }

  const isByPlace = goByPlace(participants, input);
  const maximal = maximalOf(participants, input);
  const diverged = divergence(maximal, progressIn(participants, input)) ?? ownDivergence(participants, input);
  if (diverged !== null) {
    return {
      kind: 'none',
      reason: `${diverged}; choose one with "recover -i … -d <candidate>", the others must then be rebuilt`,
      objections,
    };
  }

  const order = bySuitability(failed, input);
  const advanced = eligible.filter((one) => maximal.includes(one)).toSorted(order);
  // A delay that cannot be lifted holds up the catching-up as well; by file and position nobody catches up from another.
  const late = eligible.filter((one) =>
    isByPlace ? whoIsAhead(one, participants, input) !== null : isHeldBack(one) && !maximal.includes(one),
  );
  const suited = eligible.filter((one) => !late.includes(one)).toSorted(order);
  const nearFailed = (one: Participant) => failed !== null && sameSite(one.instance, failed);
  const leader = advanced[0];
  const isReluctant = (one: Participant | undefined) => one?.record.intent.promotionRule === 'prefer_not';

  const [successor, why] = found(
    advanced,
    (one) => isPreferred(one) && nearFailed(one),
    'is the most advanced replica and registered as preferred',
  ) ??
    found(
      suited,
      (one) => isPreferred(one) && nearFailed(one),
      'is registered as preferred, where the primary stood',
    ) ??
    found(advanced, isPreferred, 'is the most advanced replica and registered as preferred') ??
    found(suited, isPreferred, 'is registered as preferred') ??
    (leader === undefined || isReluctant(leader)
      ? // One that has everything needs no catching up, though its applier rests.
        (found(advanced, (one) => !isReluctant(one), 'is the most advanced replica that is promoted gladly') ??
        found(suited, (one) => !isReluctant(one), 'may be promoted, the most advanced replica may not or not gladly'))
      : null) ??
    found(advanced, () => true, 'is the most advanced replica') ??
    found(suited, () => true, 'may be promoted') ?? [undefined, ''];
  if (successor === undefined) {
    const [rule, what] = isByPlace
      ? ['behind', 'lacks what another has received, and cannot get it from there by file and position']
      : ['delayed', 'is delayed and could not catch up with what others received'];
    const left = late.map(({ name }) => ({ subject: name, rule, explanation: `${name} ${what}` }));
    return { kind: 'none', reason: 'no replica may be promoted', objections: [...objections, ...left] };
  }
  return withDonor(successor, `${successor.name} ${why}`, participants, maximal, objections, input);
}

function found(
  list: readonly Participant[],
  test: (one: Participant) => boolean,
  why: string,
): [Participant, string] | null {
  const hit = list.find(test);
  return hit === undefined ? null : [hit, why];
}

function chooseNamed(
  wanted: InstanceKey,
  participants: readonly Participant[],
  eligible: readonly Participant[],
  objections: readonly Objection[],
  input: FailoverInput,
): Choice {
  const one = participants.find(({ key }) => sameKey(key, wanted));
  if (one === undefined) {
    return {
      kind: 'none',
      reason: `${formatKey(wanted)} is not a replica of the failed primary, or does not answer`,
      objections,
    };
  }
  const isCommitted = input.committedSuccessor !== null;
  if (!isCommitted && !eligible.includes(one)) {
    const objection = objections.find(({ subject }) => subject === one.name);
    return { kind: 'none', reason: objection?.explanation ?? `${one.name} may not be promoted`, objections };
  }
  const why = isCommitted ? `${one.name} was already being promoted` : `${one.name} was named by the operator`;
  // A committed successor has no source to catch up from any more, and an operator's choice settles a divergence.
  if (isCommitted) return { kind: 'chosen', successor: one, donor: null, unsettled: [], reasons: [why], objections };
  return withDonor(one, why, participants, maximalOf(participants, input), objections, input);
}

/** The other co-primary, with what the replicas have received of the failed one. */
function chooseOther(
  { other, why }: { readonly other: InstanceKey; readonly why: string },
  participants: readonly Participant[],
  eligible: readonly Participant[],
  objections: readonly Objection[],
  input: FailoverInput,
): Choice {
  const one = eligible.find(({ key }) => sameKey(key, other));
  if (one === undefined) {
    const objection = objections.find(({ subject }) => subject === formatKey(other));
    return { kind: 'none', reason: `${why}, but ${objection?.explanation ?? 'it may not be promoted'}`, objections };
  }
  const maximal = maximalOf(participants, input);
  const apart = cannotUnite(one, maximal, input);
  if (apart !== null) return { kind: 'none', reason: apart.reason, objections };
  return withDonor(one, why, participants, maximal, objections, input, ['ahead', 'diverged']);
}

const isHeldBack = ({ instance }: Participant): boolean =>
  (instance.replication?.delaySeconds ?? 0) > 0 && !canMoveReceiverAlone(instance);

/** The chosen one gets what it lacks from a more advanced server before it is promoted; no received row is given up. */
function withDonor(
  successor: Participant,
  why: string,
  participants: readonly Participant[],
  maximal: readonly Participant[],
  objections: readonly Objection[],
  input: FailoverInput,
  donating: readonly Relation[] = ['ahead'],
): Choice {
  const isExcluded = ({ key }: Participant) => input.excluded.some((one) => sameKey(one.key, key));
  const isByPlace = goByPlace(participants, input);
  const progress = progressIn(participants, input);
  const own = progress(successor);
  const ahead = maximal.filter((one) => one !== successor && donating.includes(compareProgress(progress(one), own)));
  const chosen = { kind: 'chosen', successor, donor: null, unsettled: [], reasons: [why], objections } as const;
  if (ahead.length === 0) return chosen;
  // A binlog server executes nothing, so that it never tells whether its last transaction is whole.
  const maySettle = (one: Participant): boolean =>
    !isExcluded(one) && !one.instance.isBinlogServer && restOf(one, input) === null;
  if (isByPlace && ahead.every(maySettle)) return { ...chosen, unsettled: ahead };
  const donors = ahead.filter(
    (one) =>
      !isByPlace &&
      !isExcluded(one) &&
      one.instance.binlogEnabled &&
      one.instance.logsReplicaUpdates &&
      compareMajorVersions(one.instance.version, successor.instance.version) <= 0,
  );
  // One whose delay cannot be lifted would be waited for in vain, as long as another has the same.
  const donor = donors.find((one) => !isHeldBack(one)) ?? donors[0];
  if (donor === undefined) {
    const first = ahead[0];
    const difference = first === undefined ? '' : describeDifference(first.instance, successor.instance);
    return {
      kind: 'none',
      reason: `${successor.name} lacks transactions that ${first?.name ?? 'another replica'} received and cannot get them from it: ${difference}`,
      objections,
    };
  }
  const reasons = [why, `${donor.name} has received more; ${successor.name} catches up from it first`];
  return { ...chosen, donor, reasons };
}
