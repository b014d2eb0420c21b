import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey, sameKey } from '../../model/instance-key.ts';
import { mayRestartReceiver } from '../../plan/steps/relay-log.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Clock, Logger, Servers } from '../ports.ts';
import { type ListeningEnd, listenAgain } from './listen-again.ts';
import type { Silences } from './silences.ts';

const STATEMENT_DEADLINE_MS = 2_000;
const START_TRIES = 3;
const START_PAUSE_MS = 100;

export interface RestartDeps {
  readonly servers: Servers;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Who was stopped and not started so far. */
  readonly silences: Silences;
  /** A recovery of the source, or an operation upon the replica, decides whether it listens: it is left to that. */
  isTaken(replica: InstanceKey, source: InstanceKey): boolean;
}

/**
 * Makes a replica look at its source anew: its receiver is stopped and started, where that keeps its relay log. A receiver that rests is
 * started only with `mayStart`; one that is connecting is left to it. Nothing is told to a replica that a recovery or an operation has
 * (isTaken). What cannot be started again within a few tries stays owed.
 */
export async function restartReceiver(
  key: InstanceKey,
  source: InstanceKey,
  { servers, fleet, clock, logger, silences, isTaken }: RestartDeps,
  options: { readonly mayStart: boolean; readonly probeDeadlineMs: number },
): Promise<void> {
  const where = { server: formatKey(key), source: formatKey(source) };
  const previous = fleet.recordOf(key)?.instance ?? null;
  const reading = await servers.probe(key, { deadlineMs: options.probeDeadlineMs, depth: 'replication', previous });
  if (reading.kind === 'failed' || !mayRestartReceiver(reading.instance) || isTaken(key, source)) return;
  const { replication } = reading.instance;
  const state = replication?.receiver.state;
  const isAtRest = state === 'stopped' && options.mayStart;
  if (replication === null || (state !== 'running' && !isAtRest)) return;
  logger.info(where, 'receiver restarted, to look at its source again');
  const followed = replication.source;
  const silence = { key, isReceiverStopped: true, isApplierStopped: false, others: [followed] };
  const debt = isAtRest ? silences.of(key) : silences.hold(source, silence);
  let mayBeStopping = false;
  if (!isAtRest) {
    await debt?.isKept;
    if (isTaken(key, source)) return debt?.leave();
    const stopped = await servers.execute(
      reading.instance,
      { kind: 'stop-receiver' },
      { deadlineMs: STATEMENT_DEADLINE_MS },
    );
    mayBeStopping = stopped.kind === 'failed';
    if (stopped.kind === 'failed')
      logger.warn({ ...where, failure: stopped.failure.message }, 'a receiver did not stop');
  }
  // Stopping may have taken long: what its applier does, whom it follows and who has taken it over is asked at each try.
  const end = await startAgain();
  if (isTaken(key, source)) {
    logger.warn(where, 'a receiver was not started again: a recovery or an operation has taken it over');
    debt?.leave();
  } else if (end.kind !== 'owed') debt?.settle();
  else {
    logger.warn(where, `the receiver was not started again: ${end.reason}; it is started as soon as it can be`);
    debt?.leave();
  }

  async function startAgain(): Promise<ListeningEnd> {
    for (let triesLeft = START_TRIES - 1; ; triesLeft -= 1) {
      const attempt = await listenAgain(
        { ...silence, isApplierStopped: debt?.silence.isApplierStopped === true },
        { servers, fleet },
        {
          readingDeadlineMs: options.probeDeadlineMs,
          mayStart: (now) => !isTaken(key, source) && sameKey(now, followed),
          mayBeStopping,
          audit: () => undefined,
        },
      );
      if (attempt.kind !== 'owed' || triesLeft === 0 || isTaken(key, source)) return attempt;
      await clock.sleep(START_PAUSE_MS);
    }
  }
}
