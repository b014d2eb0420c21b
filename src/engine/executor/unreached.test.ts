import { expect, it } from 'vitest';
import type { ReplicationThread } from '../../model/instance.ts';
import { parseKey } from '../../model/instance-key.ts';
import { instanceOf, replicationOf } from '../../model/testing/instances.ts';
import { commandStep } from '../../plan/steps/build.ts';
import { createSystemClock } from '../basis/clock.ts';
import { executionOn } from '../testing/execution.ts';
import { createFakeServers } from '../testing/fakes.ts';
import { planOf } from '../testing/small-plan.ts';
import { createExecutor } from './executor.ts';
import { runPlan } from './run-plan.ts';

/** What becomes of a plan whose replica is to follow a:3306 and never does. */
async function followingWith(receiver: ReplicationThread) {
  const servers = createFakeServers();
  const key = parseKey('b:3306', 3306);
  servers.put('b:3306', instanceOf('b:3306', { replication: replicationOf('a:3306', { receiver }) }));
  const context = executionOn(servers);
  const follow = commandStep('test', { key }, { kind: 'flush-binary-logs' }, 'b follows a', {
    ensures: { kind: 'replicating-from', source: parseKey('a:3306', 3306) },
    deadlineMs: 20,
  });
  const plan = planOf({ name: 'test', lanes: [{ server: key, isRequired: true, steps: [follow] }] });
  return runPlan(plan, createExecutor({ servers, clock: createSystemClock() }), context, context);
}

it('a replica that could not connect is told from one that did and was sent away: no other way would help it', async () => {
  const connecting = { state: 'other', errorNumber: 1045, errorText: 'Access denied' } as const;
  expect(await followingWith(connecting)).toMatchObject({ kind: 'failed', isUnreached: true });
  const purged = { state: 'stopped', errorNumber: 1236, errorText: 'purged' } as const;
  expect(await followingWith(purged)).not.toHaveProperty('isUnreached');
});
