import type { RecoveryKind } from '../../analysis/recovery-kinds.ts';
import type { RecoveryBody } from './body.ts';
import type { RecoveriesSettings } from './deps.ts';
import { createRehomingBody } from './intermediate/body.ts';
import { createNonWriteableBody } from './non-writeable.ts';
import { createSemiSyncBody } from './semi-sync.ts';
import type { TraceDeps } from './traces.ts';

/** The bodies by kind; they are made of operations, with their locks, journal and compensation. A kind without one is not recovered; `dead-primary` has its own course (conduct.ts). */
export type RecoveryBodies = Readonly<Partial<Record<RecoveryKind, RecoveryBody>>>;

export function createBodies(deps: TraceDeps, settings: RecoveriesSettings): RecoveryBodies {
  return {
    'dead-intermediate': createRehomingBody('dead-intermediate', deps, settings),
    'dead-group-member': createRehomingBody('dead-group-member', deps, settings),
    'locked-semi-sync': createSemiSyncBody('too-few', deps, settings),
    'surplus-semi-sync': createSemiSyncBody('too-many', deps, settings),
    'non-writeable-primary': createNonWriteableBody(deps),
  };
}
