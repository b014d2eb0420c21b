import { type BinlogCoordinates, compareCoordinates, logFileNumber, nextLogFile } from '../../model/coordinates.ts';
import type { Objection, Step } from '../plan.ts';
import { commandStep } from '../steps/build.ts';
import type { FailoverInput, Participant, RestPlace } from './input.ts';
import { logHolders } from './log-holder.ts';
import { reachOf, restOf } from './places.ts';
import { isBinlogServer, wasDirect } from './readers.ts';

/*
 * A successor below binlog servers that does not log what it applies: its own log is empty of the primary's transactions, so it can be
 * brought to the file after the one in which the failed primary's log ends, and then continues that log. Binlog servers that hold all of
 * the old log read on in the next file, and their replicas notice nothing (historic behaviour, binlog server topology). This is done
 * where all direct replicas that answer are binlog servers; elsewhere such a server cannot be promoted, for others could not follow it.
 */

/** More flushes than this take too long while nobody takes writes. */
const MOST_FLUSHES = 1_000;
/** A file that was begun and holds nothing but its header, whatever the flavour, ends before this. */
const EMPTY_FILE_BYTES = 512;

/** True when this server, promoted, continues the failed primary's log instead of having its transactions in its own. */
export const continuesLog = ({ instance }: Participant): boolean =>
  instance.binlogEnabled && !instance.logsReplicaUpdates;

/** Why a server that does not log what it applies cannot continue the failed primary's log; null when it can. */
export function cannotContinue(
  one: Participant,
  participants: readonly Participant[],
  input: FailoverInput,
): Objection | null {
  const { name } = one;
  const no = (rule: string, why: string): Objection => ({ subject: name, rule, explanation: `${name} ${why}` });
  // Who goes below a binlog server only to read on there is none of them.
  const direct = participants.filter((reader) => wasDirect(reader, input));
  if (direct.length === 0 || !direct.every(isBinlogServer))
    return no('no-replica-updates', 'does not log what it applies (log_replica_updates is off)');
  const rest = restOf(one, input);
  if (rest !== null && isContinued(rest)) return null;
  const [end, own] = [endFor(one, participants, input), one.instance.ownCoordinates];
  if (end === null || own === null) return no('log-unknown', 'does not tell where its own log ends');
  const [at, to] = [logFileNumber(own.file) ?? 0, logFileNumber(nextLogFile(end.file)) ?? 0];
  if (nextLogFile(own.file, to - at) !== nextLogFile(end.file))
    return no('log-name', `calls its logs ${own.file}, which cannot continue ${end.file} of the failed primary`);
  // It may have been brought there by a process of ours that died.
  const isThere = at === to && own.position <= EMPTY_FILE_BYTES;
  if (at >= to && !isThere)
    return no(
      'log-ahead',
      `has come to ${own.file} itself, which is past ${end.file}, where the failed primary's log ends`,
    );
  if (to - at > MOST_FLUSHES)
    return no('log-far-behind', `would have to begin ${to - at} log files to come to ${end.file}`);
  return null;
}

/** Where the failed primary's log ends for this server, as far as anybody it can read from has it. */
function endFor(
  one: Participant,
  participants: readonly Participant[],
  input: FailoverInput,
): BinlogCoordinates | null {
  const own = reachOf(one, input);
  const held = logHolders(participants, input)[0]?.wholeEnd ?? null;
  return own !== null && held !== null && compareCoordinates(held, own) > 0 ? held : own;
}

/** Its own log has come to the file after the one where the failed primary's ends for it. */
export const isContinued = ({ executed, own }: RestPlace): boolean =>
  own !== null && own.file === nextLogFile(executed.file);

/** At rest, its log is brought to the file after that one. Older files go: their names mean other transactions to whoever reads them. */
export function continueSteps(
  stage: string,
  one: Participant,
  participants: readonly Participant[],
  input: FailoverInput,
): Step[] {
  const end = endFor(one, participants, input);
  const own = one.instance.ownCoordinates;
  if (end === null || own === null) return [];
  const wanted = nextLogFile(end.file);
  const count = (logFileNumber(wanted) ?? 0) - (logFileNumber(own.file) ?? 0);
  const flushes = Array.from({ length: Math.max(0, count) }, (_, index) => {
    const file = nextLogFile(own.file, index + 1);
    const why = `${one.name} continues the failed primary's log at ${wanted}`;
    return commandStep(`${stage} ${index + 1}`, one, { kind: 'flush-binary-logs' }, why, {
      unless: { kind: 'own-log-at-least', file },
      ensures: { kind: 'own-log-at-least', file },
    });
  });
  // Its own replicas, should it have any, may still read them.
  if (one.record.position.replicas.length > 0) return flushes;
  const why = `older logs of ${one.name} bear names of the failed primary's, with other contents`;
  return [
    ...flushes,
    commandStep(stage, one, { kind: 'purge-binary-logs', file: wanted }, why, { isDestructive: true }),
  ];
}

/** Where a binlog server that holds all of the old log reads on: a new file, from its beginning. */
export const continuedAt = ({ own }: RestPlace): BinlogCoordinates | null =>
  own === null ? null : { ...own, position: 4 };
