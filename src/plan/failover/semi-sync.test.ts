import { describe, expect, it } from 'vitest';
import type { SemiSyncStatus } from '../../model/instance.ts';
import { formatKey, parseKey } from '../../model/instance-key.ts';
import { instanceOf, recordOf, replicationOf } from '../../model/testing/instances.ts';
import { type FailoverPlan, planFailover } from './plan-failover.ts';

const FAILED = parseKey('10.0.0.1:3306', 3306);
const OFF: SemiSyncStatus = { ...instanceOf(formatKey(FAILED)).semiSync, available: true, waitForReplicaCount: 1 };
const STOPPED = { state: 'stopped', errorNumber: 2003, errorText: '' } as const;

/** A plan after the silence, for a primary that waited for acknowledgements and two replicas, which acknowledge or do not. */
function planOf(
  replicasAcknowledge: boolean,
  {
    isStoppedByPerson = false,
    relayLogRecovery = false,
    wasSemiSync = true,
    isThoughtOn = false,
    isFarBehind = false,
    successorWaitsFor = 1,
  } = {},
): FailoverPlan {
  const failed = instanceOf(formatKey(FAILED), { semiSync: { ...OFF, sourceEnabled: wasSemiSync } });
  const replicas = ['10.0.0.2:3306', '10.0.0.3:3306'].map((name) =>
    instanceOf(name, {
      isReadOnly: true,
      relayLogRecovery,
      lagSeconds: isFarBehind ? 600 : 0,
      replication: replicationOf(formatKey(FAILED), {
        receiver: isStoppedByPerson ? { ...STOPPED, errorNumber: 0 } : STOPPED,
      }),
      semiSync: {
        ...OFF,
        replicaEnabled: replicasAcknowledge,
        sourceEnabled: isThoughtOn,
        waitForReplicaCount: successorWaitsFor,
      },
    }),
  );
  const plan = planFailover({
    clusterName: 'c',
    failed: FAILED,
    records: [failed, ...replicas].map((instance) => recordOf(instance)),
    fresh: new Set(replicas.map(({ key }) => formatKey(key))),
    family: new Set(replicas.map(({ key }) => formatKey(key))),
    explicitCandidate: null,
    committedSuccessor: null,
    excluded: [],
    silenced: new Set(),
    seen: new Map(),
    settings: {
      promotionDrainTimeoutMs: 1_000,
      preventCrossDataCenter: false,
      preventCrossRegion: false,
      failPromotionOnLagMinutes: 0,
      postponeOnLagMinutes: 5,
      failIfApplierNotUpToDate: false,
      isPromotionIgnored: () => false,
      applyPromotion: true,
      semiSyncStatusMaxAgeMs: 15_000,
      mustPromoteOtherCoPrimary: true,
    },
  });
  if (plan.kind === 'refusal') throw new Error(plan.reason);
  return plan;
}

function commandsOf(...given: Parameters<typeof planOf>): string[] {
  const plan = planOf(...given);
  const steps = plan.stages.flatMap(({ lanes }) => lanes.flatMap((lane) => lane.steps));
  return steps.flatMap(({ action }) => (action.kind === 'command' ? [action.command.kind] : []));
}

describe('semi-sync after a failover', () => {
  it('is kept where siblings acknowledge', () => {
    expect(commandsOf(true)).toContain('set-semi-sync');
  });

  it('is switched on also where it was on at the last full reading: it may have been switched off since', () => {
    expect(commandsOf(true, { isThoughtOn: true })).toContain('set-semi-sync');
  });

  it('is left off where nobody would acknowledge: every commit would wait for the time-out', () => {
    expect(commandsOf(false)).not.toContain('set-semi-sync');
  });

  it('is left off where the siblings do not receive, because a person has stopped their receivers', () => {
    expect(commandsOf(true, { isStoppedByPerson: true })).not.toContain('set-semi-sync');
  });

  it('is left off where the successor waits for more than there are siblings, though the failed primary did not', () => {
    expect(commandsOf(true, { successorWaitsFor: 2 })).not.toContain('set-semi-sync');
  });

  it('is left off where the siblings are far behind, and so are re-pointed when the hooks are over', () => {
    expect(commandsOf(true, { isFarBehind: true })).not.toContain('set-semi-sync');
  });
});

describe('relay_log_recovery=1 of replicas that acknowledge', () => {
  const saying = (...given: Parameters<typeof planOf>): readonly string[] =>
    planOf(...given).reasons.filter((reason) => reason.includes('relay_log_recovery'));

  it('is named among the reasons, since a crash of theirs would have lost acknowledged rows', () => {
    expect(saying(true, { relayLogRecovery: true })).toEqual([
      expect.stringMatching(/^10\.0\.0\.2:3306, 10\.0\.0\.3:3306 run with relay_log_recovery=1/),
    ]);
  });

  it('is not spoken of where nothing was promised, or nobody has it', () => {
    expect(saying(true)).toEqual([]);
    expect(saying(false, { relayLogRecovery: true })).toEqual([]);
    expect(saying(true, { relayLogRecovery: true, wasSemiSync: false })).toEqual([]);
  });
});
