import { expect, test } from 'vitest';
import { HOST, type Invented, inventServer } from '../analysis/testing/records.ts';
import { controlReplicas, ghostReplicas, greatestLagSeconds, healthyMembers } from './control-replicas.ts';
import type { ServerRecord } from './server-record.ts';

const SETTINGS = { instancePollSeconds: 5, reasonableInstanceCheckSeconds: 1, oscIgnoreHostnameFilters: [] };
const keys = (...ports: number[]) => ports.map((port) => ({ hostname: HOST, port }));
const ports = (records: readonly ServerRecord[]) => records.map(({ key }) => key.port);
const inDataCenter = (record: ServerRecord, dataCenter: string): ServerRecord =>
  record.instance === null
    ? record
    : {
        ...record,
        instance: { ...record.instance, classification: { ...record.instance.classification, dataCenter } },
      };
const server = (port: number, invented: Invented) => inventServer(port, { depth: 1, ...invented });

test('a chain: the control replicas are all of it, from the top; gh-ost begins at the far end', () => {
  const chain = [
    server(1, { depth: 0, replicas: keys(2) }),
    server(2, { source: 1, replicas: keys(3) }),
    server(3, { source: 2, depth: 2, replicas: keys(4) }),
    server(4, { source: 3, depth: 3 }),
  ];
  expect(ports(controlReplicas(chain, SETTINGS))).toEqual([2, 3, 4]);
  expect(ports(ghostReplicas(chain, SETTINGS))).toEqual([4, 3, 2]);
});

test('two of each data centre, the busy first, among leaves the one further behind', () => {
  const flat = [
    server(1, { depth: 0 }),
    inDataCenter(server(2, { source: 1 }), 'east'),
    inDataCenter(server(3, { source: 1, lag: 9 }), 'east'),
    inDataCenter(server(4, { source: 1, replicas: keys(7) }), 'east'),
    inDataCenter(server(5, { source: 1 }), 'west'),
    inDataCenter(server(7, { source: 4, depth: 2 }), 'east'),
  ];
  expect(ports(controlReplicas(flat, SETTINGS))).toEqual([4, 3, 5, 7]);
  expect(greatestLagSeconds(controlReplicas(flat, SETTINGS))).toBe(9);
});

test('binlog servers, failed checks and filtered names are left out', () => {
  const members = [
    server(1, { depth: 0 }),
    server(2, { source: 1, binlogServer: true }),
    server(3, { source: 1, valid: false }),
    server(4, { source: 1 }),
    server(5, { source: 1, delay: 3600 }),
    server(6, { source: 1, neverRead: true }),
  ];
  const ignoring = { ...SETTINGS, oscIgnoreHostnameFilters: [/:4$/] };
  expect(ports(controlReplicas(members, ignoring))).toEqual([5]);
  expect(ports(ghostReplicas(members, SETTINGS))).toEqual([4, 5]);
  expect(controlReplicas([], SETTINGS)).toEqual([]);
  expect(greatestLagSeconds([])).toBe(0);
});

test('gh-ost wants row format, a binary log, and replica updates in it', () => {
  const members = [
    server(2, { source: 1, format: 'STATEMENT' }),
    server(3, { source: 1, logs: false }),
    server(4, { source: 1, logsUpdates: false }),
    server(5, { source: 1 }),
  ];
  expect(ports(ghostReplicas(members, SETTINGS))).toEqual([5]);
});

test('healthy members of a pool answer, and replicate unless they lead', () => {
  const members = [
    server(1, { depth: 0 }),
    server(2, { source: 1 }),
    server(3, { source: 1, applier: 'stopped' }),
    server(4, { source: 1, valid: false }),
  ];
  expect(ports(healthyMembers(members, SETTINGS))).toEqual([1, 2]);
});
