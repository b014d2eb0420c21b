import { compareCoordinates, formatCoordinates } from '../../model/coordinates.ts';
import type { Relation } from '../../model/gtid-relation.ts';
import { formatKey, type InstanceKey, sameKey } from '../../model/instance-key.ts';
import { compareProgress, describeDifference, type Progress } from '../../model/received.ts';
import { compareMajorVersions } from '../../model/version.ts';
import type { Objection } from '../plan.ts';
import { canMoveReceiverAlone } from '../steps/flavour.ts';
import { isListening } from '../steps/threads.ts';
import { cannotUnite, coPrimaryDemand, lacksOwnRows } from './co-primary.ts';
import { progressIn, whoIsAhead } from './compare.ts';
import { continuesLog } from './continued-log.ts';
import { commonOf, objectionTo } from './eligibility.ts';
import type { FailoverInput, Participant } from './input.ts';
import { hasLeft, lagOf } from './lag.ts';
import { isBelow, type LogHolder, lacksOf, logHolders, receivedBy } from './log-holder.ts';
import { ownDivergence } from './own-writes.ts';
import { failedRecord } from './participants.ts';
import { goByPlace, restOf } from './places.ts';
import { dataServers } from './readers.ts';
import { isKnownErrant } from './strays.ts';
import { gapsOf, isFiltered, leavesOut } from './whole.ts';

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
      /** The binlog server at which it reads on first, by file and position; null: none holds more than it has received. */
      readonly log: LogHolder | null;
      readonly reasons: readonly string[];
      readonly objections: readonly Objection[];
    }
  | { readonly kind: 'none'; readonly reason: string; readonly objections: readonly Objection[] };

/** Participants that no other participant is ahead of: received ∪ executed without an incomplete last transaction (design §4), and without strays. */
function maximalOf(participants: readonly Participant[], input: FailoverInput): Participant[] {
  const progress = progressIn(participants, input);
  const known = dataServers(participants).map((one) => ({ one, progress: progress(one) }));
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

/** From here on what a replica has yet to execute would hold up the promotion beside one that has executed the same. */
const LATE_SECONDS = 10;

/**
 * It has yet to execute what it received, and that would take long (it lags, or is delayed) or is not waited for at all
 * (FailMasterPromotionIfSQLThreadNotUpToDate). What an ordinary replica executes in a moment makes no difference.
 */
function isLate(one: Participant, input: FailoverInput): boolean {
  const { replication } = one.instance;
  if (replication === null || restOf(one, input) !== null) return false;
  // One of which nobody knows may have as much left as any.
  const behindSeconds = Math.max(replication.delaySeconds, lagOf(one.instance) ?? LATE_SECONDS);
  if (!input.settings.failIfApplierNotUpToDate && behindSeconds < LATE_SECONDS) return false;
  return hasLeft(one.instance);
}

const isPreferred = ({ record }: Participant): boolean =>
  record.intent.promotionRule === 'must' || record.intent.promotionRule === 'prefer';

/** Order among servers with equal data: most suitable first (historic comparator, made lexicographic). */
function bySuitability(
  failed: Participant['instance'] | null,
  participants: readonly Participant[],
  input: FailoverInput,
): (a: Participant, b: Participant) => number {
  const outside = (one: Participant) => (failed !== null && sameSite(one.instance, failed) ? 0 : 1);
  const errant = (one: Participant) => (isKnownErrant(one) ? 1 : 0);
  // One that came to rest for this recovery stands where it would stand running.
  const isReady = (one: Participant) =>
    one.instance.replication?.applier.state === 'running' || restOf(one, input) !== null;
  const stopped = (one: Participant) => (isReady(one) ? 0 : 1);
  const lateness = new Map(participants.map((one) => [one.name, isLate(one, input) ? 1 : 0]));
  const late = (one: Participant) => lateness.get(one.name) ?? 0;
  const mayRead = logHolders(participants, input).length > 0;
  const reading = (one: Participant) => (mayRead && lacksOf(one, participants, input) !== null ? 1 : 0);
  return (a, b) =>
    stopped(a) - stopped(b) ||
    late(a) - late(b) ||
    errant(a) - errant(b) ||
    RULE_RANK[a.record.intent.promotionRule] - RULE_RANK[b.record.intent.promotionRule] ||
    compareMajorVersions(a.instance.version, b.instance.version) ||
    outside(a) - outside(b) ||
    reading(a) - reading(b) ||
    b.record.position.replicas.length - a.record.position.replicas.length ||
    (a.name < b.name ? -1 : 1);
}

/**
 * Chooses the successor. First match wins (the historic search let the last match win): the explicit or committed candidate;
 * the other co-primary where it must be (co-primary.ts); then the most advanced server if it is itself preferred (rule must|prefer) where the primary stood; a preferred one there; a
 * preferred most advanced one; any preferred one; if the most advanced one is prefer_not, a neutral one; the most advanced one.
 * Those with replication filters only if nobody without can be (whole.ts).
 */
export function chooseSuccessor(participants: readonly Participant[], input: FailoverInput): Choice {
  const common = commonOf(participants);
  const refused = participants.flatMap((one) => objectionTo(one, participants, common, input) ?? []);
  const fit = participants.filter((one) => !refused.some(({ subject }) => subject === one.name));
  const breaking = [...breaksLog(fit, input), ...lacksOwnRows(fit, input)];
  const objections = [...refused, ...breaking];
  const eligible = fit.filter((one) => !breaking.some(({ subject }) => subject === one.name));

  const wanted = input.committedSuccessor ?? input.explicitCandidate;
  const demand = coPrimaryDemand(input);
  if (demand?.kind === 'forbidden') return { kind: 'none', reason: demand.reason, objections };
  if (wanted !== null) return chooseNamed(wanted, participants, eligible, objections, input);
  if (demand !== null) return chooseOther(demand, participants, eligible, objections, input);

  const gaps = leavesOut(eligible);
  const whole = eligible.filter((one) => !gaps.some(({ subject }) => subject === one.name));
  const choice = chooseAmong(whole, participants, [...objections, ...gaps], input);
  if (choice.kind === 'chosen' || gaps.length === 0) return choice;
  return chooseAmong(eligible, participants, objections, input);
}

/** By the order of preference, of these candidates; all participants count for who has most. */
function chooseAmong(
  eligible: readonly Participant[],
  participants: readonly Participant[],
  objections: readonly Objection[],
  input: FailoverInput,
): Choice {
  if (eligible.length === 0) {
    return { kind: 'none', reason: 'no replica may be promoted', objections };
  }

  const failed = failedRecord(input)?.instance ?? null;
  const isByPlace = goByPlace(participants);
  const maximal = maximalOf(participants, input);
  const diverged = divergence(maximal, progressIn(participants, input)) ?? ownDivergence(participants, input);
  if (diverged !== null) {
    return {
      kind: 'none',
      reason: `${diverged}; choose one with "recover -i … -d <candidate>", the others must then be rebuilt`,
      objections,
    };
  }

  const unread = heldByNoReplica(participants, input);
  if (unread !== null) return { kind: 'none', reason: unread, objections };
  const order = bySuitability(failed, participants, input);
  const advanced = eligible
    .filter((one) => maximal.includes(one) && !waitsForDelay(one, participants, input))
    .toSorted(order);
  // A delay that cannot be lifted holds up the catching-up as well; by file and position nobody catches up from another.
  const late = eligible.filter((one) =>
    isByPlace
      ? whoIsAhead(one, participants, input) !== null || waitsForDelay(one, participants, input)
      : isHeldBack(one) && !maximal.includes(one),
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
  if (isCommitted)
    return { kind: 'chosen', successor: one, donor: null, unsettled: [], log: null, reasons: [why], objections };
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

/** Where a server that can continue the failed primary's log may be promoted, no other is: binlog servers could not follow it. */
function breaksLog(fit: readonly Participant[], { explicitCandidate, committedSuccessor }: FailoverInput): Objection[] {
  if (explicitCandidate !== null || committedSuccessor !== null || !fit.some(continuesLog)) return [];
  return fit
    .filter((one) => !continuesLog(one))
    .map(({ name }) => ({
      subject: name,
      rule: 'breaks-log',
      explanation: `${name} logs what it applies (log_replica_updates), so that binlog servers could not follow it as they can another`,
    }));
}

/** Replicas by GTID cannot read on at another binlog server: what only one holds is not given up without a person's word. */
function heldByNoReplica(participants: readonly Participant[], input: FailoverInput): string | null {
  const [most] = goByPlace(participants) ? [] : logHolders(participants, input);
  if (most === undefined) return null;
  const isExcluded = ({ key }: Participant): boolean => input.excluded.some((one) => sameKey(one.key, key));
  const hasAll = (one: Participant): boolean => compareCoordinates(receivedBy(one), most.end) >= 0;
  // It has yet to receive what its own binlog server holds (read-on.ts).
  const willHaveAll = (one: Participant): boolean =>
    isBelow(one, most) && isListening(one.instance) && !isExcluded(one);
  const readers = dataServers(participants).filter(({ instance }) => instance.replication !== null);
  if (readers.some((one) => hasAll(one) || willHaveAll(one))) return null;
  return `the binlog server ${most.server.name} holds more of the failed primary's log than any replica (to ${formatCoordinates(most.end)}); bring a replica of it back, or choose with "recover -i … -d <candidate>"`;
}

/** It would have to read on at a binlog server, and to wait for its delay with what it reads there. */
const waitsForDelay = (one: Participant, participants: readonly Participant[], input: FailoverInput): boolean =>
  isHeldBack(one) && lacksOf(one, participants, input) !== null;

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
  const isByPlace = goByPlace(participants);
  const progress = progressIn(participants, input);
  const own = progress(successor);
  const ahead = maximal.filter((one) => one !== successor && donating.includes(compareProgress(progress(one), own)));
  const log = isByPlace ? lacksOf(successor, participants, input) : null;
  const more =
    log === null
      ? []
      : [`${log.server.name} holds more of the failed primary's log; ${successor.name} reads on there first`];
  const found = { kind: 'chosen', successor, donor: null, unsettled: [], log, objections } as const;
  const said = [why, ...gapsOf(successor)];
  const chosen = { ...found, reasons: [...said, ...more] };
  if (ahead.length === 0) return chosen;
  const maySettle = (one: Participant): boolean => !isExcluded(one) && restOf(one, input) === null;
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
  const ready = donors.filter((one) => !isHeldBack(one));
  const whole = ready.filter((one) => !isFiltered(one));
  const donor = whole.find((one) => !isKnownErrant(one)) ?? whole[0] ?? ready[0] ?? donors[0];
  if (donor === undefined) {
    const first = ahead[0];
    const difference = first === undefined ? '' : describeDifference(first.instance, successor.instance);
    return {
      kind: 'none',
      reason: `${successor.name} lacks transactions that ${first?.name ?? 'another replica'} received and cannot get them from it: ${difference}`,
      objections,
    };
  }
  const reasons = [
    ...said,
    `${donor.name} has received more; ${successor.name} catches up from it first`,
    ...gapsOf(donor),
  ];
  return { ...chosen, donor, reasons };
}
