import type { Instance } from '../../model/instance.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey } from '../../model/instance-key.ts';
import { isOracleFamily } from '../../model/version.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Clock, Logger, Servers } from '../ports.ts';

const STATEMENT_DEADLINE_MS = 2_000;
const START_TRIES = 3;
const START_PAUSE_MS = 100;

export interface RestartDeps {
  readonly servers: Servers;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Makes a replica look at its source anew: its receiver is stopped and started. On MariaDB only while the applier runs, read
 * immediately before, since otherwise the relay log would be lost (design §4). A receiver that rests is started only with
 * `mayStart`; one that is connecting is left to it. `source` is named in the log.
 */
export async function restartReceiver(
  key: InstanceKey,
  source: InstanceKey,
  { servers, fleet, clock, logger }: RestartDeps,
  options: { readonly mayStart: boolean; readonly probeDeadlineMs: number },
): Promise<void> {
  const previous = fleet.recordOf(key)?.instance ?? null;
  const reading = await servers.probe(key, {
    deadlineMs: options.probeDeadlineMs,
    depth: 'replication',
    previous,
  });
  if (reading.kind === 'failed') return;
  const { instance } = reading;
  const applierRuns = instance.replication?.applier.state === 'running';
  const state = instance.replication?.receiver.state;
  const isAtRest = state === 'stopped' && options.mayStart;
  if ((state !== 'running' && !isAtRest) || (!isOracleFamily(instance.version) && !applierRuns)) return;
  logger.info({ server: formatKey(key), source: formatKey(source) }, 'receiver restarted, to look at its source again');
  if (!isAtRest) await tell(instance, 'stop-receiver');
  // A receiver left stopped would be taken for stopped by a person: no witness, and not started after a failover.
  for (let tries = 0; tries < START_TRIES; tries += 1) {
    if (await tell(instance, 'start-receiver')) return;
    await clock.sleep(START_PAUSE_MS);
  }

  async function tell(told: Instance, kind: 'stop-receiver' | 'start-receiver'): Promise<boolean> {
    const outcome = await servers.execute(told, { kind }, { deadlineMs: STATEMENT_DEADLINE_MS });
    if (outcome.kind === 'done') return true;
    logger.warn({ server: formatKey(key), failure: outcome.failure.message }, 'restarting a receiver failed');
    return false;
  }
}
