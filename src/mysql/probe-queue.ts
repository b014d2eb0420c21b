import type { Clock, ProbeOutcome, ProbeRequest } from '../engine/ports.ts';
import { messageOf } from '../model/error.ts';
import { formatKey, type InstanceKey } from '../model/instance-key.ts';
import { startDeadline } from './deadline.ts';
import { deadlineFailure } from './failure.ts';
import type { Prober } from './prober.ts';

/*
 * At most one probe of a server is under way.
 *
 * A caller may share the probe that is under way only while its reading has not begun: whoever asks after having changed
 * something must not get what was read before. Otherwise callers share the one that follows. When the probe under way
 * fails, everybody who waits gets that failure: the server does not answer, and it was seen after they asked.
 *
 * A probe that waited has the time of its most patient asker. When all have given up before its turn, it is not made at all:
 * asked with no time left, it would end a good session.
 */

interface Turn {
  readonly request: ProbeRequest;
  readonly answer: Promise<ProbeOutcome>;
  hasBegun: boolean;
  /** When the last of its askers gives up, monotonic milliseconds. */
  untilMs: number;
  /** How many have not heard of their deadline yet. */
  askers: number;
  settle(outcome: ProbeOutcome): void;
}

/** Orders the probes of one server. The returned function never rejects. */
export function createProbeQueue(
  clock: Clock,
  key: InstanceKey,
  prober: Prober,
): (request: ProbeRequest) => Promise<ProbeOutcome> {
  let running: Turn | null = null;
  let waiting: Turn[] = [];

  function newTurn(request: ProbeRequest): Turn {
    let settle: (outcome: ProbeOutcome) => void = () => undefined;
    const answer = new Promise<ProbeOutcome>((resolve) => {
      settle = resolve;
    });
    const untilMs = clock.monotonicMs() + request.deadlineMs;
    return { request, answer, hasBegun: false, untilMs, askers: 0, settle: (outcome) => settle(outcome) };
  }

  async function start(turn: Turn): Promise<void> {
    running = turn;
    const deadlineMs = Math.max(1, turn.untilMs - clock.monotonicMs());
    const outcome = await prober
      .run({ ...turn.request, deadlineMs }, () => {
        turn.hasBegun = true;
      })
      .catch((thrown: unknown) => unreadable(key, thrown));
    running = null;
    turn.settle(outcome);
    const rest = waiting;
    waiting = [];
    if (outcome.kind === 'failed') for (const waiter of rest) waiter.settle(outcome);
    else {
      // Neither those whose askers have gone, nor those that have yet to hear that their time is up: timers run early, and late.
      const [next, ...others] = rest.filter(({ askers, untilMs }) => askers > 0 && untilMs > clock.monotonicMs());
      waiting = others;
      if (next !== undefined) void start(next);
    }
  }

  return (request) => {
    if (running === null) {
      const turn = newTurn(request);
      void start(turn);
      return turn.answer;
    }
    const shareable = [running, ...waiting].find(
      (turn) =>
        !turn.hasBegun &&
        (turn.request.depth === 'full' || request.depth === 'replication') &&
        turn.request.withoutLogEnd === request.withoutLogEnd,
    );
    if (shareable !== undefined) {
      shareable.untilMs = Math.max(shareable.untilMs, clock.monotonicMs() + request.deadlineMs);
      return withinDeadline(clock, key, shareable, request.deadlineMs);
    }
    const turn = newTurn(request);
    waiting.push(turn);
    return withinDeadline(clock, key, turn, request.deadlineMs);
  };
}

/** Our own mistake, not the server's: it counts as alive, so that nobody is replaced because of it. */
function unreadable(key: InstanceKey, thrown: unknown): ProbeOutcome {
  const message = `${formatKey(key)} could not be read: ${messageOf(thrown)}; please report this`;
  return {
    kind: 'failed',
    failure: { kind: 'answered', errorNumber: null, message },
    isPartial: true,
    latencyMs: 0,
  };
}

/** The shared answer, or this caller's own deadline if that comes first. */
function withinDeadline(clock: Clock, key: InstanceKey, turn: Turn, deadlineMs: number): Promise<ProbeOutcome> {
  turn.askers += 1;
  return new Promise((resolve) => {
    const cancel = startDeadline(clock, deadlineMs, () => {
      turn.askers -= 1;
      resolve({
        kind: 'failed',
        failure: deadlineFailure(key, 'answer the probe', deadlineMs),
        isPartial: false,
        latencyMs: deadlineMs,
      });
    });
    void turn.answer.then((outcome) => {
      cancel();
      resolve(outcome);
    });
  });
}
