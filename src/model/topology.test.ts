import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileAliasPatterns } from './cluster-alias.ts';
import type { GroupReplicationStatus, Instance } from './instance.ts';
import { formatKey, parseKey } from './instance-key.ts';
import type { Position, ServerRecord } from './server-record.ts';
import { instanceOf, mariadbReplica, NO_CLASSIFICATION, recordOf, replicationOf, uuidOf } from './testing/instances.ts';
import {
  deriveClusterPositions,
  derivePositions,
  effectiveMembers,
  primaryOf,
  type TopologyInput,
} from './topology.ts';

/** `b<a` is b replicating from a; a plain name replicates from nowhere. Uuids follow the order of the list, from 1. */
function instancesOf(...edges: readonly string[]): Map<string, Instance> {
  return mapOf(
    edges.map((edge, index) => {
      const [name = '', source] = edge.split('<');
      const replication = source === undefined ? null : replicationOf(source);
      return instanceOf(name, { serverUuid: uuidOf(index + 1), serverId: index + 1, replication });
    }),
  );
}

const mapOf = (instances: readonly Instance[]): Map<string, Instance> =>
  new Map(instances.map((instance) => [formatKey(instance.key), instance]));

const inputOf = (instances: ReadonlyMap<string, Instance>, changes: Partial<TopologyInput> = {}): TopologyInput => ({
  instances,
  unseenKeys: [],
  intent: { clusterAliases: new Map(), aliasOverrides: new Map(), clusterDomains: new Map() },
  aliasPatterns: [],
  ...changes,
});

const derived = (instances: ReadonlyMap<string, Instance>, changes: Partial<TopologyInput> = {}) =>
  derivePositions(inputOf(instances, changes));

/** `name cluster depth` of every server, ports left out, with `*` for co-primaries. */
const summary = (positions: ReadonlyMap<string, Position>): string[] =>
  [...positions]
    .map(([name, { clusterName, depth, isCoPrimary }]) => `${name} ${clusterName} ${depth}${isCoPrimary ? '*' : ''}`)
    .map((line) => line.replaceAll(':3306', ''))
    .sort();

describe('clusters and depths', () => {
  it('a tree', () => {
    const positions = derived(instancesOf('a', 'b<a', 'c<a', 'd<c'));
    expect(summary(positions)).toEqual(['a a 0', 'b a 1', 'c a 1', 'd a 2']);
    expect(positions.get('a:3306')?.replicas).toEqual([parseKey('b', 3306), parseKey('c', 3306)]);
    expect(positions.get('d:3306')?.ancestryUuid).toBe([uuidOf(1), uuidOf(3), uuidOf(4)].join(','));
  });

  it('a source that never answered is the top of one cluster, with its replicas', () => {
    const instances = mapOf([
      instanceOf('b', { serverUuid: uuidOf(2), replication: replicationOf('a', { sourceUuid: uuidOf(1) }) }),
      instanceOf('c', { serverUuid: uuidOf(3), replication: replicationOf('a', { sourceUuid: uuidOf(1) }) }),
    ]);
    const positions = derived(instances);
    expect(summary(positions)).toEqual(['a a 0', 'b a 1', 'c a 1']);
    expect(positions.get('a:3306')).toMatchObject({ ancestryUuid: '', clusterAlias: 'a:3306' });
    expect(positions.get('a:3306')?.replicas.map(formatKey)).toEqual(['b:3306', 'c:3306']);
    expect(positions.get('b:3306')?.ancestryUuid).toBe(`${uuidOf(1)},${uuidOf(2)}`);
  });

  it('a seed that never answered stands alone', () => {
    expect(summary(derived(new Map(), { unseenKeys: [parseKey('s', 3306)] }))).toEqual(['s s 0']);
  });

  it('detached replicas are tops of their own and keep what is below them', () => {
    const positions = derived(instancesOf('a', 'b<//a', 'c<b'));
    expect(summary(positions)).toEqual(['a a 0', 'b b 0', 'c b 1']);
    expect(positions.get('a:3306')?.replicas).toEqual([]);
  });

  it('a server that follows itself is a top', () => {
    expect(summary(derived(instancesOf('a<a', 'b<a')))).toEqual(['a a 0', 'b a 1']);
  });

  it('co-primaries: the smaller key names the cluster and stands at the top', () => {
    const positions = derived(instancesOf('b<a', 'a<b', 'c<b'));
    expect(summary(positions)).toEqual(['a a 0*', 'b a 1*', 'c a 2']);
    expect(positions.get('a:3306')?.ancestryUuid).toBe(`${uuidOf(1)},${uuidOf(2)}`);
    expect(positions.get('b:3306')?.ancestryUuid).toBe(`${uuidOf(2)},${uuidOf(1)}`);
    expect(positions.get('c:3306')?.ancestryUuid).toBe(`${uuidOf(2)},${uuidOf(1)},${uuidOf(3)}`);
  });

  it('co-primaries keep the name that one of them has already', () => {
    const previous = derived(instancesOf('b', 'a<b'));
    expect(summary(derived(instancesOf('b<a', 'a<b'), { previous }))).toEqual(['a b 1*', 'b b 0*']);
    const separate = derived(instancesOf('b', 'a'));
    expect(summary(derived(instancesOf('b<a', 'a<b'), { previous: separate }))).toEqual(['a a 0*', 'b a 1*']);
  });

  it('smaller means by port as a number', () => {
    const instances = instancesOf('h:10000<h:9999', 'h:9999<h:10000');
    expect(derived(instances).get('h:10000')?.clusterName).toBe('h:9999');
  });

  it('a ring of three is opened at its smallest key, or where it was named before', () => {
    const ring = instancesOf('a<c', 'b<a', 'c<b', 'd<c');
    expect(summary(derived(ring))).toEqual(['a a 0', 'b a 1', 'c a 2', 'd a 3']);
    const previous = derived(instancesOf('a<c', 'b<a', 'c', 'd<c'));
    expect(summary(derived(ring, { previous }))).toEqual(['a c 1', 'b c 2', 'c c 0', 'd c 1']);
  });

  it('group secondaries stand below their primary without being its replicas', () => {
    const group = (role: string, primary: string): GroupReplicationStatus => ({
      groupName: 'group-1',
      isSinglePrimary: true,
      memberState: 'ONLINE',
      memberRole: role,
      members: [],
      primary: parseKey(primary, 3306),
    });
    const instances = mapOf([
      instanceOf('a', { serverUuid: uuidOf(1), group: group('PRIMARY', 'a') }),
      instanceOf('b', { serverUuid: uuidOf(2), group: group('SECONDARY', 'a') }),
      instanceOf('c', { serverUuid: uuidOf(3), replication: replicationOf('b') }),
    ]);
    const positions = derived(instances);
    expect(summary(positions)).toEqual(['a a 0', 'b a 1', 'c a 2']);
    expect(positions.get('a:3306')?.replicas).toEqual([]);
    expect(positions.get('c:3306')?.ancestryUuid).toBe([uuidOf(1), 'group-1', uuidOf(2), uuidOf(3)].join(','));
    // Two members that each take the other for the primary, in the moment of a change, are no co-primaries.
    const confused = derived(
      mapOf([instanceOf('a', { group: group('SECONDARY', 'b') }), instanceOf('b', { group: group('SECONDARY', 'a') })]),
    );
    expect(summary(confused)).toEqual(['a a 0', 'b a 1']);
    // One that was expelled has no role; the primary stands below nobody, even by another address of its own.
    const expelled = derived(
      mapOf([instanceOf('a', { group: group('PRIMARY', 'alias') }), instanceOf('b', { group: group('', 'a') })]),
    );
    expect(summary(expelled)).toEqual(['a a 0', 'b a 1']);
  });
});

describe('aliases and domains', () => {
  const suggests = (name: string, alias: string, changes: Partial<Instance> = {}): Instance =>
    instanceOf(name, { classification: { ...NO_CLASSIFICATION, suggestedClusterAlias: alias }, ...changes });
  const below = (source: string) => ({ replication: replicationOf(source), isReadOnly: true });
  const patterns = compileAliasPatterns({ '^z': 'zoo', '^a:': 'by-pattern' });
  const aliasOf = (instances: readonly Instance[], changes: Partial<TopologyInput> = {}): string | undefined => {
    const aliases = new Set([...derived(mapOf(instances), changes).values()].map((position) => position.clusterAlias));
    expect(aliases.size).toBe(1);
    return [...aliases][0];
  };

  it('falls from override to top, pattern, other members, stored alias, name', () => {
    const everything = [suggests('a', 'by-top'), suggests('b', 'by-replica', below('a'))];
    const silentTop = [suggests('a', ''), suggests('b', 'by-replica', below('a'))];
    const silent = [suggests('a', ''), suggests('b', '', below('a'))];
    const stored = {
      clusterAliases: new Map([['a:3306', 'stored']]),
      aliasOverrides: new Map<string, string>(),
      clusterDomains: new Map<string, string>(),
    };
    const overridden = { ...stored, aliasOverrides: new Map([['a:3306', 'by-people']]) };
    expect(aliasOf(everything, { intent: overridden, aliasPatterns: patterns })).toBe('by-people');
    expect(aliasOf(everything, { intent: stored, aliasPatterns: patterns })).toBe('by-top');
    expect(aliasOf(silentTop, { intent: stored, aliasPatterns: patterns })).toBe('by-pattern');
    expect(aliasOf(silentTop, { intent: stored })).toBe('by-replica');
    expect(aliasOf(silent, { intent: stored })).toBe('stored');
    expect(aliasOf(silent)).toBe('a:3306');
  });

  it('listens to the highest, writeable, busiest member below the top', () => {
    const instances = [
      suggests('a', ''),
      suggests('b', 'read-only', below('a')),
      suggests('c', 'writeable', { ...below('a'), isReadOnly: false }),
      suggests('d', 'deeper', { ...below('c'), isReadOnly: false }),
      suggests('e', 'busier', { ...below('a'), isReadOnly: false }),
      instanceOf('f', below('e')),
      instanceOf('g', below('e')),
    ];
    expect(aliasOf(instances)).toBe('busier');
    expect(
      aliasOf(instances.filter(({ key }) => key.hostname !== 'e' && key.hostname !== 'f' && key.hostname !== 'g')),
    ).toBe('writeable');
  });

  it('takes the domain from the top, else from the store', () => {
    const intent = { ...inputOf(new Map()).intent, clusterDomains: new Map([['a:3306', 'stored.example']]) };
    const top = instanceOf('a', { classification: { ...NO_CLASSIFICATION, clusterDomain: 'top.example' } });
    const replica = instanceOf('b', { replication: replicationOf('a') });
    expect(derived(mapOf([top, replica]), { intent }).get('b:3306')?.clusterDomain).toBe('top.example');
    expect(derived(mapOf([instanceOf('a'), replica]), { intent }).get('b:3306')?.clusterDomain).toBe('stored.example');
  });

  it('a pattern that is none is refused by the name of its setting', () => {
    expect(() => compileAliasPatterns({ '(': 'x' })).toThrowError(
      /ClusterNameToAlias: "\(" is not a regular expression/,
    );
  });
});

describe('errant transactions in a topology', () => {
  const [A, B, C] = [uuidOf(1), uuidOf(2), uuidOf(3)];
  const tree = (executed: { a: string; b: string; c: string }) =>
    mapOf([
      instanceOf('a', { serverUuid: A, executedGtid: executed.a }),
      instanceOf('b', { serverUuid: B, executedGtid: executed.b, replication: replicationOf('a') }),
      instanceOf('c', { serverUuid: C, executedGtid: executed.c, replication: replicationOf('b') }),
    ]);
  const errants = (positions: ReadonlyMap<string, Position>) =>
    Object.fromEntries([...positions].map(([name, { errantGtid }]) => [name.replace(':3306', ''), errantGtid]));

  it('own writes of a replica are errant, what ancestors wrote is on its way', () => {
    const instances = tree({ a: `${A}:1-5`, b: `${A}:1-9,${B}:1`, c: `${A}:1-9,${B}:1-2,${C}:7` });
    expect(errants(derived(instances))).toEqual({ a: '', b: `${B}:1`, c: `${C}:7` });
  });

  it('transactions of former primaries are excused when named', () => {
    const old = uuidOf(99);
    const instances = tree({ a: `${A}:1-5,${old}:1-3`, b: `${A}:1-5,${old}:1-4`, c: '' });
    expect(errants(derived(instances)).b).toBe(`${old}:4`);
    expect(errants(derived(instances, { formerPrimaryUuids: [old] })).b).toBe('');
    // Its own transactions are errant even if it was a primary before: that is what a returned primary is judged by.
    const returned = tree({ a: `${A}:1-5`, b: `${A}:1-5,${B}:4`, c: '' });
    expect(errants(derived(returned, { formerPrimaryUuids: [B] })).b).toBe(`${B}:4`);
  });

  it('co-primaries have no errant transactions of their own', () => {
    const instances = mapOf([
      instanceOf('a', { serverUuid: A, executedGtid: `${A}:1-9,${B}:1-3`, replication: replicationOf('b') }),
      instanceOf('b', { serverUuid: B, executedGtid: `${A}:1-5,${B}:1-4,${C}:1`, replication: replicationOf('a') }),
    ]);
    expect(errants(derived(instances))).toEqual({ a: '', b: `${C}:1` });
  });

  it('keeps the last answer where the readings cannot be compared, or not be read', () => {
    const instances = tree({ a: `${A}:1-5`, b: `${A}:1-5,${B}:1`, c: '' });
    const previous = derived(instances);
    const later = tree({ a: `${A}:1-5`, b: `${A}:1-5,${B}:1-2`, c: '' });
    expect(errants(derived(later, { previous, canCompareGtid: () => false })).b).toBe(`${B}:1`);
    expect(errants(derived(later, { previous, canCompareGtid: () => true })).b).toBe(`${B}:1-2`);
    const garbled = tree({ a: `${A}:1-5`, b: 'garbled', c: '' });
    expect(errants(derived(garbled, { previous })).b).toBe(`${B}:1`);
  });

  it('MariaDB has none', () => {
    const a = mariadbReplica('a', 'x', { executedGtid: '0-1-1', replication: null });
    const b = mariadbReplica('b', 'a', { executedGtid: '0-2-9' });
    expect(errants(derived(mapOf([a, b]))).b).toBe('');
  });
});

describe('any graph at all', () => {
  const hosts = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  const graph = fc
    .array(
      fc.record({ host: fc.constantFrom(...hosts), source: fc.option(fc.constantFrom(...hosts, '//a', 'unseen')) }),
      {
        maxLength: 12,
      },
    )
    .map((edges) => instancesOf(...edges.map(({ host, source }) => (source === null ? host : `${host}<${source}`))));

  it('every server and every named source is in one cluster, one below its source', () => {
    fc.assert(
      fc.property(graph, (instances) => {
        const positions = derived(instances);
        const tops = new Map<string, string[]>();
        for (const [name, { clusterName, depth }] of positions) {
          expect(positions.get(clusterName)).toMatchObject({ clusterName, depth: 0 });
          if (depth === 0) tops.set(clusterName, [...(tops.get(clusterName) ?? []), name]);
        }
        for (const [clusterName, names] of tops) expect(names).toEqual([clusterName]);
        for (const [name, { replication, key }] of instances) {
          const position = positions.get(name);
          expect(position).toBeDefined();
          const source = replication === null ? '' : formatKey(replication.source);
          if (source === '' || source.startsWith('//') || source === formatKey(key)) {
            expect(position).toMatchObject({ clusterName: name, depth: 0 });
            continue;
          }
          const above = positions.get(source);
          expect(above?.clusterName).toBe(position?.clusterName);
          expect(above?.replicas.map(formatKey)).toContain(name);
          if (position?.depth !== 0) expect(position?.depth).toBe((above?.depth ?? -2) + 1);
        }
      }),
    );
  });

  it('does not depend on the order of reading, and is stable once named', () => {
    fc.assert(
      fc.property(graph, (instances) => {
        const positions = derived(instances);
        const reversed = derived(new Map([...instances].reverse()));
        expect(new Map([...reversed].sort())).toEqual(new Map([...positions].sort()));
        expect(derived(instances, { previous: positions })).toEqual(positions);
      }),
    );
  });

  it('deriving one cluster gives just its part of the whole', () => {
    fc.assert(
      fc.property(graph, fc.constantFrom(...hosts), (instances, host) => {
        const input = inputOf(instances);
        const whole = derivePositions(input);
        const part = deriveClusterPositions(input, [formatKey(parseKey(host, 3306))]);
        const clusterName = whole.get(`${host}:3306`)?.clusterName;
        const expected = [...whole].filter(([, position]) => position.clusterName === clusterName);
        expect(new Map([...part].sort())).toEqual(new Map(expected.sort()));
      }),
    );
  });

  it('ten thousand servers, one a long chain', () => {
    const chain = Array.from({ length: 500 }, (_, index) => (index === 0 ? 'h0' : `h${index}<h${index - 1}`));
    const wide = Array.from({ length: 9_500 }, (_, index) => `r${index}<h${index % 10}`);
    const positions = derived(instancesOf(...chain, ...wide));
    expect(positions.size).toBe(10_000);
    expect(positions.get('h499:3306')).toMatchObject({ clusterName: 'h0:3306', depth: 499 });
    expect(positions.get('r9499:3306')).toMatchObject({ clusterName: 'h0:3306', depth: 10 });
  });
});

describe('members and primary of a cluster', () => {
  const recordsOf = (
    instances: ReadonlyMap<string, Instance>,
    positions: ReadonlyMap<string, Position>,
  ): ServerRecord[] =>
    [...instances].map(([name, instance]) => recordOf(instance, { position: positions.get(name) ?? {} }));
  const primaryName = (records: readonly ServerRecord[], clusterName: string) => {
    const primary = primaryOf(records, clusterName);
    return primary === null ? null : formatKey(primary.key);
  };

  it('lists the members from the top down', () => {
    const instances = instancesOf('d<c', 'c<a', 'b<a', 'a', 'x');
    const records = recordsOf(instances, derived(instances));
    expect(effectiveMembers(records, 'a:3306').map(({ key }) => key.hostname)).toEqual(['a', 'b', 'c', 'd']);
    expect(primaryName(records, 'a:3306')).toBe('a:3306');
    expect(primaryName(records, 'nowhere:3306')).toBeNull();
  });

  it('of two co-primaries the writable one is the primary, else the one that gave the name', () => {
    const withReadOnly = (...readOnly: readonly string[]) => {
      const instances = new Map(
        [...instancesOf('a<b', 'b<a')].map(([name, instance]) => [
          name,
          { ...instance, isReadOnly: readOnly.includes(name) },
        ]),
      );
      return recordsOf(instances, derived(instances));
    };
    expect(primaryName(withReadOnly('a:3306'), 'a:3306')).toBe('b:3306');
    expect(primaryName(withReadOnly(), 'a:3306')).toBe('a:3306');
    expect(primaryName(withReadOnly('a:3306', 'b:3306'), 'a:3306')).toBe('a:3306');
  });

  it('may be a server that never answered', () => {
    const instances = instancesOf('b<a');
    const positions = derived(instances);
    const [replica] = recordsOf(instances, positions);
    const position = positions.get('a:3306');
    if (replica === undefined || position === undefined) throw new Error('not derived');
    const unseen: ServerRecord = { ...replica, key: parseKey('a', 3306), instance: null, position };
    expect(primaryName([replica, unseen], 'a:3306')).toBe('a:3306');
  });
});
