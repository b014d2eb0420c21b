import { describe, expect, test } from 'vitest';
import { inventServer } from '../../analysis/testing/records.ts';
import type { Instance } from '../../model/instance.ts';
import { formatKey, type InstanceKey, sameKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { OPERATION_SETTINGS } from '../../plan/operations/testing/ask.ts';
import { createQuestions } from './questions.ts';

const SETTINGS = { ...OPERATION_SETTINGS, drainTimeoutMs: 1000 };

function scene(
  records: ServerRecord[],
  { onSleep = () => {}, onRead = () => {} }: { onSleep?: () => void; onRead?: () => void } = {},
) {
  const read: string[] = [];
  const recordOf = (key: InstanceKey): ServerRecord | null => records.find((one) => sameKey(one.key, key)) ?? null;
  const questions = createQuestions(
    {
      equivalences: { record: async () => {}, find: async (place) => [place], forget: async () => {} },
      records: () => records,
      recordOf,
      readNow: async (key) => {
        read.push(formatKey(key));
        onRead();
        return true;
      },
      discover: async (key) => {
        read.push(formatKey(key));
        const record = recordOf(key);
        if (record === null) throw new Error('nobody there');
        return record;
      },
      clock: { now: () => 0, sleep: async () => onSleep() },
    },
    SETTINGS,
  );
  return { read, questions };
}

const KEY = (port: number): InstanceKey => ({ hostname: '10.0.0.1', port });

describe('whyNotReplicateFrom', () => {
  test('reads both, and knows the rules', async () => {
    const { read, questions } = scene([inventServer(1, {}), inventServer(2, { source: 1 })]);
    expect(await questions.whyNotReplicateFrom(KEY(2), KEY(1), 'rules')).toBeNull();
    expect(read).toEqual(['10.0.0.1:2', '10.0.0.1:1']);
    expect((await questions.whyNotReplicateFrom(KEY(2), KEY(2), 'rules'))?.rule).toBe('same-server');
    expect((await questions.whyNotReplicateFrom(KEY(2), KEY(9), 'gtid'))?.rule).toBe('unknown-server');
  });
});

test('errantGtidOf reads the server before its source, so that what has only just arrived is not taken for errant', async () => {
  const replica = inventServer(2, { source: 1 });
  const { read, questions } = scene([
    inventServer(1, {}),
    { ...replica, position: { ...replica.position, errantGtid: 'u:1' } },
  ]);
  expect(await questions.errantGtidOf(KEY(2))).toBe('u:1');
  expect(read).toEqual(['10.0.0.1:2', '10.0.0.1:1']);
});

test('… and the source again when somebody read the server meanwhile', async () => {
  const records = [inventServer(1, {}), inventServer(2, { source: 1 })];
  const { read, questions } = scene(records, {
    onRead: () => {
      if (read.length === 2) records[1] = inventServer(2, { source: 1 });
    },
  });
  await questions.errantGtidOf(KEY(2));
  expect(read).toEqual(['10.0.0.1:2', '10.0.0.1:1', '10.0.0.1:1']);
});

describe('waitUntilExecuted', () => {
  const at = (position: number, applier: 'running' | 'stopped' = 'running'): ServerRecord => {
    const record = inventServer(2, { source: 1, applier });
    const instance = record.instance as Instance;
    const replication = instance.replication as NonNullable<Instance['replication']>;
    const executedCoordinates = { kind: 'binlog', file: 'bin.000001', position } as const;
    return { ...record, instance: { ...instance, replication: { ...replication, executedCoordinates } } };
  };
  const place = { kind: 'binlog', file: 'bin.000001', position: 30 } as const;

  test('looks again until the replica is there', async () => {
    const records = [at(10)];
    let position = 10;
    const { read, questions } = scene(records, {
      onSleep: () => {
        position += 10;
        records[0] = at(position);
      },
    });
    await questions.waitUntilExecuted(KEY(2), place);
    expect(read).toHaveLength(3);
  });

  test('does not wait for an applier that stands still, or a server without source', async () => {
    await expect(scene([at(10, 'stopped')]).questions.waitUntilExecuted(KEY(2), place)).rejects.toThrow(
      'the applier of 10.0.0.1:2 is not running; it has come to bin.000001:10, not yet to bin.000001:30',
    );
    await expect(scene([inventServer(1, {})]).questions.waitUntilExecuted(KEY(1), place)).rejects.toThrow(
      'instance is not a replica: 10.0.0.1:1',
    );
  });
});
