import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey } from '../../model/instance-key.ts';
import { type RestartDeps, restartReceiver } from '../receivers/restart-receiver.ts';
import type { Suspicion } from './suspicion.ts';

/** A crash is noticed by every receiver within milliseconds; only what lasts longer is worth disturbing them. */
const NOT_BEFORE_MS = 500;
/** Refused while they say Yes: most likely it shuts down in order (see suspicion.ts), and they shall go on hearing it. */
const NOT_BEFORE_IF_REFUSED_MS = 1_500;
/** A receiver is not restarted again before this has passed. */
const AGAIN_AFTER_MS = 10_000;

/**
 * Makes replicas that still say Yes look at their source again, by restarting their receivers: a healthy source is reconnected
 * within tens of milliseconds. One that rests is started only where `mayStart` says that it was not stopped by a person. `nowMs`: of the
 * suspicion's own clock.
 */
export function askToLookAgain(
  deps: RestartDeps,
  suspicion: Suspicion,
  replicas: readonly { readonly key: InstanceKey; readonly mayStart: boolean }[],
  { nowMs, elapsedMs }: { readonly nowMs: number; readonly elapsedMs: number },
  probeDeadlineMs: number,
): void {
  const { logger } = deps;
  const isRefused = suspicion.lastKnock?.result === 'refused';
  if (elapsedMs < (isRefused ? NOT_BEFORE_IF_REFUSED_MS : NOT_BEFORE_MS)) return;
  for (const { key, mayStart } of replicas) {
    const before = suspicion.restartedAtMs(key);
    if (before !== null && nowMs - before < AGAIN_AFTER_MS) continue;
    suspicion.receiverRestarted(key, nowMs);
    restartReceiver(key, suspicion.key, deps, { mayStart, probeDeadlineMs }).catch((thrown) =>
      logger.error({ err: thrown, server: formatKey(key) }, 'restarting a receiver failed'),
    );
  }
}
