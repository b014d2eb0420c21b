import type { ReplicationThread, ThreadState } from '../model/instance.ts';
import type { InstanceKey } from '../model/instance-key.ts';

/** What one replica says about its connection to the primary, from a fresh reading. */
export interface Testimony {
  readonly key: InstanceKey;
  readonly receiverState: ThreadState;
  /** 0 = no error. */
  readonly receiverErrorNumber: number;
  /** Since when it has been seen connecting without a break, epoch milliseconds; null or absent = it is not. */
  readonly connectingSinceMs?: number | null;
  /** The receiver was stopped by a person (see isStoppedByOperator), so its silence means nothing. */
  readonly isOperatorStopped: boolean;
  /** An earlier recovery of ours stopped its receiver, and may be asked to start it. */
  readonly isSilencedByUs?: boolean;
  readonly isDowntimed: boolean;
  /** The replica answered after the suspicion arose. */
  readonly isFresh: boolean;
  /** The receiver got an event or a heartbeat from the primary after the suspicion arose, or within the heartbeat period. */
  readonly hasFreshHeartbeat: boolean;
}

/**
 * Client errors by which a connecting receiver says "nobody is there": 2002/2003 cannot connect, 2013 lost during the
 * handshake or a read, 2026 the TLS handshake broke off. Not 2005 (the name does not resolve: a fault of DNS) and
 * not 2006 (an old connection is gone: the next attempt says which of the others it is). Server errors such as 1040,
 * 1045 and 1129 are answers, so whoever sends them is alive. Source: design rule "when to act".
 */
const DEAD_SOURCE_ERRORS: ReadonlySet<number> = new Set([2002, 2003, 2013, 2026]);

/** True when a receiver with this error number could not reach its source at all. */
export const saysSourceIsDead = (errorNumber: number): boolean => DEAD_SOURCE_ERRORS.has(errorNumber);

/**
 * Whether a receiver at rest must be taken for stopped by a person. STOP leaves the last connect error standing (seen on
 * MySQL 9.7, 5.6 and MariaDB 10.11), so one that gave up at its retry limit looks the same; in doubt a person's act
 * stands. Another error number (a fatal one of the receiver's own) means that it stopped by itself.
 * @param receiver the replica's receiver thread as read.
 */
export const isStoppedByOperator = (receiver: ReplicationThread): boolean =>
  receiver.state === 'stopped' && (receiver.errorNumber === 0 || saysSourceIsDead(receiver.errorNumber));

/**
 * A healthy source is reconnected within tens of milliseconds. A receiver that has been connecting for this long without
 * even an error meets a server that takes connections and serves none: a frozen process, or packets that vanish.
 * (Its own error would come only after the replica's net timeout, a minute by default.)
 */
export const HUNG_CONNECT_MS = 3000;

/** Testimonies sorted by what they are worth. Every testimony is in exactly one list. */
export interface Hearing {
  /** Connecting, with an error that says nobody is there, or without any answer for HUNG_CONNECT_MS. */
  readonly dead: readonly Testimony[];
  /** Receiver runs and has heard from the primary: the primary lives for somebody. Downtimed replicas count here too. */
  readonly alive: readonly Testimony[];
  /** Receiver runs but has not heard anything lately; or is known to have given up by itself. To be asked again. */
  readonly unsure: readonly Testimony[];
  /** Connecting without an error, not for long. */
  readonly pending: readonly Testimony[];
  /** Connecting, with an error that is an answer or a fault of its own (1045, 1040, 1129, 2005, ...). */
  readonly otherError: readonly Testimony[];
  readonly operatorStopped: readonly Testimony[];
  readonly downtimed: readonly Testimony[];
  /** Did not answer us lately. */
  readonly silent: readonly Testimony[];
}

type Worth = keyof Hearing;

function worthOf(testimony: Testimony, nowMs: number): Worth {
  const { receiverState, receiverErrorNumber } = testimony;
  if (!testimony.isFresh) return 'silent';
  if (receiverState === 'running' && testimony.hasFreshHeartbeat) return 'alive';
  if (testimony.isDowntimed) return 'downtimed';
  if (testimony.isSilencedByUs === true && receiverState === 'stopped') return 'unsure';
  if (testimony.isOperatorStopped || receiverState === 'none') return 'operatorStopped';
  if (receiverState === 'running') return 'unsure';
  if (receiverState === 'stopped') return saysSourceIsDead(receiverErrorNumber) ? 'unsure' : 'otherError';
  if (receiverErrorNumber === 0) return isHung(testimony, nowMs) ? 'dead' : 'pending';
  return saysSourceIsDead(receiverErrorNumber) ? 'dead' : 'otherError';
}

/** True for a receiver that connects without an error and without success for HUNG_CONNECT_MS or longer. */
const isHung = ({ connectingSinceMs }: Testimony, nowMs: number): boolean =>
  connectingSinceMs != null && nowMs - connectingSinceMs >= HUNG_CONNECT_MS;

/** Sorts testimonies by worth at `nowMs` (epoch); the order within a list is the order given. */
export function hear(testimonies: readonly Testimony[], nowMs: number): Hearing {
  const hearing: Record<Worth, Testimony[]> = {
    dead: [],
    alive: [],
    unsure: [],
    pending: [],
    otherError: [],
    operatorStopped: [],
    downtimed: [],
    silent: [],
  };
  for (const testimony of testimonies) hearing[worthOf(testimony, nowMs)].push(testimony);
  return hearing;
}
