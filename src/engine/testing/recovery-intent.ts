/** An invented intent for tests of recoveries; nothing outside tests imports this. */
import type { RecoveryIntent } from '../ports.ts';

/** What a process that is gone began: automatic, registered, nothing chosen yet. */
export const inventIntent = (
  given: Pick<RecoveryIntent, 'failed' | 'members'> & Partial<RecoveryIntent>,
): RecoveryIntent => ({
  uid: 'u',
  recoveryId: 1,
  epoch: 7,
  clusterName: 'c',
  failedServerUuid: null,
  failedServerId: 1,
  phase: 'registered',
  owner: 'before:1',
  successor: null,
  isForced: false,
  candidate: null,
  command: '',
  skipHooks: false,
  livePrimary: 'call-off',
  foundPrimary: null,
  updatedAtMs: 0,
  ...given,
});
