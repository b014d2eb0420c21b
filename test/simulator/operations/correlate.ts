import type { PseudoGtid } from '../../../src/engine/pseudo-gtid/answers.ts';
import { formatKey } from '../../../src/model/instance-key.ts';
import { endOf, place } from '../sim-log.ts';
import { nameOf } from '../transactions.ts';
import type { World } from '../world.ts';

/** So many transactions back there is always a Pseudo-GTID entry. */
const SINCE_MARKER = 4;

/** The other server has not come as far, or has something else there. */
export const NOT_THERE = 'its last entries are not there';

/** What the search by Pseudo-GTID finds in a simulated world: where one server's latest history stands in another's log. */
export const correlateIn =
  (world: World): PseudoGtid['correlate'] =>
  async (instance, destination) => {
    const [server, other] = [world.byKey(instance.key), world.byKey(destination.key)];
    const refused = (reason: string) =>
      ({ kind: 'refused', code: 'different', reason: `${formatKey(instance.key)}: ${reason}` }) as const;
    if (server === null || other === null || !server.isUp || !other.isUp) return refused('a server does not answer');
    const tail = server.history.slice(-SINCE_MARKER).map(nameOf);
    const last = tail.at(-1);
    const names = other.log.entries.map(({ transaction }) => nameOf(transaction));
    const index = last === undefined ? -1 : names.lastIndexOf(last);
    const entry = other.log.entries[index];
    const matched = names.slice(Math.max(0, index - tail.length + 1), index + 1);
    if (entry === undefined || matched.join() !== tail.join()) return refused(NOT_THERE);
    return {
      kind: 'matched',
      coordinates: place(other.log, entry.file, entry.end),
      eventsMatched: tail.length,
      marker: '',
      instanceEnd: endOf(server.log),
    };
  };
