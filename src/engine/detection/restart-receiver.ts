import type { Instance } from '../../model/instance.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey, sameKey } from '../../model/instance-key.ts';
import { isOracleFamily } from '../../model/version.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Clock, Logger, Servers } from '../ports.ts';
import type { ReceiverRests } from './receiver-rests.ts';

const STATEMENT_DEADLINE_MS = 2_000;
const START_TRIES = 3;
const START_PAUSE_MS = 100;

export interface RestartDeps {
  readonly servers: Servers;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Who was stopped and not started so far. */
  readonly rests: ReceiverRests;
  /** A recovery of the source, or an operation upon the replica, decides whether it listens: it is left to that. */
  isTaken(replica: InstanceKey, source: InstanceKey): boolean;
}

/**
 * Makes a replica look at its source anew: its receiver is stopped and started. On MariaDB only while the applier runs, read
 * immediately before each of the two, since otherwise the relay log would be lost (design §4). A receiver that rests is started only
 * with `mayStart`; one that is connecting is left to it. Nothing is told to a replica that a recovery or an operation has (isTaken).
 */
export async function restartReceiver(
  key: InstanceKey,
  source: InstanceKey,
  { servers, fleet, clock, logger, rests, isTaken }: RestartDeps,
  options: { readonly mayStart: boolean; readonly probeDeadlineMs: number },
): Promise<void> {
  const name = formatKey(key);
  const first = await read();
  if (first === null || !isSafe(first) || isTaken(key, source)) return;
  const state = first.replication?.receiver.state;
  const isAtRest = state === 'stopped' && options.mayStart;
  if (state !== 'running' && !isAtRest) return;
  logger.info({ server: name, source: formatKey(source) }, 'receiver restarted, to look at its source again');
  if (!isAtRest) {
    rests.begin(source, key);
    await tell(first, 'stop-receiver');
  }
  const trouble = await startAgain();
  if (trouble === null) rests.end(source, key);
  else
    logger.warn(
      { server: name, source: formatKey(source) },
      `the receiver of ${name} was not started again: ${trouble}; start-replica does it`,
    );

  /** Null: it was started. Else why not. A receiver left stopped would be taken for stopped by a person: no witness. */
  async function startAgain(): Promise<string | null> {
    let trouble = 'it does not answer';
    for (let tries = 0; tries < START_TRIES; tries += 1) {
      if (tries > 0) await clock.sleep(START_PAUSE_MS);
      // Stopping may have taken long: the applier may have failed meanwhile, and others may have taken the replica over.
      const now = await read();
      if (isTaken(key, source)) return 'a recovery or an operation has taken it over';
      if (now === null) continue;
      const { replication } = now;
      if (replication === null || !sameKey(replication.source, first?.replication?.source ?? source))
        return 'it was given another source meanwhile';
      if (!isSafe(now)) return 'its applier does not run, and its relay log would be thrown away';
      if (await tell(now, 'start-receiver')) return null;
      trouble = 'it refuses to';
    }
    return trouble;
  }

  async function read(): Promise<Instance | null> {
    const reading = await servers.probe(key, {
      deadlineMs: options.probeDeadlineMs,
      depth: 'replication',
      previous: fleet.recordOf(key)?.instance ?? null,
    });
    return reading.kind === 'failed' ? null : reading.instance;
  }

  async function tell(told: Instance, kind: 'stop-receiver' | 'start-receiver'): Promise<boolean> {
    const outcome = await servers.execute(told, { kind }, { deadlineMs: STATEMENT_DEADLINE_MS });
    if (outcome.kind === 'done') return true;
    logger.warn({ server: name, failure: outcome.failure.message }, 'restarting a receiver failed');
    return false;
  }
}

/** Starting or stopping the receiver keeps what was received. */
const isSafe = ({ version, replication }: Instance): boolean =>
  isOracleFamily(version) || replication?.applier.state === 'running';
