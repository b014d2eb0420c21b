import { describe, expect, it } from 'vitest';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey, parseKey } from '../../model/instance-key.ts';
import { instanceOf, replicationOf, uuidOf } from '../../model/testing/instances.ts';
import { NOTHING_DECIDED } from '../ports.ts';
import { createStillClock } from '../testing/clocks.ts';
import { SILENT } from '../testing/fakes.ts';
import type { FleetChange } from './fleet.ts';
import { createFleet } from './fleet.ts';

const key = (name: string): InstanceKey => parseKey(name, 3306);

function scene() {
  const clock = createStillClock(1_000);
  const fleet = createFleet({ clock, logger: SILENT }, { aliasPatterns: [] });
  const changes: FleetChange[] = [];
  fleet.onChange((change) => void changes.push(change));
  const pass = (ms: number): void => {
    clock.pass(ms);
  };
  return { fleet, changes, pass };
}

describe('the live model', () => {
  it('a failed probe never blanks what was known', () => {
    const { fleet, pass } = scene();
    const instance = instanceOf('p', { classification: { ...instanceOf('p').classification, dataCenter: 'dc1' } });
    fleet.answered(instance);
    pass(500);
    fleet.failed(key('p'), 'no answer', false);
    const record = fleet.recordOf(key('p'));
    expect(record?.instance).toBe(instance);
    expect(record?.check).toMatchObject({ failure: 'no answer', lastSeenAtMs: 1_000, lastCheckedAtMs: 1_500 });
  });

  it('a good probe after a failed one is the whole truth again', () => {
    const { fleet, pass } = scene();
    fleet.answered(instanceOf('p'));
    fleet.failed(key('p'), 'no answer', false);
    pass(500);
    fleet.answered(instanceOf('p', { isReadOnly: true }));
    expect(fleet.recordOf(key('p'))).toMatchObject({
      instance: { isReadOnly: true },
      check: { failure: null, lastSeenAtMs: 1_500 },
    });
  });

  it('a failure at the same millisecond as the answer still counts as later', () => {
    const { fleet } = scene();
    fleet.answered(instanceOf('p'));
    fleet.failed(key('p'), 'no answer', false);
    const { lastCheckedAtMs, lastSeenAtMs } = fleet.recordOf(key('p'))?.check ?? {};
    expect(lastCheckedAtMs ?? 0).toBeGreaterThan(lastSeenAtMs ?? 0);
  });

  it('knows a server by the virtual name of its host, also where the host is an IPv6 address', () => {
    const { fleet } = scene();
    const hosts = ['p', 'fd00::1'];
    for (const hostname of hosts) fleet.add({ hostname, port: 3306 });
    fleet.setIntent({ ...NOTHING_DECIDED, unresolves: new Map(hosts.map((host) => [host, `virtual-${host}`])) });
    const virtualNames = hosts.map((hostname) => fleet.recordOf({ hostname, port: 3306 })?.intent.unresolvedHostname);
    expect(virtualNames).toEqual(['virtual-p', 'virtual-fd00::1']);
  });

  it('what the backend remembers never goes over what was read', () => {
    const { fleet } = scene();
    const { fleet: earlier } = scene();
    earlier.answered(instanceOf('p', { isReadOnly: true }));
    earlier.answered(instanceOf('q'));
    fleet.answered(instanceOf('p'));
    fleet.adopt(earlier.records());
    expect(fleet.recordOf(key('p'))?.instance?.isReadOnly).toBe(false);
    expect(fleet.recordOf(key('q'))?.instance).not.toBeNull();
  });

  it('tells at once which clusters a change concerns: two when a server moves', () => {
    const { fleet, changes } = scene();
    fleet.answered(instanceOf('p'));
    fleet.answered(instanceOf('q'));
    fleet.answered(instanceOf('r', { replication: replicationOf('p') }));
    fleet.answered(instanceOf('r', { replication: replicationOf('q') }));
    expect(changes.at(-1)).toMatchObject({ key: key('r'), what: 'answered' });
    expect([...(changes.at(-1)?.clusters ?? [])].sort()).toEqual(['p:3306', 'q:3306']);
  });

  it.each(['abc', 'cba', 'bca'])(
    'errant transactions are seen in whatever order the servers are read (%s)',
    (order) => {
      const { fleet, pass } = scene();
      const [A, B, C] = [uuidOf(1), uuidOf(2), uuidOf(3)];
      const readingOf = (hostname: string, executedOfC: string) =>
        instanceOf(hostname, {
          serverUuid: { a: A, b: B }[hostname] ?? C,
          executedGtid: hostname === 'c' ? executedOfC : `${A}:1-5`,
          replication: hostname === 'a' ? null : replicationOf(hostname === 'b' ? 'a' : 'b'),
        });
      for (const executedOfC of [`${A}:1-5`, `${A}:1-5,${C}:1-2`, `${A}:1-5,${C}:1-2`]) {
        for (const hostname of order) {
          fleet.answered(readingOf(hostname, executedOfC));
          pass(1);
        }
        pass(5_000);
      }
      expect(fleet.recordOf(key('c'))?.position.errantGtid).toBe(`${C}:1-2`);
    },
  );

  it('what the backend tells of errant transactions counts until both servers were read here', () => {
    const [A, B] = [uuidOf(1), uuidOf(2)];
    const earlier = scene();
    earlier.fleet.answered(instanceOf('a', { serverUuid: A, executedGtid: `${A}:1-5` }));
    const executedGtid = `${A}:1-5,${B}:1-2`;
    earlier.fleet.answered(instanceOf('b', { serverUuid: B, executedGtid, replication: replicationOf('a') }));
    const stored = earlier.fleet
      .records()
      .map((record) =>
        record.key.hostname === 'b' ? { ...record, position: { ...record.position, errantGtid: `${B}:1` } } : record,
      );
    const [adopting, looking] = [scene(), scene()];
    adopting.fleet.adopt(stored);
    looking.fleet.mirror(stored);
    for (const { fleet } of [adopting, looking]) {
      expect(fleet.recordOf(key('b'))?.position).toMatchObject({ clusterName: 'a:3306', errantGtid: `${B}:1` });
      expect(fleet.records()[1]?.position.errantGtid).toBe(`${B}:1`);
    }
    const [before, seen] = [looking.fleet.version(), looking.fleet.records()[1]];
    looking.fleet.mirror(earlier.fleet.records());
    expect(looking.fleet.version()).toBeGreaterThan(before);
    expect([seen, looking.fleet.records()[1]].map((one) => one?.position.errantGtid)).toEqual([`${B}:1`, `${B}:1-2`]);
    looking.fleet.mirror(earlier.fleet.records());
    expect(looking.changes.filter(({ what }) => what === 'mirrored')).toHaveLength(2);
    for (const { instance } of stored) if (instance !== null) adopting.fleet.answered(instance);
    for (const { instance } of stored) if (instance !== null) adopting.fleet.answered(instance);
    expect(adopting.fleet.recordOf(key('b'))?.position.errantGtid).toBe(`${B}:1-2`);
  });

  it('what the backend calls errant of a server whose source it does not know is none, and no change at every look', () => {
    const stored = scene();
    stored.fleet.answered(instanceOf('b', { serverUuid: uuidOf(2), replication: replicationOf('a') }));
    const rows = stored.fleet
      .records()
      .map((record) => ({ ...record, position: { ...record.position, errantGtid: `${uuidOf(2)}:1` } }));
    const { fleet, changes } = scene();
    fleet.mirror(rows);
    const [version, told] = [fleet.version(), changes.length];
    expect(fleet.recordOf(key('b'))?.position.errantGtid).toBe('');
    fleet.mirror(rows);
    expect([fleet.version(), changes.length]).toEqual([version, told]);
  });

  it('where the backend tells of newer times only, readings and places stay the very same', () => {
    const stored = scene();
    stored.fleet.answered(instanceOf('a'));
    stored.fleet.answered(instanceOf('b', { replication: replicationOf('a') }));
    const looking = scene();
    looking.fleet.mirror(stored.fleet.records());
    const before = looking.fleet.recordOf(key('b'));
    const later = stored.fleet
      .records()
      .map(({ check, ...record }) => ({ ...structuredClone(record), check: { ...check, lastCheckedAtMs: 9_000 } }));
    looking.fleet.mirror(later);
    const after = looking.fleet.recordOf(key('b'));
    expect(after?.check.lastCheckedAtMs).toBe(9_000);
    expect([after?.instance === before?.instance, after?.position === before?.position]).toEqual([true, true]);
  });

  it('its version grows with every update, its records are one moment', () => {
    const { fleet } = scene();
    fleet.answered(instanceOf('p'));
    const [before, moment] = [fleet.version(), fleet.records()];
    fleet.answered(instanceOf('q'));
    expect(fleet.version()).toBeGreaterThan(before);
    expect(moment.map((record) => formatKey(record.key))).toEqual(['p:3306']);
  });
});
