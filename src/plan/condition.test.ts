import { describe, expect, it } from 'vitest';
import type { Instance } from '../model/instance.ts';
import { parseKey } from '../model/instance-key.ts';
import { instanceOf, mariadbReplica, replicationOf, uuidOf } from '../model/testing/instances.ts';
import { checkCondition } from './condition.ts';
import type { Condition } from './plan.ts';

const A = uuidOf(1);
const STOPPED = { state: 'stopped', errorNumber: 0, errorText: '' } as const;
const BROKEN = { state: 'stopped', errorNumber: 1062, errorText: 'Duplicate entry' } as const;
const replica = (changes: Parameters<typeof replicationOf>[1] = {}, more: Partial<Instance> = {}): Instance =>
  instanceOf('b', { replication: replicationOf('a:3306', changes), ...more });
const alone = (changes: Partial<Instance> = {}): Instance => instanceOf('b', changes);
const maria = (executedGtid: string): Instance => mariadbReplica('b', 'a:3306', { executedGtid });

describe('conditions that hold', () => {
  it.each<[Condition, Instance]>([
    [{ kind: 'receiver-stopped' }, replica({ receiver: STOPPED })],
    [{ kind: 'receiver-stopped' }, alone()],
    [{ kind: 'applier-stopped' }, replica({ applier: BROKEN })],
    [{ kind: 'applier-running' }, replica()],
    [{ kind: 'replicating-from', source: parseKey('a:3306', 0) }, replica()],
    [
      { kind: 'replicating-from', source: parseKey('virtual:3306', 0) },
      replica({ configuredSource: parseKey('virtual:3306', 0) }),
    ],
    [{ kind: 'drained' }, replica({ receiver: STOPPED })],
    [{ kind: 'drained' }, alone()],
    [{ kind: 'has-executed', gtid: '' }, alone()],
    [{ kind: 'has-executed', gtid: `${A}:1-5` }, alone({ executedGtid: `${A.toUpperCase()}:1-9` })],
    [{ kind: 'has-executed', gtid: '0-1-5' }, maria('0-1-7,1-1-1')],
    [{ kind: 'has-no-source' }, alone()],
    [{ kind: 'read-only', readOnly: true }, alone({ isReadOnly: true })],
    [{ kind: 'read-only', readOnly: false }, alone({ isSuperReadOnly: null })],
    [{ kind: 'same-server', serverUuid: A.toUpperCase(), serverId: 9 }, alone({ serverUuid: A, serverId: 1 })],
    [{ kind: 'same-server', serverUuid: null, serverId: 7 }, alone({ serverUuid: null, serverId: 7 })],
  ])('%o', (condition, instance) => {
    expect(checkCondition(condition, instance)).toEqual({ holds: true });
  });
});

describe('conditions that do not hold are explained', () => {
  it.each<[Condition, Instance, string]>([
    [{ kind: 'receiver-stopped' }, replica(), 'The receiver of b:3306 is not stopped.'],
    [
      { kind: 'receiver-stopped' },
      replica({ receiver: { state: 'other', errorNumber: 2003, errorText: 'connecting' } }),
      'The receiver of b:3306 is not stopped.',
    ],
    [{ kind: 'applier-stopped' }, replica(), 'The applier of b:3306 is not stopped.'],
    [
      { kind: 'applier-running' },
      replica({ applier: BROKEN }),
      'The applier of b:3306 is not running, error 1062: Duplicate entry.',
    ],
    [{ kind: 'applier-running' }, alone(), 'The applier of b:3306 is not running.'],
    [{ kind: 'replicating-from', source: parseKey('a:3306', 0) }, alone(), 'b:3306 has no source.'],
    [
      { kind: 'replicating-from', source: parseKey('c:3306', 0) },
      replica(),
      'b:3306 has a:3306 as its source, not c:3306.',
    ],
    [
      { kind: 'replicating-from', source: parseKey('a:3306', 0) },
      replica({ applier: BROKEN }),
      'b:3306 does not replicate: its applier is not running, error 1062: Duplicate entry.',
    ],
    [{ kind: 'drained' }, replica(), 'The receiver of b:3306 is not stopped.'],
    [
      { kind: 'has-executed', gtid: `${A}:1-5` },
      alone({ executedGtid: `${A}:1-3` }),
      `b:3306 has not executed ${A}:4-5.`,
    ],
    [{ kind: 'has-executed', gtid: '0-1-5' }, maria('0-1-3'), 'b:3306 has not executed 0-1-4..5.'],
    [{ kind: 'has-executed', gtid: '0-1-5' }, maria('0-2-5'), 'b:3306 has not executed 0-1-5.'],
    [
      { kind: 'has-executed', gtid: `${A}:1` },
      maria('0-1-3'),
      `b:3306 is a MariaDB server and cannot have executed ${A}:1.`,
    ],
    [
      { kind: 'has-executed', gtid: '0-1-5' },
      alone(),
      'b:3306 is not a MariaDB server and cannot have executed 0-1-5.',
    ],
    [{ kind: 'has-no-source' }, replica(), 'b:3306 still has a:3306 as its source.'],
    [
      { kind: 'has-no-source' },
      replica({ source: { hostname: '//a', port: 3306 } }),
      'b:3306 still has //a:3306 as its source.',
    ],
    [{ kind: 'read-only', readOnly: true }, alone(), 'b:3306 is not read_only.'],
    [{ kind: 'read-only', readOnly: false }, alone({ isReadOnly: true }), 'b:3306 is still read_only.'],
    [
      { kind: 'read-only', readOnly: false },
      alone({ isReadOnly: true, isSuperReadOnly: true }),
      'b:3306 is still super_read_only.',
    ],
    [
      { kind: 'same-server', serverUuid: A, serverId: 1 },
      alone({ serverUuid: uuidOf(2), serverId: 1 }),
      `Another server answers at b:3306: its uuid is ${uuidOf(2)}, not ${A}.`,
    ],
    [
      { kind: 'same-server', serverUuid: null, serverId: 1 },
      alone({ serverId: 2 }),
      'Another server answers at b:3306: its server_id is 2, not 1.',
    ],
  ])('%o', (condition, instance, explanation) => {
    expect(checkCondition(condition, instance)).toEqual({ holds: false, explanation });
  });

  it('a condition that cannot be read is an error, not a no', () => {
    expect(() => checkCondition({ kind: 'has-executed', gtid: 'nonsense:1' }, alone())).toThrowError(/not a GTID set/);
  });
});
