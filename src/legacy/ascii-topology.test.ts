import { describe, expect, test } from 'vitest';
import type { Invented } from '../analysis/testing/records.ts';
import { HOST, inventServer, NOW_MS } from '../analysis/testing/records.ts';
import type { ServerRecord } from '../model/server-record.ts';
import type { TopologyStyle } from './ascii-topology.ts';
import { asciiTopology, branchesTo } from './ascii-topology.ts';
import { instanceStatusText, tagsText } from './instance-description.ts';

const context = {
  nowMs: NOW_MS,
  settings: { instancePollSeconds: 5, reasonableInstanceCheckSeconds: 1, reasonableReplicationLagSeconds: 10 },
};
const draw = (records: readonly ServerRecord[], style: TopologyStyle = 'tree') =>
  asciiTopology(records, style, context);
const server = (port: number, source: number | null = null, depth = 0, said: Invented = {}) =>
  inventServer(port, { source, depth, ...said });

const CHAIN = [server(103, 102, 2), server(100), server(102, 100, 1), server(101, 100, 1, { tags: { z: '', a: 'b' } })];

describe('drawing a cluster', () => {
  test('as a tree', () => {
    expect(draw(CHAIN)).toBe(
      [
        '10.0.0.1:100     [0s,ok,8.4.6,rw,ROW,>>,GTID]',
        '+ 10.0.0.1:101   [0s,ok,8.4.6,ro,ROW,>>,GTID]',
        '+ 10.0.0.1:102   [0s,ok,8.4.6,ro,ROW,>>,GTID]',
        '  + 10.0.0.1:103 [0s,ok,8.4.6,ro,ROW,>>,GTID]',
      ].join('\n'),
    );
  });

  test('with columns', () => {
    expect(draw(CHAIN, 'tabulated')).toBe(
      [
        '10.0.0.1:100    |0s|ok|8.4.6|rw|ROW|>>,GTID',
        '+ 10.0.0.1:101  |0s|ok|8.4.6|ro|ROW|>>,GTID',
        '+ 10.0.0.1:102  |0s|ok|8.4.6|ro|ROW|>>,GTID',
        '  + 10.0.0.1:103|0s|ok|8.4.6|ro|ROW|>>,GTID',
      ].join('\n'),
    );
  });

  test('only some servers, and those above them', () => {
    const portsTo = (...names: readonly string[]) => branchesTo(CHAIN, new Set(names)).map(({ key }) => key.port);
    expect(portsTo(`${HOST}:103`)).toEqual([103, 100, 102]);
    expect(portsTo(`${HOST}:101`, `${HOST}:102`)).toEqual([100, 102, 101]);
    expect(portsTo('elsewhere:101')).toEqual([]);
    const ring = [server(100, 101), server(101, 100), server(102, 100, 1)];
    expect(branchesTo(ring, new Set([`${HOST}:102`]))).toHaveLength(3);
  });

  test('with tags', () => {
    expect(draw(CHAIN, 'tags').split('\n')).toEqual([
      '10.0.0.1:100     [0s,ok,8.4.6,rw,ROW,>>,GTID] []',
      '+ 10.0.0.1:101   [0s,ok,8.4.6,ro,ROW,>>,GTID] [a=b,z]',
      '+ 10.0.0.1:102   [0s,ok,8.4.6,ro,ROW,>>,GTID] []',
      '  + 10.0.0.1:103 [0s,ok,8.4.6,ro,ROW,>>,GTID] []',
    ]);
  });

  test('a detached replica stands still: it is not ok', () => {
    const said: Invented = { receiver: 'stopped', lag: null };
    const lost = server(101, null, 0, said);
    const source = { hostname: `//${HOST}`, port: 100 };
    const replication = server(102, 100, 1, said).instance?.replication ?? null;
    const instance = lost.instance && replication && { ...lost.instance, replication: { ...replication, source } };
    expect(draw([{ ...lost, instance }])).toBe('10.0.0.1:101 [null,nonreplicating,8.4.6,rw,ROW,>>,GTID]');
  });

  test('a replica at rest, one not valid, one checked long ago', () => {
    const lines = draw([
      server(100),
      server(101, 100, 1, { receiver: 'stopped', applier: 'stopped', lag: null }),
      server(102, 100, 1, { valid: false }),
    ]).split('\n');
    expect(lines[1]).toBe('- 10.0.0.1:101 [null,nonreplicating,8.4.6,ro,ROW,>>,GTID]');
    expect(lines[2]).toBe('- 10.0.0.1:102 [unknown,invalid,8.4.6,ro,ROW,>>,GTID]');
    const late = { ...context, nowMs: NOW_MS + 26_000 };
    expect(asciiTopology([server(101, 100, 1)], 'tree', late)).toContain(',unchecked,');
  });

  test('co-masters stand side by side, the replicas of each below it', () => {
    const co = { coPrimary: true };
    expect(draw([server(101, 100, 1, co), server(100, 101, 0, co), server(102, 101, 2), server(103, 100, 1)])).toBe(
      [
        '+ 10.0.0.1:100   [0s,ok,8.4.6,ro,ROW,>>,GTID]',
        '  + 10.0.0.1:103 [0s,ok,8.4.6,ro,ROW,>>,GTID]',
        '+ 10.0.0.1:101   [0s,ok,8.4.6,ro,ROW,>>,GTID]',
        '  + 10.0.0.1:102 [0s,ok,8.4.6,ro,ROW,>>,GTID]',
      ].join('\n'),
    );
  });

  test('secondaries of a group below its primary', () => {
    const primary = { hostname: HOST, port: 100 };
    const lines = draw([
      server(100, null, 0, { group: { primary } }),
      server(101, null, 1, { group: { memberRole: 'SECONDARY', primary } }),
    ]).split('\n');
    expect(lines.map((line) => line.split(' [')[0])).toEqual(['10.0.0.1:100  ', '‡ 10.0.0.1:101']);
  });

  test('an alias stands behind the name; a server that never answered is unknown in all columns', () => {
    expect(draw([inventServer(100, { neverRead: true }), server(101, 100, 1, { instanceAlias: 'blue' })])).toBe(
      [
        '10.0.0.1:100          [unknown,invalid,unknown,unknown,unknown]',
        '+ 10.0.0.1:101 (blue) [0s,ok,8.4.6,ro,ROW,>>,GTID]',
      ].join('\n'),
    );
    expect(draw([inventServer(100, { neverRead: true })], 'tabulated').split('|')).toHaveLength(7);
  });

  test('rings and gaps neither hang nor hide a server', () => {
    const ring = draw([server(1, 3, 0), server(2, 1, 1), server(3, 2, 2)]);
    expect(ring.split('\n')).toHaveLength(3);
    expect(draw([server(1, 1, 0)])).toContain('10.0.0.1:1');
    expect(draw([server(5, 99, 1)])).toMatch(/^10\.0\.0\.1:5 /);
    expect(draw([])).toBe('');
  });
});

describe('one server in words', () => {
  test.each<[string, Invented]>([
    [
      '[0s,ok,10.11.9-MariaDB,ro,MIXED,>>,GTID]',
      { version: '10.11.9-MariaDB', format: 'MIXED', gtidMode: '', positioning: 'mariadb-slave-pos' },
    ],
    ['[0s,ok,5.6.24,ro,nobinlog]', { version: '5.6.24', logs: false, gtidMode: '', positioning: 'coordinates' }],
    ['[0s,ok,8.4.6,ro,ROW,GTID:errant]', { logsUpdates: false, errant: 'aaaa:1' }],
    [
      '[0s,ok,8.4.6,ro,ROW,>>,GTID,P-GTID,semi:master,semi:replica,downtimed]',
      { pseudoGtid: true, downtimed: true, semiSync: { sourceActive: true, replicaActive: true } },
    ],
    ['[11s,lag,8.4.6,ro,ROW,>>,GTID]', { lag: 11 }],
    ['[3600s,ok,8.4.6,ro,ROW,>>,GTID]', { lag: 3600, delay: 3600 }],
  ])('%s', (text, said) => {
    expect(instanceStatusText(server(101, 100, 1, said), context)).toBe(text);
  });

  test('tags without any', () => {
    expect(tagsText({})).toBe('');
  });
});
