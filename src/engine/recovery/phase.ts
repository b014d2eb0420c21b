import type { Clock, RecoveryPhase, RecoveryStore } from '../ports.ts';
import { RECOVERY_PHASES } from '../ports.ts';
import type { RecoveryRun } from './run.ts';

/** The recovery goes on to the next phase: written down first, so that our own death finds it there. */
export async function enter(
  run: RecoveryRun,
  phase: RecoveryPhase,
  deps: { readonly store: Pick<RecoveryStore, 'saveIntent'>; readonly clock: Clock },
): Promise<void> {
  run.intent = { ...run.intent, phase, updatedAtMs: deps.clock.now() };
  await deps.store.saveIntent(run.intent);
}

/** True when the recovery has come to this phase, or further. */
export const isPast = (run: RecoveryRun, phase: RecoveryPhase): boolean =>
  RECOVERY_PHASES.indexOf(run.intent.phase) >= RECOVERY_PHASES.indexOf(phase);
