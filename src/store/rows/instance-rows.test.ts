import { expect, test } from 'vitest';
import { PRIMARY, REPLICA, sampleInstance, sampleRecord } from '../../../test/contract/store/samples.ts';
import type { ThreadState } from '../../model/instance.ts';
import { DATABASE_INSTANCE_COLUMNS } from '../schema/tables.ts';
import { instanceToRow } from './instance-to-row.ts';
import { rowToInstance } from './row-to-instance.ts';

const rowOf = (record: ReturnType<typeof sampleRecord>): Record<string, unknown> => {
  const values = instanceToRow(record);
  return Object.fromEntries(DATABASE_INSTANCE_COLUMNS.map((column, index) => [column.name, values[index]]));
};

test('what the 78 columns hold survives them', () => {
  const instance = sampleInstance(REPLICA, PRIMARY);
  const back = rowToInstance(rowOf(sampleRecord(REPLICA, PRIMARY)));
  expect(back).toMatchObject({
    key: REPLICA,
    serverId: instance.serverId,
    serverUuid: instance.serverUuid,
    version: instance.version,
    ownCoordinates: instance.ownCoordinates,
    executedGtid: instance.executedGtid,
    semiSync: { ...instance.semiSync, sourceWordsNew: false, replicaWordsNew: false },
    classification: { ...instance.classification, clusterDomain: '', promotionRule: null },
    latencyMs: instance.latencyMs,
    lagSeconds: 3,
    replication: {
      source: PRIMARY,
      receiver: instance.replication?.receiver,
      applier: instance.replication?.applier,
      positioning: 'oracle-auto',
      readCoordinates: instance.replication?.readCoordinates,
      delaySeconds: 3600,
      hasFilters: true,
    },
  });
});

test('every state of a thread survives, also the one booleans cannot tell', () => {
  const states: readonly ThreadState[] = ['none', 'stopped', 'running', 'other'];
  for (const state of states) {
    const record = sampleRecord(REPLICA, PRIMARY);
    const replication = record.instance?.replication;
    if (record.instance == null || replication == null) throw new Error('the sample is a replica');
    const applier = { state, errorNumber: 0, errorText: '' };
    const changed = { ...record, instance: { ...record.instance, replication: { ...replication, applier } } };
    expect(rowToInstance(rowOf(changed))?.replication?.applier).toEqual(applier);
  }
});

test('MariaDB positions stay out of the columns for Oracle sets; a detached source is kept', () => {
  const record = sampleRecord(REPLICA, { hostname: '//db1', port: 3306 });
  if (record.instance === null) throw new Error('the sample was read');
  const version = { ...record.instance.version, flavour: 'mariadb' as const };
  const row = rowOf({ ...record, instance: { ...record.instance, version, executedGtid: '0-1-9' } });
  expect(row).toMatchObject({ executed_gtid_set: '', gtid_purged: '', master_host: '//db1', master_port: 3306 });
  expect(rowToInstance(row)?.replication?.source).toEqual({ hostname: '//db1', port: 3306 });
});

test('the word that older readers left as the source’s uuid is no uuid', () => {
  const row = { ...rowOf(sampleRecord(REPLICA, PRIMARY)), master_uuid: 'No' };
  expect(rowToInstance(row)?.replication?.sourceUuid).toBeNull();
});

test('a group and its members survive', () => {
  const record = sampleRecord(PRIMARY, null);
  if (record.instance === null) throw new Error('the sample was read');
  const group = {
    groupName: 'g',
    isSinglePrimary: true,
    memberState: 'ONLINE',
    memberRole: 'PRIMARY',
    members: [REPLICA],
    primary: PRIMARY,
  };
  expect(rowToInstance(rowOf({ ...record, instance: { ...record.instance, group } }))?.group).toEqual(group);
});
