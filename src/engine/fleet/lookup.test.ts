import { describe, expect, it } from 'vitest';
import { formatKey, parseKey } from '../../model/instance-key.ts';
import { instanceOf, NO_CLASSIFICATION, replicationOf } from '../../model/testing/instances.ts';
import { type HostnameResolver, NOTHING_DECIDED } from '../ports.ts';
import { createStillClock } from '../testing/clocks.ts';
import { SILENT } from '../testing/fakes.ts';
import { createFleet } from './fleet.ts';
import { createFleetViews } from './fleet-view.ts';
import { findClusterName, findKey } from './lookup.ts';

const clock = createStillClock(1_000);
const key = (name: string) => parseKey(name, 3306);
const shop = { classification: { ...NO_CLASSIFICATION, suggestedClusterAlias: 'shop' } };
const replica = (name: string, source: string) => instanceOf(name, { replication: replicationOf(source) });

/** After a failover of `a` to `b`: both were primaries of the cluster that calls itself shop. */
function afterFailover() {
  const fleet = createFleet({ clock, logger: SILENT }, { aliasPatterns: [] });
  fleet.answered(instanceOf('a', shop));
  fleet.failed(key('a'), 'refused', false);
  fleet.answered(instanceOf('b', shop));
  fleet.answered(replica('c', 'b'));
  const find = (hint: string) => findClusterName(fleet, hint, 3306);
  const views = createFleetViews(fleet, () => ({
    recoverPrimaryClusterFilters: [],
    recoverIntermediateClusterFilters: [],
    oscIgnoreHostnameFilters: [],
    instancePollSeconds: 5,
    reasonableInstanceCheckSeconds: 1,
  }));
  const aliases = () =>
    Object.fromEntries(
      views()
        .clusters()
        .map((one) => [one.clusterName, one.clusterAlias]),
    );
  return { fleet, find, aliases };
}

describe('an alias that several clusters go by', () => {
  it('means the one that is alive, not the primary that was replaced', () => {
    const { find, aliases } = afterFailover();
    expect(find('shop')).toBe('b:3306');
    expect(find('a:3306')).toBe('a:3306');
    expect(aliases()).toEqual({ 'a:3306': 'a:3306', 'b:3306': 'shop' });
  });

  it('does not go to the replaced primary that is back and takes writes', () => {
    const { fleet, find } = afterFailover();
    fleet.answered(instanceOf('a', shop));
    expect(find('shop')).toBe('b:3306');
  });

  it('stays while the new primary hangs and the replaced one, lost in a recovery, is back', () => {
    const { fleet, find } = afterFailover();
    const downtime = { owner: 'o', reason: 'lost-in-recovery', beginAtMs: 0, endAtMs: 9_000 };
    fleet.setIntent({ ...NOTHING_DECIDED, downtimes: new Map([['a:3306', downtime]]) });
    fleet.answered(instanceOf('a', shop));
    fleet.failed(key('b'), 'timed out', false);
    expect(find('shop')).toBe('b:3306');
  });

  it('follows people where both are alive', () => {
    const { fleet, find, aliases } = afterFailover();
    fleet.answered(instanceOf('a'));
    fleet.setIntent({ ...NOTHING_DECIDED, aliasOverrides: new Map([['a:3306', 'shop']]) });
    expect(find('shop')).toBe('a:3306');
    expect(aliases()).toEqual({ 'a:3306': 'shop', 'b:3306': 'b:3306' });
  });

  it('is the alias of a cluster whose primary is dead until there is another', () => {
    const { fleet, find, aliases } = afterFailover();
    fleet.forget(key('a'));
    fleet.failed(key('b'), 'refused', false);
    expect(find('shop')).toBe('b:3306');
    expect(aliases()).toEqual({ 'b:3306': 'shop' });
  });

  it('means the one that is published while its primary is dead, not a copy that takes writes', () => {
    const fleet = createFleet({ clock, logger: SILENT }, { aliasPatterns: [] });
    fleet.answered(instanceOf('a', shop));
    fleet.answered({ ...replica('b', 'a'), isReadOnly: true });
    fleet.answered(instanceOf('copy', shop));
    fleet.failed(key('a'), 'refused', false);
    const find = () => findClusterName(fleet, 'shop', 3306);
    expect(find()).toBe('copy:3306');
    fleet.setIntent({ ...NOTHING_DECIDED, published: new Map([['shop', key('a')]]) });
    expect(find()).toBe('a:3306');
  });
});

describe('a hint that is part of a name', () => {
  /** What the system knows of names; undefined: it does not answer in time. */
  type Addresses = Readonly<Record<string, string | undefined>>;
  const known = (...names: readonly string[]) => knownWhere({}, ...names);
  function knownWhere(addresses: Addresses, ...names: readonly string[]) {
    const fleet = createFleet({ clock, logger: SILENT }, { aliasPatterns: [] });
    for (const name of names) fleet.answered(instanceOf(name));
    const asked: string[] = [];
    const resolver: HostnameResolver = {
      resolve: async (hostname) => hostname,
      learn: async () => true,
      addressOf: async (hostname) => {
        asked.push(hostname);
        return hostname in addresses ? addresses[hostname] : null;
      },
    };
    return {
      asked,
      find: (hint: string) => findClusterName(fleet, hint, 3306),
      keyOf: async (name: string) => formatKey(await findKey(fleet, resolver, key(name))),
    };
  }

  it('means the one server it fits; a whole name without its port means that server', async () => {
    const { find, keyOf } = known('db1', 'db11', 'shop-a');
    expect(find('db1')).toBe('db1:3306');
    expect(find('shop')).toBe('shop-a:3306');
    expect(() => find('db')).toThrow(/Unable to determine cluster name/);
    expect(await keyOf('shop')).toBe('shop-a:3306');
  });

  it('is a server of its own where the system knows the name by another address, or does not say', async () => {
    const both = { 'mysql-1': '10.0.0.1', 'mysql-10': '10.0.0.10' };
    expect(await knownWhere(both, 'mysql-10').keyOf('mysql-1')).toBe('mysql-1:3306');
    expect(await knownWhere({ 'mysql-1': '10.0.0.1' }, 'mysql-10').keyOf('mysql-1')).toBe('mysql-1:3306');
    expect(await knownWhere({ 'mysql-1': undefined }, 'mysql-10').keyOf('mysql-1')).toBe('mysql-1:3306');
  });

  it('means the one it fits where both names have one address: a short name', async () => {
    const same = { 'mysql-1': '10.0.0.1', 'mysql-1.example': '10.0.0.1' };
    expect(await knownWhere(same, 'mysql-1.example').keyOf('mysql-1')).toBe('mysql-1.example:3306');
  });

  it('asks the system only about a name that fits one server in part', async () => {
    const { keyOf, asked } = known('db1', 'db11', 'shop-a');
    for (const name of ['db1', 'db', 'other']) await keyOf(name);
    expect(asked).toEqual([]);
  });

  it.each(['27.0.0.1', '127.0.0', '1', '::1'])('is not taken for another address: %s', async (hint) => {
    const { find, keyOf } = known('127.0.0.1');
    expect(() => find(hint)).toThrow(/Unable to determine cluster name/);
    expect(await keyOf(hint.includes(':') ? `[${hint}]` : hint)).not.toBe('127.0.0.1:3306');
  });
});
