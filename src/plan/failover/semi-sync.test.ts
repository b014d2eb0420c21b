import { describe, expect, it } from 'vitest';
import type { SemiSyncStatus } from '../../model/instance.ts';
import { formatKey, parseKey } from '../../model/instance-key.ts';
import { instanceOf, recordOf, replicationOf } from '../../model/testing/instances.ts';
import { planFailover } from './plan-failover.ts';

const FAILED = parseKey('10.0.0.1:3306', 3306);
const OFF: SemiSyncStatus = { ...instanceOf(formatKey(FAILED)).semiSync, available: true, waitForReplicaCount: 1 };
const STOPPED = { state: 'stopped', errorNumber: 2003, errorText: '' } as const;

/** A plan after the silence, for a primary that waited for acknowledgements and two replicas, which acknowledge or do not. */
function commandsOf(replicasAcknowledge: boolean, isStoppedByPerson = false): string[] {
  const failed = instanceOf(formatKey(FAILED), { semiSync: { ...OFF, sourceEnabled: true } });
  const replicas = ['10.0.0.2:3306', '10.0.0.3:3306'].map((name) =>
    instanceOf(name, {
      isReadOnly: true,
      replication: replicationOf(formatKey(FAILED), {
        receiver: isStoppedByPerson ? { ...STOPPED, errorNumber: 0 } : STOPPED,
      }),
      semiSync: { ...OFF, replicaEnabled: replicasAcknowledge },
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
      failIfApplierNotUpToDate: false,
      isPromotionIgnored: () => false,
      applyPromotion: true,
    },
  });
  if (plan.kind === 'refusal') throw new Error(plan.reason);
  const steps = plan.stages.flatMap(({ lanes }) => lanes.flatMap((lane) => lane.steps));
  return steps.flatMap(({ action }) => (action.kind === 'command' ? [action.command.kind] : []));
}

describe('semi-sync after a failover', () => {
  it('is kept where siblings acknowledge', () => {
    expect(commandsOf(true)).toContain('set-semi-sync');
  });

  it('is left off where nobody would acknowledge: every commit would wait for the time-out', () => {
    expect(commandsOf(false)).not.toContain('set-semi-sync');
  });

  it('is left off where the siblings do not receive, because a person has stopped their receivers', () => {
    expect(commandsOf(true, true)).not.toContain('set-semi-sync');
  });
});
