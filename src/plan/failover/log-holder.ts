import { type BinlogCoordinates, compareCoordinates } from '../../model/coordinates.ts';
import { sameKey } from '../../model/instance-key.ts';
import type { FailoverInput, Participant } from './input.ts';
import { restOf } from './places.ts';
import { dataServers, isBinlogServer, readsFailedLog } from './readers.ts';

/** A binlog server that can still be read from, and where its copy of the failed primary's log ends. */
export interface LogHolder {
  readonly server: Participant;
  readonly end: BinlogCoordinates;
  /** The end of the last whole transaction, where that is known to be another place: somebody read to the end, and rests before it. */
  readonly wholeEnd: BinlogCoordinates;
}

/**
 * Those that answer and read the failed primary's log still, who holds most of it first. Also one that could not be silenced: what it
 * holds is not given up for that.
 */
export function logHolders(participants: readonly Participant[], input: FailoverInput): readonly LogHolder[] {
  return participants
    .filter(isBinlogServer)
    .filter(({ instance }) => readsFailedLog(instance, input))
    .flatMap((server) => {
      // It applies nothing, so that its place tells at once; the historic rules go by the same one.
      const end = server.instance.replication?.executedCoordinates;
      return end === undefined ? [] : [{ server, end, wholeEnd: wholeEndOf(end, participants, input) }];
    })
    .toSorted((a, b) => compareCoordinates(b.end, a.end));
}

/** A binlog server may pass on half a transaction, and cannot tell: who came to rest after having read it all can. */
function wholeEndOf(
  end: BinlogCoordinates,
  participants: readonly Participant[],
  input: FailoverInput,
): BinlogCoordinates {
  for (const one of dataServers(participants)) {
    const rest = restOf(one, input);
    const read = one.instance.replication?.readCoordinates;
    if (rest === null || read === undefined || compareCoordinates(read, end) < 0) continue;
    if (compareCoordinates(rest.executed, end) < 0) return rest.executed;
  }
  return end;
}

/** The one from which this server gets what it has not received; null when it has all that any binlog server holds. */
export function lacksOf(
  one: Participant,
  participants: readonly Participant[],
  input: FailoverInput,
): LogHolder | null {
  const { replication } = one.instance;
  if (replication === null || !readsFailedLog(one.instance, input)) return null;
  const [most, ...others] = logHolders(participants, input);
  if (most === undefined || compareCoordinates(receivedBy(one), most.end) >= 0) return null;
  // Where several hold as much, it stays where it is.
  return [most, ...others].find((holder) => isBelow(one, holder) && holdsAsMuch(holder, most)) ?? most;
}

const holdsAsMuch = (a: LogHolder, b: LogHolder): boolean => compareCoordinates(a.end, b.end) >= 0;

export const isBelow = ({ instance }: Participant, { server }: LogHolder): boolean =>
  instance.replication !== null && sameKey(instance.replication.source, server.key);

/** How far it has received the failed primary's log; half a transaction counts. */
export function receivedBy({ instance: { replication } }: Participant): BinlogCoordinates {
  if (replication === null) return { kind: 'binlog', file: '', position: 0 };
  const { readCoordinates: read, executedCoordinates: executed } = replication;
  return compareCoordinates(read, executed) < 0 ? executed : read;
}
