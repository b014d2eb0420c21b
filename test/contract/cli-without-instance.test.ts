import { expect, test } from 'vitest';
import { runTestCli as run } from './support/cli.ts';

// Where the historic program wants -i; all the others are about the server on this machine without it.
const NEEDING_INSTANCE = [
  ...['take-siblings', 'enslave-siblings', 'regroup-replicas', 'move-up-replicas', 'take-master', 'enslave-master'],
  ...['regroup-replicas-bls', 'regroup-replicas-gtid', 'regroup-replicas-pgtid', 'match-up-replicas'],
  ...['change-master-credentials', 'detach-replica-master-host', 'detach-replica', 'detach-slave'],
  ...['reattach-replica-master-host', 'reattach-replica', 'reattach-slave'],
];
const WITHOUT = [
  ...[
    ...NEEDING_INSTANCE,
    'take-master --dry-run',
    'match-replicas -d 10.0.0.1:11',
    'take-master -i=',
    'take-master -i ,',
  ],
  ...['move-up -i ,', 'submit-pool-instances -pool p', 'submit-pool-instances -pool p -noop'],
];

test.each(WITHOUT)('%s: no server is named, and none is touched', async (words) => {
  const { code, out, err, orchestrator } = await run(`-c ${words}`.split(' '));
  expect([code, out, orchestrator.calls]).toEqual([1, '', []]);
  expect(err).toMatch(/ FATAL Cannot deduce instance: name one with -i host\[:port\]\n$/);
});

test('the others are about the server on this machine', async () => {
  const { orchestrator } = await run(['-c', 'stop-replica']);
  expect(orchestrator.calls).toEqual(['stop-replica 10.0.0.1:1 by orc']);
});

test('a pool is emptied by an empty list, which must be given', async () => {
  const { code, orchestrator } = await run(['-c', 'submit-pool-instances', '-pool', 'read', '-i', '']);
  expect([code, orchestrator.calls]).toEqual([0, ['submit-pool read ']]);
});
