import type { Instance } from '../../model/instance.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey } from '../../model/instance-key.ts';
import { isOracleFamily } from '../../model/version.ts';
import type { Fleet } from '../fleet.ts';
import type { Clock, Logger, Servers } from '../ports.ts';
import type { Suspicion } from './suspicion.ts';

/** A crash is noticed by every receiver within milliseconds; only what lasts longer is worth disturbing them. */
const NOT_BEFORE_MS = 500;
/** Refused while they say Yes: most likely it shuts down in order (see suspicion.ts), and they shall go on hearing it. */
const NOT_BEFORE_IF_REFUSED_MS = 1_500;
/** A receiver is not restarted again before this has passed. */
const AGAIN_AFTER_MS = 10_000;
const STATEMENT_DEADLINE_MS = 2_000;
const START_TRIES = 3;
const START_PAUSE_MS = 100;

/**
 * Makes replicas that still say Yes look at their source again, by restarting their receivers: a healthy source is reconnected
 * within tens of milliseconds. On MariaDB only while the applier runs, read immediately before, since otherwise the relay log
 * would be lost (design §4). One that rests is started only where `mayStart` says that it was not stopped by a person.
 */
export function askToLookAgain(
  deps: { readonly servers: Servers; readonly fleet: Fleet; readonly clock: Clock; readonly logger: Logger },
  suspicion: Suspicion,
  replicas: readonly { readonly key: InstanceKey; readonly mayStart: boolean }[],
  elapsedMs: number,
  probeDeadlineMs: number,
): void {
  const { servers, fleet, clock, logger } = deps;
  const isRefused = suspicion.lastKnock?.result === 'refused';
  if (elapsedMs < (isRefused ? NOT_BEFORE_IF_REFUSED_MS : NOT_BEFORE_MS)) return;
  for (const { key, mayStart } of replicas) {
    const before = suspicion.restartedAtMs(key);
    if (before !== null && clock.now() - before < AGAIN_AFTER_MS) continue;
    suspicion.receiverRestarted(key, clock.now());
    restart(key, mayStart).catch((thrown) =>
      logger.error({ err: thrown, server: formatKey(key) }, 'restarting a receiver failed'),
    );
  }

  async function restart(key: InstanceKey, mayStart: boolean): Promise<void> {
    const previous = fleet.recordOf(key)?.instance ?? null;
    const reading = await servers.probe(key, { deadlineMs: probeDeadlineMs, depth: 'replication', previous });
    if (reading.kind === 'failed') return;
    const { instance } = reading;
    const applierRuns = instance.replication?.applier.state === 'running';
    const state = instance.replication?.receiver.state;
    const isAtRest = state === 'stopped' && mayStart;
    if ((state !== 'running' && !isAtRest) || (!isOracleFamily(instance.version) && !applierRuns)) return;
    logger.info(
      { server: formatKey(key), source: formatKey(suspicion.key) },
      'receiver restarted, to look at its source again',
    );
    if (!isAtRest) await tell(instance, 'stop-receiver');
    // A receiver left stopped would be taken for stopped by a person: no witness, and not started after a failover.
    for (let tries = 0; tries < START_TRIES; tries += 1) {
      if (await tell(instance, 'start-receiver')) return;
      await clock.sleep(START_PAUSE_MS);
    }
  }

  async function tell(instance: Instance, kind: 'stop-receiver' | 'start-receiver'): Promise<boolean> {
    const outcome = await servers.execute(instance, { kind }, { deadlineMs: STATEMENT_DEADLINE_MS });
    if (outcome.kind === 'done') return true;
    logger.warn({ server: formatKey(instance.key), failure: outcome.failure.message }, 'restarting a receiver failed');
    return false;
  }
}
