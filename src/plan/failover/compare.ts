import { type BinlogCoordinates, compareCoordinates } from '../../model/coordinates.ts';
import { type Progress, progressOf } from '../../model/received.ts';
import type { FailoverInput, Participant } from './input.ts';
import { logHolders } from './log-holder.ts';
import { floorOf, goByPlace, reachOf } from './places.ts';
import { straysIn, withoutStrays } from './strays.ts';

/** How participants are compared: by place where the whole family goes by place, else each in its own terms, apart from strays. */
export function progressIn(participants: readonly Participant[], input: FailoverInput): (one: Participant) => Progress {
  if (!goByPlace(participants)) {
    const strays = straysIn(participants, input);
    return ({ instance }) => withoutStrays(progressOf(instance), strays);
  }
  const reach = reachIn(participants, input);
  return (one) => {
    const place = reach(one);
    if (one.instance.replication === null || place === null) return progressOf(one.instance);
    // Whoever it has them from, the places are in one log.
    const source = input.failed;
    return { kind: 'coordinates', source, received: place, executed: place, complete: place, completeText: '' };
  };
}

/** How far each can come: to where it has received the log, or to where a binlog server holds it, which it then reads on. */
function reachIn(
  participants: readonly Participant[],
  input: FailoverInput,
): (one: Participant) => BinlogCoordinates | null {
  const held = logHolders(participants, input)[0]?.wholeEnd ?? null;
  return (one) => {
    const own = reachOf(one, input);
    return own !== null && held !== null && compareCoordinates(held, own) > 0 ? held : own;
  };
}

/** Another one has executed more than this one can come to have. */
export function whoIsAhead(
  one: Participant,
  participants: readonly Participant[],
  input: FailoverInput,
): Participant | null {
  const reach = reachIn(participants, input)(one);
  const isPast = (other: Participant): boolean => {
    const floor = floorOf(other, input);
    return floor !== null && reach !== null && compareCoordinates(floor, reach) > 0;
  };
  return participants.find((other) => other !== one && isPast(other)) ?? null;
}
