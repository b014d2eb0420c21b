import { expect, test } from 'vitest';
import type { NewRecovery, RecoveryRegistration, Store } from '../engine/ports.ts';
import type { LiveEvent } from '../engine/use-cases.ts';
import { countRecoveries, createDebugVariables } from './debug-variables.ts';
import { createRecoveryLabels } from './recovery-labels.ts';

/** Series that the Grafana dashboard of existing orchestrators draws. */
const DASHBOARD = [
  ...['attempt', 'fail', 'queue_length', 'recent_count', 'instance_poll_seconds_exceeded'].map(
    (name) => `discoveries.${name}`,
  ),
  ...['read', 'read_topology', 'write'].map((name) => `instance.${name}`),
  ...['dead_master', 'dead_intermediate_master', 'dead_co_master', 'dead_replication_group_member'].flatMap((type) =>
    ['start', 'success', 'fail'].map((end) => `recover.${type}.${end}`),
  ),
  ...['recover.pending', 'elect.is_elected', 'health.is_healthy', 'raft.is_leader', 'raft.is_healthy', 'audit.write'],
];

function scene() {
  let isHealthy = true;
  let tell: (event: LiveEvent) => void = () => undefined;
  const labels = createRecoveryLabels();
  const variables = createDebugVariables({
    isLeader: () => true,
    isHealthy: () => isHealthy,
    queueLength: () => 3,
    deadQueueLength: () => 2,
    recentReadings: () => 7,
    countRecovering: () => recovering.count(),
  });
  const orchestrator = {
    onLiveEvent(listener: (event: LiveEvent) => void) {
      tell = listener;
      return () => undefined;
    },
  };
  const recovering = countRecoveries(orchestrator, variables, labels);
  const registering = (answer: RecoveryRegistration): Store =>
    labels.listening({ recoveries: { registerRecovery: async () => answer } } as unknown as Store);
  return {
    variables,
    registering,
    told: (uid: string, state: 'started' | 'succeeded' | 'failed') =>
      tell({ kind: 'recovery', uid, clusterName: 'c', state }),
    latest: (name: string) => variables.series().find((series) => series.name === name)?.value,
    fallIll: () => {
      isHealthy = false;
    },
  };
}

const recovery = (uid: string, analysis: string) => ({ uid, analysis }) as NewRecovery;

test('every name that dashboards draw is there from the start', () => {
  const { variables, latest, fallIll } = scene();
  expect(variables.series().map(({ name }) => name)).toEqual(expect.arrayContaining(DASHBOARD));
  expect(Object.keys(variables.render('all'))).toEqual(expect.arrayContaining([...DASHBOARD, 'cmdline', 'memstats']));
  expect(Object.keys(variables.render('process'))).toEqual(['cmdline', 'memstats']);
  variables.count('discoveries.attempt');
  fallIll();
  expect(['discoveries.attempt', 'discoveries.queue_length', 'health.is_healthy'].map(latest)).toEqual([1, 3, 0]);
});

test('recoveries are counted by their kind; one that was not registered here counts as that of a primary', async () => {
  const { registering, told, latest } = scene();
  const { recoveries } = registering({ kind: 'registered', recoveryId: 1, epoch: 1 });
  await recoveries.registerRecovery(recovery('i', 'DeadIntermediateMasterAndSomeReplicas'));
  told('i', 'started');
  told('other', 'started');
  expect(latest('recover.pending')).toBe(2);
  told('i', 'failed');
  told('other', 'succeeded');
  expect(
    ['dead_intermediate_master.start', 'dead_intermediate_master.fail', 'dead_master.start', 'dead_master.success'].map(
      (name) => latest(`recover.${name}`),
    ),
  ).toEqual([1, 1, 1, 1]);
  expect([latest('recover.pending'), latest('recover.dead_intermediate_master.success')]).toEqual([0, 0]);
});
