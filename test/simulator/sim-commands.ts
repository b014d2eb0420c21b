import type { ServerCommand } from '../../src/model/command.ts';
import { compareCoordinates } from '../../src/model/coordinates.ts';
import { type InstanceKey, isDetachedKey } from '../../src/model/instance-key.ts';
import { append, NOWHERE, purge, reset, rotate } from './sim-log.ts';
import { commit, forgetsAtStart } from './sim-replication.ts';
import {
  createReplication,
  isMariadb,
  isRecent,
  type SimReplication,
  type SimServer,
  usesMariadbGtid,
} from './sim-server.ts';
import { nameOf, type Transaction, transactionsOf } from './transactions.ts';

/** What became of a command; `discarded` are transactions that had arrived, were not executed, and are now thrown away. */
export interface Obedience {
  readonly errorNumber: number | null;
  readonly discarded: readonly Transaction[];
}

const DONE: Obedience = { errorNumber: null, discarded: [] };
const refused = (errorNumber: number): Obedience => ({ errorNumber, discarded: [] });

const SYNTAX = 1064;
const UNKNOWN_VARIABLE = 1193;
const MUST_STOP_FIRST = 1198;
const NOT_A_REPLICA = 1200;
const BAD_LOG_FILE = 1373;
const PLACE_BESIDE_AUTO_POSITION = 1776;
const NEEDS_GTID_MODE = 1777;
const EXECUTED_NOT_EMPTY = 1840;
const SKIP_COUNTER_REFUSED = 1858;
const RECEIVER_RUNS = 3021;
const WORKER_KILLED = 13_121;
const POSITIONING_BESIDE_APPLIER = 3081;
const APPLIER_RUNS = 3085;

type ChangeSource = Extract<ServerCommand, { kind: 'change-source' }>;
type NumberOf = (key: InstanceKey) => number | null;

/**
 * Does what a real server does with a command, as measured on the three flavours (the table in the design's rules of data
 * safety): what is refused, and when the relay log is thrown away.
 */
export function obey(server: SimServer, command: ServerCommand, numberOf: NumberOf, nowMs = 0): Obedience {
  const { replication } = server;
  switch (command.kind) {
    case 'set-read-only':
      server.isReadOnly = command.readOnly;
      if (isRecent(server) && (command.withSuper || !command.readOnly)) server.isSuperReadOnly = command.readOnly;
      return DONE;
    case 'keep-read-only':
      server.isReadOnly = true;
      return DONE;
    case 'lift-super-read-only':
      if (!isRecent(server)) return refused(UNKNOWN_VARIABLE);
      server.isSuperReadOnly = false;
      return DONE;
    case 'set-offline-mode':
      if (!isRecent(server)) return refused(UNKNOWN_VARIABLE);
      server.isOffline = command.offline;
      return DONE;
    case 'set-semi-sync':
      server.semiSync[command.side] = command.enabled;
      return DONE;
    case 'kill-client-sessions':
    case 'open-sessions':
    case 'kill-query':
    case 'release-read-lock':
      return DONE;
    case 'hold-read-lock':
      // Who may write here are clients, and those are kept out by read_only already.
      return DONE;
    case 'set-replica-position':
      if (!isMariadb(server)) return refused(UNKNOWN_VARIABLE);
      if (replication !== null && (replication.receiverStarted || replication.applierStarted))
        return refused(MUST_STOP_FIRST);
      return DONE;
    case 'flush-binary-logs':
      rotate(server.log);
      return DONE;
    case 'purge-binary-logs':
      return purgeLogs(server, command.file);
    case 'inject-empty':
      if (isMariadb(server) || !server.isGtidOn) return refused(NEEDS_GTID_MODE);
      for (const one of command.gtids.flatMap(transactionsOf)) commitEmpty(server, one, nowMs);
      return DONE;
    case 'reset-binary-logs':
      server.executed.clear();
      server.purged.clear();
      reset(server.log);
      return DONE;
    case 'set-purged-gtid':
      if (isMariadb(server) || !server.isGtidOn) return refused(UNKNOWN_VARIABLE);
      if (server.executed.size > 0) return refused(EXECUTED_NOT_EMPTY);
      for (const name of transactionsOf(command.gtid).map(nameOf)) {
        server.executed.add(name);
        server.purged.add(name);
      }
      return DONE;
    case 'forget-source':
      if (replication === null) return DONE;
      return obeyAsReplica(server, replication, command, numberOf);
    case 'change-source':
      return changeSource(server, command, numberOf);
    default:
      return replication === null ? refused(NOT_A_REPLICA) : obeyAsReplica(server, replication, command, numberOf);
  }
}

function purgeLogs(server: SimServer, file: string): Obedience {
  if (!file.startsWith(`${server.log.prefix}.`)) return refused(BAD_LOG_FILE);
  for (const one of purge(server.log, file)) server.purged.add(nameOf(one));
  return DONE;
}

/**
 * An empty transaction counts as executed and is passed on. In place of one that waits in the relay log it is what a person leaves
 * out; else it stands for what a replica wrote by mistake.
 */
function commitEmpty(server: SimServer, transaction: Transaction, nowMs: number): void {
  const name = nameOf(transaction);
  if (server.executed.has(name)) return;
  const isLeftOut = server.replication?.relay.some((waiting) => nameOf(waiting) === name) === true;
  const empty = { ...transaction, isEmpty: true, isErrant: !isLeftOut, committedAtMs: nowMs };
  commit(server, empty);
  append(server.log, empty);
}

function obeyAsReplica(
  server: SimServer,
  replication: SimReplication,
  command: Exclude<ServerCommand, ChangeSource>,
  numberOf: NumberOf,
): Obedience {
  switch (command.kind) {
    case 'stop-receiver':
      replication.receiverStarted = false;
      replication.receiverConnected = false;
      return DONE;
    case 'stop-applier':
      replication.applierStarted = false;
      replication.checkpoint = replication.executedAt;
      // The workers that hold half a transaction are killed, which leaves an error (measured on 9.7).
      if (isRecent(server) && replication.beforePartial !== null) replication.applierError = WORKER_KILLED;
      return DONE;
    case 'start-applier': {
      const discarded = forgetsAtStart(server, replication) ? throwAway(replication) : [];
      startApplier(replication);
      return { errorNumber: null, discarded };
    }
    case 'start-receiver':
      return startReceiver(server, replication);
    case 'start-replication': {
      const started = startReceiver(server, replication);
      startApplier(replication);
      return started;
    }
    case 'start-until': {
      if (command.coordinates === undefined) return refused(SYNTAX);
      if (replication.applierStarted) return DONE;
      const started = startReceiver(server, replication);
      startApplier(replication);
      replication.until = command.coordinates;
      if (compareCoordinates(replication.executedAt, command.coordinates) >= 0) replication.applierStarted = false;
      return started;
    }
    case 'set-source-account': {
      const refusal = mayChange(server, replication, { ofReceiver: true });
      if (refusal !== null) return refusal;
      server.hasAccount = true;
      return changed(replication);
    }
    case 'skip-transaction': {
      if (replication.applierStarted) return refused(MUST_STOP_FIRST);
      if (!isMariadb(server) && server.isGtidOn) return refused(SKIP_COUNTER_REFUSED);
      skipNext(server, replication);
      return DONE;
    }
    case 'use-relay-log': {
      if (!isMariadb(server) || command.coordinates === undefined) return refused(SYNTAX);
      if (replication.receiverStarted || replication.applierStarted) return refused(MUST_STOP_FIRST);
      replication.positioning = command.positioning;
      return DONE;
    }
    case 'forget-source': {
      if (replication.receiverStarted || replication.applierStarted) return refused(MUST_STOP_FIRST);
      const discarded = throwAway(replication);
      server.replication = null;
      server.hasAccount = false;
      return { errorNumber: null, discarded };
    }
    case 'set-delay': {
      // A change of the source, too: allowed beside a running receiver, but with both threads at rest the relay log goes.
      const refusal = mayChange(server, replication, { ofReceiver: false });
      if (refusal !== null) return refusal;
      replication.delaySeconds = command.seconds;
      return changed(replication);
    }
    default:
      void numberOf;
      return DONE;
  }
}

/** The next transaction is left out, as a person wished; it counts as known from now on. */
function skipNext(server: SimServer, replication: SimReplication): void {
  const skipped = replication.relay.shift();
  if (skipped === undefined) return;
  const { at, ...transaction } = skipped;
  replication.executedAt = at;
  server.slavePos = transaction;
  server.executed.add(nameOf(transaction));
  server.have.set(transaction.origin, Math.max(server.have.get(transaction.origin) ?? 0, transaction.sequence));
}

function startApplier(replication: SimReplication): void {
  replication.applierStarted = true;
  replication.applierError = 0;
  replication.until = null;
}

/** A change of the receiver's or the applier's settings: which threads must rest. null: it may be done. */
function mayChange(
  server: SimServer,
  { receiverStarted, applierStarted }: SimReplication,
  { ofReceiver }: { readonly ofReceiver: boolean },
): Obedience | null {
  if (!isRecent(server)) return receiverStarted || applierStarted ? refused(MUST_STOP_FIRST) : null;
  if (ofReceiver) return receiverStarted ? refused(RECEIVER_RUNS) : null;
  return applierStarted ? refused(APPLIER_RUNS) : null;
}

/** With both threads at rest every change throws the relay log away (measured on all flavours, by GTID and by coordinates). */
const changed = (replication: SimReplication): Obedience => ({
  errorNumber: null,
  discarded: replication.receiverStarted || replication.applierStarted ? [] : throwAway(replication),
});

function changeSource(server: SimServer, command: ChangeSource, numberOf: NumberOf): Obedience {
  const { replication } = server;
  if (replication === null) return becomeReplica(server, command, numberOf);
  const refusal = mayChange(server, replication, { ofReceiver: true });
  if (refusal !== null) return refusal;
  const positioning = command.receiverOnly ? null : command.positioning;
  const coordinates = command.receiverOnly ? undefined : command.coordinates;
  if (positioning !== null && replication.applierStarted) return refused(POSITIONING_BESIDE_APPLIER);
  const impossible = cannotPosition(server, replication, positioning, coordinates !== undefined);
  if (impossible !== null) return refused(impossible);
  const outcome = changed(replication);
  point(server, replication, command, numberOf);
  if (positioning !== null) replication.positioning = positioning;
  // A place implies that it goes by places.
  else if (coordinates !== undefined) replication.positioning = 'coordinates';
  if (replication.positioning === 'coordinates') {
    replication.readAt = coordinates ?? NOWHERE;
    if (replication.relay.length === 0) moveTo(replication, replication.readAt);
  } else if (replication.relay.length === 0) {
    replication.readAt = NOWHERE;
    moveTo(replication, NOWHERE);
  }
  return outcome;
}

function moveTo(replication: SimReplication, at: SimReplication['readAt']): void {
  replication.executedAt = at;
  replication.checkpoint = at;
}

/** The error by which a positioning is refused; null when it is possible. */
function cannotPosition(
  server: SimServer,
  replication: SimReplication | null,
  positioning: ChangeSource['positioning'],
  hasPlace: boolean,
): number | null {
  const isForeign = isMariadb(server)
    ? positioning === 'oracle-auto'
    : positioning === 'mariadb-slave-pos' || positioning === 'mariadb-current-pos';
  if (isForeign) return SYNTAX;
  if (positioning === 'oracle-auto' && !server.isGtidOn) return NEEDS_GTID_MODE;
  const next = positioning ?? replication?.positioning ?? 'coordinates';
  if (next === 'oracle-auto' && hasPlace) return PLACE_BESIDE_AUTO_POSITION;
  return null;
}

function point(server: SimServer, replication: SimReplication, command: ChangeSource, numberOf: NumberOf): void {
  replication.source = isDetachedKey(command.source) ? 0 : (numberOf(command.source) ?? 0);
  replication.sourceKey = command.source;
  replication.partial = null;
  replication.beforePartial = null;
  if (command.credentials !== null && !command.receiverOnly) server.hasAccount = true;
}

/** A server without a source gets one; nothing runs yet. */
function becomeReplica(server: SimServer, command: ChangeSource, numberOf: NumberOf): Obedience {
  const positioning = command.positioning ?? 'coordinates';
  const impossible = cannotPosition(server, null, positioning, command.coordinates !== undefined);
  if (impossible !== null) return refused(impossible);
  const replication = createReplication({ flavour: server.flavour, positioning }, 0, command.source);
  Object.assign(replication, { receiverStarted: false, applierStarted: false });
  server.hasAccount = false;
  point(server, replication, command, numberOf);
  if (positioning === 'coordinates' && command.coordinates !== undefined) {
    replication.readAt = command.coordinates;
    moveTo(replication, command.coordinates);
  }
  server.replication = replication;
  return DONE;
}

/** MariaDB by GTID forgets its relay log when a thread starts while both rest; the others keep it (measured). */
function startReceiver(server: SimServer, replication: SimReplication): Obedience {
  if (replication.receiverStarted) return DONE;
  const discarded = forgetsAtStart(server, replication) ? throwAway(replication) : [];
  replication.receiverStarted = true;
  replication.receiverError = 0;
  return { errorNumber: null, discarded };
}

function throwAway(replication: SimReplication): readonly Transaction[] {
  const discarded = replication.relay.splice(0);
  replication.retrieved.clear();
  replication.ioPosition = null;
  replication.partial = null;
  if (!usesMariadbGtid(replication)) replication.readAt = replication.executedAt;
  return discarded;
}
