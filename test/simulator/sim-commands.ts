import type { ServerCommand } from '../../src/model/command.ts';
import type { InstanceKey } from '../../src/model/instance-key.ts';
import { isMariadb, type SimReplication, type SimServer } from './sim-server.ts';
import type { Transaction } from './transactions.ts';

/** What became of a command; `discarded` are transactions that had arrived, were not executed, and are now thrown away. */
export interface Obedience {
  readonly errorNumber: number | null;
  readonly discarded: readonly Transaction[];
}

const DONE: Obedience = { errorNumber: null, discarded: [] };
const refused = (errorNumber: number): Obedience => ({ errorNumber, discarded: [] });

const NOT_A_REPLICA = 1200;
const MUST_STOP_FIRST = 1198;
const RECEIVER_RUNS = 3021;
const APPLIER_RUNS = 3085;
const UNKNOWN_VARIABLE = 1193;

/**
 * Does what a real server does with a command, as measured on the three flavours (the table in the design's rules of data
 * safety): what is refused, and when the relay log is thrown away.
 */
export function obey(
  server: SimServer,
  command: ServerCommand,
  numberOf: (key: InstanceKey) => number | null,
): Obedience {
  const { replication } = server;
  switch (command.kind) {
    case 'set-read-only':
      if (command.withSuper && server.flavour !== 'mysql-9.7' && !command.readOnly) return refused(UNKNOWN_VARIABLE);
      server.isReadOnly = command.readOnly;
      if (server.flavour === 'mysql-9.7' && (command.withSuper || !command.readOnly))
        server.isSuperReadOnly = command.readOnly;
      return DONE;
    case 'set-offline-mode':
      if (server.flavour !== 'mysql-9.7') return refused(UNKNOWN_VARIABLE);
      server.isOffline = command.offline;
      return DONE;
    case 'set-semi-sync':
    case 'kill-client-sessions':
      return DONE;
    case 'forget-source':
      return replication === null ? DONE : obeyAsReplica(server, replication, command, numberOf);
    default:
      return replication === null ? refused(NOT_A_REPLICA) : obeyAsReplica(server, replication, command, numberOf);
  }
}

function obeyAsReplica(
  server: SimServer,
  replication: SimReplication,
  command: ServerCommand,
  numberOf: (key: InstanceKey) => number | null,
): Obedience {
  switch (command.kind) {
    case 'stop-receiver':
      replication.receiverStarted = false;
      replication.receiverConnected = false;
      return DONE;
    case 'stop-applier':
      replication.applierStarted = false;
      return DONE;
    case 'start-applier':
      replication.applierStarted = true;
      replication.applierError = 0;
      return DONE;
    case 'start-receiver':
      return startReceiver(server, replication);
    case 'start-replication': {
      const started = startReceiver(server, replication);
      replication.applierStarted = true;
      replication.applierError = 0;
      return started;
    }
    case 'change-source': {
      const mustStopBoth = server.flavour !== 'mysql-9.7';
      if (mustStopBoth && (replication.receiverStarted || replication.applierStarted)) return refused(MUST_STOP_FIRST);
      if (replication.receiverStarted) return refused(RECEIVER_RUNS);
      const discarded = replication.applierStarted ? [] : throwAway(replication);
      replication.source = numberOf(command.source) ?? 0;
      replication.partial = null;
      return { errorNumber: null, discarded };
    }
    case 'forget-source': {
      if (replication.receiverStarted || replication.applierStarted) return refused(MUST_STOP_FIRST);
      const discarded = throwAway(replication);
      server.replication = null;
      return { errorNumber: null, discarded };
    }
    case 'set-delay': {
      // A change of the source, too: allowed beside a running receiver, but with both threads at rest the relay log goes.
      const mustStopBoth = server.flavour !== 'mysql-9.7';
      if (replication.applierStarted) return refused(mustStopBoth ? MUST_STOP_FIRST : APPLIER_RUNS);
      if (mustStopBoth && replication.receiverStarted) return refused(MUST_STOP_FIRST);
      replication.delaySeconds = command.seconds;
      return { errorNumber: null, discarded: replication.receiverStarted ? [] : throwAway(replication) };
    }
    default:
      return DONE;
  }
}

/** MariaDB forgets its relay log when the receiver starts while the applier rests; the others keep it. */
function startReceiver(server: SimServer, replication: SimReplication): Obedience {
  if (replication.receiverStarted) return DONE;
  const discarded = isMariadb(server) && !replication.applierStarted ? throwAway(replication) : [];
  replication.receiverStarted = true;
  replication.receiverError = 0;
  return { errorNumber: null, discarded };
}

function throwAway(replication: SimReplication): readonly Transaction[] {
  const discarded = replication.relay.splice(0);
  replication.retrieved.clear();
  replication.ioPosition = null;
  replication.partial = null;
  return discarded;
}
