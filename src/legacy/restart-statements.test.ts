import { expect, test } from 'vitest';
import { inventServer } from '../analysis/testing/records.ts';
import type { Instance } from '../model/instance.ts';
import { restartStatements } from './restart-statements.ts';

const replica = (change: Partial<NonNullable<Instance['replication']>> = {}, flavour = 'mysql'): Instance => {
  const { instance } = inventServer(2, { source: 1 });
  if (instance?.replication == null) throw new Error('no replica was invented');
  return {
    ...instance,
    version: { ...instance.version, flavour: flavour as Instance['version']['flavour'] },
    replication: { ...instance.replication, ...change },
  };
};

test('threads that run are stopped and started, the receiver outside', () => {
  expect(restartStatements(replica(), 'replica', 'select 1; ')).toEqual([
    'stop replica io_thread;',
    'stop replica sql_thread;',
    'select 1;',
    'start replica sql_thread;',
    'start replica io_thread;',
  ]);
});

test('what stands still stays so', () => {
  const applier = { state: 'stopped', errorNumber: 0, errorText: '' } as const;
  expect(restartStatements(replica({ applier }), 'slave', '')).toEqual([
    'stop slave io_thread;',
    'start slave io_thread;',
  ]);
});

test('a named channel is named, in the words of the flavour', () => {
  expect(restartStatements(replica({ channel: 'east' }), 'replica', '')[0]).toBe(
    "stop replica io_thread for channel 'east';",
  );
  expect(restartStatements(replica({ channel: 'east' }, 'mariadb'), 'slave', '')[0]).toBe(
    "stop slave 'east' io_thread;",
  );
});

test('a server without a source has none', () => {
  const { instance } = inventServer(1, {});
  expect(() => restartStatements(instance as Instance, 'replica', '')).toThrow('instance is not a replica');
});
