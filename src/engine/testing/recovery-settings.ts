/** Settings of recoveries for tests of one part of the engine; nothing outside tests imports this. */
import type { RecoveriesSettings } from '../recovery/deps.ts';

export const RECOVERY_SETTINGS: RecoveriesSettings = {
  owner: 'here:2',
  periodBlockSeconds: 3_600,
  hearing: { probeDeadlineMs: 500, graces: { cleanShutdownGraceMs: 10_000, primaryRestartGraceMs: 0 } },
  promotionDrainTimeoutMs: 1_000,
  preventCrossDataCenter: false,
  preventCrossRegion: false,
  failPromotionOnLagMinutes: 0,
  postponeOnLagMinutes: 0,
  delayPromotion: false,
  detachLostReplicas: false,
  detachSuccessor: false,
  failIfApplierNotUpToDate: false,
  isPromotionIgnored: () => false,
  applyPromotion: true,
  semiSyncStatusMaxAgeMs: 15_000,
  mustPromoteOtherCoPrimary: true,
  enforceExactSemiSync: false,
  recoverLockedSemiSync: false,
  freshness: { instancePollSeconds: 5, reasonableInstanceCheckSeconds: 1 },
  maxConcurrentOperations: 5,
};
