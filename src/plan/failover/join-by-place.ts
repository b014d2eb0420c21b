import { type BinlogCoordinates, compareCoordinates, formatCoordinates } from '../../model/coordinates.ts';
import { sameKey } from '../../model/instance-key.ts';
import type { Objection, Step } from '../plan.ts';
import { correlateStep, noteStep, waitStep } from '../steps/build.ts';
import { usesGtid } from '../steps/flavour.ts';
import { changeSourceStep, startAppliedStep, startReceiverStep } from '../steps/replica.ts';
import { isListening } from '../steps/threads.ts';
import type { Destination } from '../steps/types.ts';
import { isBeforeOwnRows, isOtherByPlace, mayLackOwnRows } from './co-primary.ts';
import { continuedAt, continuesLog } from './continued-log.ts';
import { destinationOf } from './destination.ts';
import { isHeldByDelay } from './eligibility.ts';
import { goOnSteps } from './go-on.ts';
import type { FailoverInput, Participant, RestPlace } from './input.ts';
import { isBelow, type LogHolder, logHolders } from './log-holder.ts';
import { comeToRestSteps, executedNote, ownNote, reachOf, restOf } from './places.ts';
import { readOnSteps } from './read-on.ts';
import { isBinlogServer, readsFailedLog } from './readers.ts';

/*
 * How a reader of the failed primary's log that goes by file and position comes to follow the successor. Who has executed exactly as much
 * goes on where the successor's own log ended when it came to rest. Who has executed less reads on at a binlog server that holds just as
 * much, or is found in the successor's log by Pseudo-GTID. A binlog server can follow where the successor continues the failed primary's
 * log (continued-log.ts), and then its replicas stay where they are. For anybody else there is no place that is known to be right, and
 * a wrong one would lose transactions or execute them twice.
 */

type Way =
  | { readonly kind: 'equal' | 'pseudo-gtid' | 'stays' }
  /** First it gets at a binlog server what it lacks. */
  | { readonly kind: 'read-on'; readonly holder: LogHolder }
  /** It goes below a binlog server that has what it lacks, and follows the successor or is about to. */
  | { readonly kind: 'below'; readonly server: Participant };

/** Searching two servers' logs may take its time. */
const CORRELATE_MS = 120_000;
const STAGE = 'repoint';

const isWay = (found: Way | Objection): found is Way => 'kind' in found;

/** The way in which the sibling follows, or why there is none. */
function wayOf(
  sibling: Participant,
  successor: Participant,
  participants: readonly Participant[],
  input: FailoverInput,
): Way | Objection {
  const no = (rule: string, why: string): Objection => ({
    subject: sibling.name,
    rule,
    explanation: `${sibling.name} replicates by file and position, and ${why}; it is left as it is`,
  });
  const isContinuing = continuesLog(successor);
  const above = restOf(successor, input);
  const reach = isBinlogServer(sibling) ? endOf(sibling) : reachOf(sibling, input);
  const isOther = isOtherByPlace(sibling, input);
  if (isOther && mayLackOwnRows(successor, input))
    return no('own-rows', `as the other co-primary may have rows that ${successor.name} lacks`);
  // Neither an equal place nor a Pseudo-GTID entry that both have tells of rows that only the other one of a pair has before it.
  if (isOtherByPlace(successor, input) && lacksItsRows(sibling, reach, above, input))
    return no('own-rows', `${successor.name}, the other co-primary, may have rows that it lacks`);
  // It was tried once; its replicas go by themselves then.
  if (isBinlogServer(sibling) && isLeft(sibling, input)) return no('excluded', 'could not be moved');
  if (isBinlogServer(sibling) && !isContinuing)
    return no('binlog-server', `serves the failed primary's log, which ${successor.name} does not continue in its own`);
  if (isContinuing && staysBelow(sibling, successor, participants, input)) return { kind: 'stays' };
  const holder = above === null ? null : holderOf(above.executed, isContinuing, sibling, participants, input);
  // What it was delayed for is its worth: the delay of a sibling is never lifted, and cannot be waited for.
  const mustRead = above !== null && reach !== null && compareCoordinates(reach, above.executed) < 0;
  if (isHeldByDelay(sibling, input) || (mustRead && holder !== null && isDelayed(sibling)))
    return no(
      'delayed',
      `is delayed by ${sibling.instance.replication?.delaySeconds} s, with rows that it has yet to execute`,
    );
  // The other one's own rows stand in another order in its log than in that of others, until it has passed them all.
  const isOrdered = !isOther || !isBeforeOwnRows(reach, input);
  const knowsPseudoGtid = input.settings.knowsPseudoGtid === true && !isContinuing;
  if (above === null || above.own === null || reach === null) {
    // Still to come: the successor will rest before anything is promoted.
    if (above === null && successor.instance.replication !== null && !usesGtid(successor.instance))
      return { kind: 'equal' };
    if (knowsPseudoGtid) return { kind: 'pseudo-gtid' };
    return no('no-place', `its place in the log of ${successor.name} is not known (no Pseudo-GTID)`);
  }
  const order = compareCoordinates(reach, above.executed);
  const places = `${formatCoordinates(reach)} against ${formatCoordinates(above.executed)} of the failed primary's log`;
  const isExact = isBinlogServer(sibling) || restOf(sibling, input) !== null;
  if (order > 0 && isExact)
    return no('has-more', `has executed more than ${successor.name} (${places}), to be looked at and rebuilt`);
  if (order >= 0) return { kind: 'equal' };
  // A holder goes on to the successor's log in the same moment: whoever only wanted the rest of the old one could read too much.
  const server = isContinuing ? (followerOf(successor, participants, input) ?? holder?.server) : undefined;
  if (server !== undefined) return { kind: 'below', server };
  if (holder !== null) return { kind: 'read-on', holder };
  if (knowsPseudoGtid && isOrdered) return { kind: 'pseudo-gtid' };
  if (knowsPseudoGtid)
    return no(
      'own-rows',
      `as the other co-primary may have rows of its own in another order than ${successor.name} (${places})`,
    );
  return no(
    'behind',
    `has received less than ${successor.name} (${places}); without Pseudo-GTID its place in the log of ${successor.name} cannot be found`,
  );
}

/** Of the rows that the other co-primary, promoted, has written itself. Once its end is noted it counts as closed until then. */
const lacksItsRows = (
  sibling: Participant,
  reach: BinlogCoordinates | null,
  above: RestPlace | null,
  input: FailoverInput,
): boolean =>
  above === null || above.own === null
    ? mayLackOwnRows(sibling, input)
    : isBeforeOwnRows(reach, input) || isBeforeOwnRows(above.executed, input);

const isDelayed = ({ instance }: Participant): boolean => (instance.replication?.delaySeconds ?? 0) > 0;

const endOf = ({ instance }: Participant) => instance.replication?.executedCoordinates ?? null;

/**
 * A binlog server that holds the log to this place and not beyond; the one that the sibling follows already, if it does. One that ends in
 * half a transaction cannot go on with the successor's log (`isContinuing`), though what is whole can be read there.
 */
function holderOf(
  place: BinlogCoordinates,
  isContinuing: boolean,
  sibling: Participant,
  participants: readonly Participant[],
  input: FailoverInput,
): LogHolder | null {
  const exact = logHolders(participants, input).filter(
    ({ server, end, wholeEnd }) =>
      server !== sibling && !isLeft(server, input) && compareCoordinates(isContinuing ? end : wholeEnd, place) === 0,
  );
  return exact.find((holder) => isBelow(sibling, holder)) ?? exact[0] ?? null;
}

/** A binlog server that follows the successor already: it holds the failed primary's log to its end, and goes on with that of the successor. */
const followerOf = (
  successor: Participant,
  participants: readonly Participant[],
  input: FailoverInput,
): Participant | undefined =>
  participants.find(
    (one) =>
      isBinlogServer(one) &&
      (one.mayReceive || isListening(one.instance)) &&
      !isLeft(one, input) &&
      readsFailedLog(one.instance, { ...input, failed: successor.key }),
  );

const isLeft = ({ key }: Participant, { excluded }: FailoverInput): boolean =>
  excluded.some((one) => one.isLeft === true && sameKey(one.key, key));

/** It reads the log from a binlog server that will follow the successor, or stays itself below one that will. */
function staysBelow(
  sibling: Participant,
  successor: Participant,
  participants: readonly Participant[],
  input: FailoverInput,
): boolean {
  const source = sibling.instance.replication?.source;
  const server = participants.find(
    (one) => isBinlogServer(one) && one !== sibling && source !== undefined && sameKey(one.key, source),
  );
  return server !== undefined && isWay(wayOf(server, successor, participants, input));
}

/** Why the sibling cannot follow; null when it can. */
export function unfitByPlace(
  sibling: Participant,
  successor: Participant,
  participants: readonly Participant[],
  input: FailoverInput,
): Objection | null {
  const way = wayOf(sibling, successor, participants, input);
  return isWay(way) ? null : way;
}

/** True when nothing must be searched, or read elsewhere, before it can follow. */
export function followsFromRest(
  sibling: Participant,
  successor: Participant,
  participants: readonly Participant[],
  input: FailoverInput,
): boolean {
  const way = wayOf(sibling, successor, participants, input);
  return isWay(way) && way.kind === 'equal';
}

/** The steps by which it follows. It rests with everything executed first, so that no relay log is thrown away. */
export function joinByPlaceSteps(
  sibling: Participant,
  successor: Participant,
  participants: readonly Participant[],
  input: FailoverInput,
): Step[] {
  const way = wayOf(sibling, successor, participants, input);
  if (!isWay(way)) return [];
  // Nothing is done to it, unless this recovery has stopped its receiver.
  if (way.kind === 'stays') return isListening(sibling.instance) ? [] : goOnSteps(sibling, input);
  const wanted = restOf(successor, input)?.executed;
  if (way.kind === 'below')
    return [...comeToRestSteps(STAGE, undelayed(sibling), input), ...belowSteps(sibling, way.server, input)];
  return [
    ...(way.kind === 'read-on' && wanted !== undefined
      ? readOnSteps(STAGE, undelayed(sibling), way.holder, wanted, input)
      : comeToRestSteps(STAGE, undelayed(sibling), input)),
    ...(way.kind === 'pseudo-gtid' ? matchSteps(sibling, successor, input) : equalSteps(sibling, successor, input)),
  ];
}

/** As it is drained without its delay being lifted: should more arrive before it is silenced, that is waited for in vain. */
function undelayed(sibling: Participant): Participant {
  const { instance } = sibling;
  if (instance.replication === null) return sibling;
  return { ...sibling, instance: { ...instance, replication: { ...instance.replication, delaySeconds: 0 } } };
}

function equalSteps(sibling: Participant, successor: Participant, input: FailoverInput): Step[] {
  const above = restOf(successor, input);
  const place = above?.executed ?? { note: executedNote(successor.name) };
  const own = above === null ? null : isBinlogServer(sibling) ? continuedAt(above) : above.own;
  const there = own ?? { note: ownNote(successor.name) };
  const why = `${sibling.name} has executed exactly as much as ${successor.name} had`;
  return [
    waitStep(STAGE, sibling, { kind: 'executed-exactly', place }, 0, why),
    ...readFromSteps(sibling, destinationOf(successor, input), there),
  ];
}

/** The same place at another binlog server. */
function belowSteps(sibling: Participant, holder: Participant, input: FailoverInput): Step[] {
  const note = executedNote(sibling.name);
  return [
    noteStep(STAGE, sibling, note, 'executed', `where ${sibling.name} stands in the failed primary's log`),
    ...readFromSteps(sibling, destinationOf(holder, input), { note }),
  ];
}

function matchSteps(sibling: Participant, successor: Participant, input: FailoverInput): Step[] {
  const note = `place of ${sibling.name} in the log of ${successor.name}`;
  const why = `${sibling.name} is matched below ${successor.name} by Pseudo-GTID`;
  return [
    correlateStep(STAGE, sibling, successor.key, note, { deadlineMs: CORRELATE_MS, why }),
    ...readFromSteps(sibling, destinationOf(successor, input), { note }),
  ];
}

/** Reads on at this place of the other's log. */
function readFromSteps(
  sibling: Participant,
  successor: Destination,
  there: NonNullable<Destination['at']>['there'],
): Step[] {
  const to: Destination = { ...successor, at: { there, home: executedNote(sibling.name) } };
  return [
    changeSourceStep(STAGE, sibling, to, false),
    startAppliedStep(STAGE, sibling, `${sibling.name} follows ${successor.name}`),
    ...(sibling.mayReceive ? [startReceiverStep(STAGE, sibling, to)] : []),
  ];
}
