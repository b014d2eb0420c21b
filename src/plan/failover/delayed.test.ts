import { describe, expect, it } from 'vitest';
import type { Instance } from '../../model/instance.ts';
import { formatKey, parseKey } from '../../model/instance-key.ts';
import { instanceOf, mariadbReplica, recordOf, replicationOf, uuidOf } from '../../model/testing/instances.ts';
import type { Refusal, Step } from '../plan.ts';
import { planFamily } from '../testing/family.ts';
import type { FailoverInput } from './input.ts';
import { type FailoverPlan, planFailover } from './plan-failover.ts';

const FAILED = '10.0.0.1:3306';
const REPLICA = '10.0.0.2:3306';
const STOPPED = { state: 'stopped', errorNumber: 0, errorText: '' } as const;

function planFor(replica: Instance, changes: Partial<FailoverInput> = {}): FailoverPlan | Refusal {
  const semiSync = { ...instanceOf(FAILED).semiSync, available: true, sourceEnabled: true, waitForReplicaCount: 1 };
  return planFailover({
    clusterName: FAILED,
    failed: parseKey(FAILED, 3306),
    records: [instanceOf(FAILED, { semiSync }), replica].map((instance) => recordOf(instance)),
    fresh: new Set([formatKey(replica.key)]),
    family: new Set([REPLICA]),
    explicitCandidate: null,
    committedSuccessor: null,
    excluded: [],
    silenced: new Set([REPLICA]),
    seen: new Map(),
    settings: {
      promotionDrainTimeoutMs: 1_000,
      preventCrossDataCenter: false,
      preventCrossRegion: false,
      failPromotionOnLagMinutes: 0,
      postponeOnLagMinutes: 0,
      failIfApplierNotUpToDate: false,
      isPromotionIgnored: () => false,
      applyPromotion: true,
      semiSyncStatusMaxAgeMs: 15_000,
      mustPromoteOtherCoPrimary: true,
    },
    ...changes,
  });
}

function stepsOf(plan: FailoverPlan | Refusal, stageName: string): readonly Step[] {
  if (plan.kind === 'refusal') throw new Error(plan.reason);
  return plan.stages
    .filter(({ name }) => name === stageName)
    .flatMap(({ lanes }) => lanes.flatMap(({ steps }) => steps));
}

const wordsOf = (steps: readonly Step[]): readonly string[] =>
  steps.map(({ action, ensures }) => (action.kind === 'command' ? action.command.kind : `wait ${ensures?.kind}`));

const silencedReplica = (executed: string, received: string): Instance =>
  instanceOf(REPLICA, {
    isReadOnly: true,
    isSuperReadOnly: true,
    executedGtid: executed,
    replication: replicationOf(FAILED, { receiver: STOPPED, receivedGtid: received, delaySeconds: 3_600 }),
  });

describe('a delayed successor on MySQL 5.7 and later', () => {
  it('keeps its relay log: the receiver is started while the delay is lifted', () => {
    const uuid = uuidOf(1);
    const steps = stepsOf(planFor(silencedReplica(`${uuid}:1-5`, `${uuid}:1-50`)), 'drain');
    expect(wordsOf(steps)).toEqual([
      'start-receiver',
      'stop-applier',
      'set-delay',
      'start-applier',
      'stop-receiver',
      'wait drained',
    ]);
    expect(steps[2]?.requires).toEqual({ kind: 'receiver-started' });
  });

  it('that lost its relay log on the way, and so looks drained, is held to what it was seen to have', () => {
    const uuid = uuidOf(1);
    const seen = new Map([[REPLICA, new Set([`${uuid}:1-50`])]]);
    const steps = stepsOf(planFor(silencedReplica(`${uuid}:1-5`, ''), { seen }), 'promote');
    expect(wordsOf(steps)[0]).toBe('wait has-executed');
    expect(steps[0]?.ensures).toEqual({ kind: 'has-executed', gtid: `${uuid}:1-50` });
  });
});

describe('a delayed successor on MariaDB', () => {
  const delayed = (executed: string, received: string): Instance =>
    mariadbReplica(
      REPLICA,
      FAILED,
      { isReadOnly: true, executedGtid: executed },
      { receivedGtid: received, delaySeconds: 60 },
    );

  it('will do when it has executed all it received', () => {
    expect(planFor(delayed('0-1-50', '0-1-50'))).toMatchObject({ kind: 'plan' });
  });

  it('is refused while anything is un-applied', () => {
    expect(planFor(delayed('0-1-5', '0-1-50'))).toMatchObject({
      kind: 'refusal',
      objections: [{ subject: REPLICA, rule: 'delayed' }],
    });
  });
});

describe('a successor that takes writes already', () => {
  it('is not promoted again, whatever a quick reading says of semi-sync', () => {
    const promoted = instanceOf(REPLICA, {
      semiSync: { ...instanceOf(REPLICA).semiSync, available: true, replicaEnabled: true },
    });
    const plan = planFor(promoted, { committedSuccessor: parseKey(REPLICA, 3306) });
    expect(stepsOf(plan, 'promote')).toEqual([]);
  });
});

describe('a delayed successor that must catch up first', () => {
  const plan = (delaySeconds: number, applier: 'running' | 'stopped') =>
    planFamily('9.7', {
      a: { rule: 'prefer', received: 5, delaySeconds, applier },
      b: { received: 10 },
    });

  it.each(['running', 'stopped'] as const)('is hurried with both threads at rest (applier %s before)', (applier) => {
    const steps = stepsOf(plan(3_600, applier), 'catch-up');
    expect(wordsOf(steps).slice(0, 4)).toEqual(['stop-applier', 'set-delay', 'start-applier', 'change-source']);
    expect(steps.slice(0, 2).map(({ requires }) => requires?.kind)).toEqual(['drained', 'drained']);
  });

  it('else goes there as it is', () => {
    expect(wordsOf(stepsOf(plan(0, 'running'), 'catch-up'))[0]).toBe('change-source');
  });
});
