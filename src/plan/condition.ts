import { type BinlogCoordinates, compareCoordinates, formatCoordinates } from '../model/coordinates.ts';
import {
  containsPosition,
  equalPositions,
  formatMissing,
  missingFrom,
  parseGtidPosition,
} from '../model/gtid-position.ts';
import { compareGtidSets, formatGtidSet, isEmptyGtidSet, parseGtidSet, subtractGtidSets } from '../model/gtid-set.ts';
import { type Instance, isReplicating, type ReplicationStatus, type ThreadState } from '../model/instance.ts';
import { formatKey, type InstanceKey, sameKey } from '../model/instance-key.ts';
import { isDrained } from '../model/received.ts';
import type { Condition, Noted, Place } from './plan.ts';

/** What a condition comes to on one reading; `explanation` is one sentence naming the server. */
export type ConditionResult = { readonly holds: true } | { readonly holds: false; readonly explanation: string };

const HOLDS: ConditionResult = { holds: true };
const fails = (explanation: string): ConditionResult => ({ holds: false, explanation });

const isStopped = (state: ThreadState | undefined): boolean =>
  state === undefined || state === 'none' || state === 'stopped';

/**
 * Tests a condition on one reading of the server it is about. A server that replicates from nowhere has its threads stopped and
 * is drained.
 * @throws OrchestratorError when a GTID text, the condition's or the server's, cannot be read.
 */
export function checkCondition(condition: Condition, instance: Instance): ConditionResult {
  const name = formatKey(instance.key);
  const { replication } = instance;
  switch (condition.kind) {
    case 'receiver-stopped':
      return isStopped(replication?.receiver.state) ? HOLDS : fails(`The receiver of ${name} is not stopped.`);
    case 'receiver-started':
      return isStopped(replication?.receiver.state) ? fails(`The receiver of ${name} is stopped.`) : HOLDS;
    case 'applier-stopped':
      return isStopped(replication?.applier.state) ? HOLDS : fails(`The applier of ${name} is not stopped.`);
    case 'applier-running':
      if (replication?.applier.state === 'running') return HOLDS;
      return fails(`The applier of ${name} is not running${errorOf(replication?.applier)}.`);
    case 'replicating-from':
      return checkReplicatingFrom(condition.source, instance);
    case 'drained': {
      const state = isDrained(instance);
      return state.drained ? HOLDS : fails(state.reason);
    }
    case 'has-read-all':
      return checkHasReadAll(condition.to ?? null, instance);
    case 'has-executed':
      if (typeof condition.gtid !== 'string') return fails(notNoted(condition.gtid.note, name));
      return checkHasExecuted(condition.gtid, instance);
    case 'executed-exactly':
    case 'executed-to':
      return checkExecutedPlace(condition, instance);
    case 'received-to': {
      if (replication === null) return fails(`${name} has no source.`);
      const { readCoordinates: read } = replication;
      if (compareCoordinates(read, condition.place) >= 0) return HOLDS;
      return fails(`${name} has received ${formatCoordinates(read)}, not yet ${formatCoordinates(condition.place)}.`);
    }
    case 'has-source':
      return checkSource(condition.source, instance);
    case 'positioned-by': {
      const actual = replication?.positioning ?? 'nothing';
      if (actual === condition.positioning) return HOLDS;
      return fails(`${name} positions itself by ${actual}, not by ${condition.positioning}.`);
    }
    case 'delayed-by': {
      const actual = replication?.delaySeconds ?? 0;
      return actual === condition.seconds
        ? HOLDS
        : fails(`${name} is delayed by ${actual} s, not ${condition.seconds} s.`);
    }
    case 'semi-sync': {
      const actual = condition.side === 'source' ? instance.semiSync.sourceEnabled : instance.semiSync.replicaEnabled;
      if (actual === condition.enabled) return HOLDS;
      return fails(`Semi-synchronous replication of ${name} (${condition.side} side) is ${actual ? 'on' : 'off'}.`);
    }
    case 'executed-gtid': {
      if (typeof condition.gtid !== 'string') return fails(notNoted(condition.gtid.note, name));
      if (isExecutedGtid(condition.gtid, instance)) return HOLDS;
      return fails(`gtid_executed of ${name} is "${instance.executedGtid}", not "${condition.gtid}".`);
    }
    case 'own-log-at-least': {
      const own = instance.ownCoordinates;
      if (own === null) return fails(`${name} does not tell the end of a binary log.`);
      if (compareCoordinates(own, { ...own, file: condition.file, position: 0 }) >= 0) return HOLDS;
      return fails(`The binary log of ${name} has come to ${own.file}, not yet to ${condition.file}.`);
    }
    case 'own-log-ends-at':
      return checkOwnLogEnd(condition.place, instance);
    case 'has-no-source': {
      const source = replication?.source;
      if (source === undefined || source.hostname === '' || source.hostname === '_' || source.port === 0) return HOLDS;
      return fails(`${name} still has ${formatKey(source)} as its source.`);
    }
    case 'read-only':
      if (condition.readOnly) {
        if (!instance.isReadOnly) return fails(`${name} is not read_only.`);
        if (condition.withSuper !== true || instance.isSuperReadOnly === true) return HOLDS;
        return fails(`${name} is not super_read_only.`);
      }
      if (instance.isSuperReadOnly === true) return fails(`${name} is still super_read_only.`);
      return instance.isReadOnly ? fails(`${name} is still read_only.`) : HOLDS;
    case 'same-server':
      return checkSameServer(condition.serverUuid, condition.serverId, instance);
    case 'all-of':
      return condition.conditions.map((one) => checkCondition(one, instance)).find(({ holds }) => !holds) ?? HOLDS;
    default:
      return condition satisfies never;
  }
}

/**
 * True when waiting for the condition is in vain on this reading: the applier must run for it, and has stopped with an error
 * (design §4: on an applier error the next candidate, not only when the time is up), or the receiver has.
 */
export function isInVain(condition: Condition, { replication, executedGtid }: Instance): boolean {
  const needsApplier =
    condition.kind === 'drained' ||
    condition.kind === 'has-executed' ||
    condition.kind === 'has-read-all' ||
    condition.kind === 'executed-to' ||
    condition.kind === 'executed-exactly' ||
    condition.kind === 'applier-running' ||
    condition.kind === 'replicating-from';
  if (replication === null) return false;
  const { applier, receiver } = replication;
  if (needsApplier && applier.state === 'stopped' && applier.errorNumber !== 0) return true;
  if (condition.kind === 'executed-exactly')
    return isPast(condition.place, replication) && !isSameMariadbGtid(condition, executedGtid);
  if (condition.kind !== 'replicating-from' && condition.kind !== 'received-to') return false;
  // It would try for ever, and be turned away for ever.
  if (TURNED_AWAY.includes(receiver.errorNumber)) return true;
  // Such as 1236: the new source has purged what the replica needs.
  return receiver.state === 'stopped' && receiver.errorNumber !== 0;
}

/**
 * True when the condition fails on this reading, and time alone may mend that: the receiver rests and the applier works. One that had
 * executed everything may be seen to begin a transaction that arrived only in part, and rests again a moment later.
 */
export function isSettling(condition: Condition, { replication }: Instance): boolean {
  if (condition.kind !== 'drained' || replication === null) return false;
  const { receiver, applier } = replication;
  return isStopped(receiver.state) && applier.state === 'running' && applier.errorNumber === 0;
}

/** By coordinates what is executed never goes back; one by GTID may still tell a place in the log of its former source. */
const isPast = (place: Place, { positioning, executedCoordinates }: ReplicationStatus): boolean =>
  positioning === 'coordinates' && !('note' in place) && compareCoordinates(executedCoordinates, place) > 0;

/** The source answers and does not let the replica in: 1045 its account, 1130 its host. */
const TURNED_AWAY: readonly number[] = [1045, 1130];

const notNoted = (note: string, name: string): string =>
  `The GTIDs "${note}" were not noted before they are needed for ${name}.`;

const errorOf = (thread: { readonly errorNumber: number; readonly errorText: string } | undefined): string =>
  thread === undefined || thread.errorNumber === 0 ? '' : `, error ${thread.errorNumber}: ${thread.errorText}`;

function checkReplicatingFrom(source: InstanceKey, instance: Instance): ConditionResult {
  const name = formatKey(instance.key);
  const { replication } = instance;
  const other = checkSource(source, instance);
  if (!other.holds || replication === null) return other;
  if (isReplicating(instance)) {
    return hasBeenSentSomething(replication)
      ? HOLDS
      : fails(`${name} has connected to ${formatKey(source)}, which has not begun to send.`);
  }
  const thread = replication.receiver.state === 'running' ? 'applier' : 'receiver';
  return fails(`${name} does not replicate: its ${thread} is not running${errorOf(replication[thread])}.`);
}

/**
 * A source sends the name of its log first. By GTID none is known before, and a source that has purged what is asked for tells so in its
 * place (1236), when the receiver has been "running" for a moment (seen on MariaDB: a move was called done).
 */
const hasBeenSentSomething = ({ positioning, readCoordinates }: ReplicationStatus): boolean =>
  positioning === 'coordinates' || readCoordinates.file !== '';

function isExecutedGtid(gtid: string, { version, executedGtid }: Instance): boolean {
  if (version.flavour === 'mariadb') return equalPositions(parseGtidPosition(executedGtid), parseGtidPosition(gtid));
  return compareGtidSets(parseGtidSet(executedGtid), parseGtidSet(gtid)) === 'equal';
}

function checkSource(source: InstanceKey, { key, replication }: Instance): ConditionResult {
  const name = formatKey(key);
  if (replication === null) return fails(`${name} has no source.`);
  if (sameKey(replication.source, source) || sameKey(replication.configuredSource, source)) return HOLDS;
  return fails(`${name} has ${formatKey(replication.source)} as its source, not ${formatKey(source)}.`);
}

function checkExecutedPlace(
  condition: Extract<Condition, { kind: 'executed-exactly' | 'executed-to' }>,
  { key, replication, executedGtid }: Instance,
): ConditionResult {
  const name = formatKey(key);
  const { place } = condition;
  if ('note' in place) return fails(`The place "${place.note}" was not noted before it is needed for ${name}.`);
  if (replication === null) return fails(`${name} has no source.`);
  const order = compareCoordinates(replication.executedCoordinates, place);
  if (order === 0 || (order > 0 && (condition.kind === 'executed-to' || isSameMariadbGtid(condition, executedGtid))))
    return HOLDS;
  const stands = `${name} has executed ${formatCoordinates(replication.executedCoordinates)} of its source's log`;
  return fails(`${stands}, ${order > 0 ? 'which is past' : 'not yet'} ${formatCoordinates(place)}.`);
}

/** `to`: null where the source does not matter, else how far in its log the relay log must have come. */
function checkHasReadAll(to: Place | null, { key, replication }: Instance): ConditionResult {
  const name = formatKey(key);
  if (replication?.applier.state !== 'running' || !replication.applierHasReadAll)
    return fails(`The applier of ${name} has not read all of its relay log${errorOf(replication?.applier)}.`);
  if (to === null) return HOLDS;
  if ('note' in to) return fails(`The place "${to.note}" was not noted before it is needed for ${name}.`);
  if (compareCoordinates(replication.readCoordinates, to) >= 0) return HOLDS;
  const received = `${name} has received ${formatCoordinates(replication.readCoordinates)} of its source's log`;
  return fails(`${received}, not yet ${formatCoordinates(to)}.`);
}

function checkOwnLogEnd(place: Place, { key, ownCoordinates }: Instance): ConditionResult {
  const name = formatKey(key);
  if ('note' in place) return fails(`The place "${place.note}" was not noted before it is needed for ${name}.`);
  if (ownCoordinates === null) return fails(`${name} does not tell the end of a binary log.`);
  if (compareCoordinates(ownCoordinates, place) === 0) return HOLDS;
  return fails(
    `The binary log of ${name} ends at ${formatCoordinates(ownCoordinates)}, not at ${formatCoordinates(place)}.`,
  );
}

/** The position was noted, and the server stands at it. */
const isSameMariadbGtid = ({ gtid }: Extract<Condition, { kind: 'executed-exactly' }>, executedGtid: string): boolean =>
  typeof gtid === 'string' && gtid !== '' && equalPositions(parseGtidPosition(gtid), parseGtidPosition(executedGtid));

/** The condition with the noted place, or GTIDs, put in; itself when it needs none, or the note is missing. */
export function withNotes(condition: Condition, notes: ReadonlyMap<string, Noted>): Condition {
  if (condition.kind === 'all-of')
    return { ...condition, conditions: condition.conditions.map((one) => withNotes(one, notes)) };
  if (condition.kind === 'executed-gtid' || condition.kind === 'has-executed') {
    const noted = typeof condition.gtid === 'string' ? undefined : notes.get(condition.gtid.note);
    return noted?.kind === 'gtid' ? { ...condition, gtid: noted.gtid } : condition;
  }
  if (condition.kind === 'has-read-all') {
    const to = condition.to === undefined ? null : placeIn(condition.to, notes);
    return to === null ? condition : { ...condition, to };
  }
  if (condition.kind !== 'executed-exactly' && condition.kind !== 'executed-to' && condition.kind !== 'own-log-ends-at')
    return condition;
  const place = placeIn(condition.place, notes);
  const placed = place === null ? condition : { ...condition, place };
  if (placed.kind !== 'executed-exactly' || placed.gtid === undefined || typeof placed.gtid === 'string') return placed;
  const noted = notes.get(placed.gtid.note);
  return noted?.kind === 'gtid' ? { ...placed, gtid: noted.gtid } : placed;
}

/** The noted place; null where none was noted, or none is asked for. */
function placeIn(place: Place, notes: ReadonlyMap<string, Noted>): BinlogCoordinates | null {
  const noted = 'note' in place ? notes.get(place.note) : undefined;
  return noted === undefined || noted.kind === 'gtid' ? null : noted;
}

/**
 * True when it is about where the server's own log ends. Nothing else asks for that: a MariaDB server does not tell while commits wait
 * for an acknowledgement, and the step may be the one that brings who acknowledges.
 */
export const needsLogEnd = (condition: Condition): boolean =>
  condition.kind === 'all-of'
    ? condition.conditions.some(needsLogEnd)
    : condition.kind === 'own-log-at-least' || condition.kind === 'own-log-ends-at';

/** True when a quick reading does not show what the condition is about. */
export const needsFullReading = (condition: Condition): boolean =>
  condition.kind === 'all-of' ? condition.conditions.some(needsFullReading) : condition.kind === 'semi-sync';

/** Both kinds of GTID text: `uuid:…` is tested against gtid_executed, `domain-server-sequence` against the MariaDB position. */
function checkHasExecuted(gtid: string, instance: Instance): ConditionResult {
  const name = formatKey(instance.key);
  if (gtid.trim() === '') return HOLDS;
  if (gtid.includes(':')) {
    if (instance.version.flavour === 'mariadb')
      return fails(`${name} is a MariaDB server and cannot have executed ${gtid}.`);
    const rest = subtractGtidSets(parseGtidSet(gtid), parseGtidSet(instance.executedGtid));
    return isEmptyGtidSet(rest) ? HOLDS : fails(`${name} has not executed ${formatGtidSet(rest)}.`);
  }
  if (instance.version.flavour !== 'mariadb')
    return fails(`${name} is not a MariaDB server and cannot have executed ${gtid}.`);
  const [wanted, executed] = [parseGtidPosition(gtid), parseGtidPosition(instance.executedGtid)];
  if (containsPosition(executed, wanted)) return HOLDS;
  return fails(`${name} has not executed ${formatMissing(missingFrom(executed, wanted))}.`);
}

/** The server uuid decides where both sides know it; MariaDB has none, there the server id does. */
function checkSameServer(serverUuid: string | null, serverId: number, instance: Instance): ConditionResult {
  const name = formatKey(instance.key);
  if (serverUuid !== null && instance.serverUuid !== null) {
    if (serverUuid.toLowerCase() === instance.serverUuid.toLowerCase()) return HOLDS;
    return fails(`Another server answers at ${name}: its uuid is ${instance.serverUuid}, not ${serverUuid}.`);
  }
  if (serverId === instance.serverId) return HOLDS;
  return fails(`Another server answers at ${name}: its server_id is ${instance.serverId}, not ${serverId}.`);
}
