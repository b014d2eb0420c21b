import { describe, expect, it } from 'vitest';
import { parseKey } from '../../model/instance-key.ts';
import { instanceOf, replicationOf, uuidOf } from '../../model/testing/instances.ts';
import { NOTHING_DECIDED } from '../ports.ts';
import { createStillClock } from '../testing/clocks.ts';
import { SILENT } from '../testing/fakes.ts';
import { createFleet } from './fleet.ts';

function scene() {
  const clock = createStillClock(1_000_000);
  const fleet = createFleet({ clock, logger: SILENT }, { aliasPatterns: [] });
  for (const [index, name] of ['p', 'r', 's'].entries())
    fleet.answered(
      instanceOf(name, {
        serverUuid: uuidOf(index + 1),
        replication: name === 'p' ? null : replicationOf('p:3306', { sourceUuid: uuidOf(1) }),
      }),
    );
  const recordOf = (name: string) => fleet.recordOf(parseKey(name, 3306));
  const pass = (ms: number): void => {
    clock.pass(ms);
  };
  return { fleet, recordOf, pass, now: clock.now };
}

describe('records stay the same objects while nothing they tell has changed', () => {
  it('a reading of one server makes a new record of that one only, also when positions are looked at again', () => {
    const { fleet, recordOf, pass } = scene();
    const [p, r, s] = ['p', 'r', 's'].map(recordOf);
    pass(5_000);
    fleet.answered(instanceOf('p', { serverUuid: uuidOf(1), executedGtid: '' }));
    expect(recordOf('p')).not.toBe(p);
    expect(recordOf('r')).toBe(r);
    expect(fleet.records()[2]).toBe(s);
  });

  it('a server that joins changes its source, too, and nobody else', () => {
    const { fleet, recordOf } = scene();
    const [p, r] = ['p', 'r'].map(recordOf);
    fleet.answered(instanceOf('t', { replication: replicationOf('p:3306') }));
    expect(recordOf('p')).not.toBe(p);
    expect(recordOf('p')?.position.replicas).toHaveLength(3);
    expect(recordOf('r')).toBe(r);
    expect(fleet.records().map(({ key }) => key.hostname)).toEqual(['p', 'r', 's', 't']);
  });

  it('a downtime that ends is gone from the record without any reading', () => {
    const { fleet, recordOf, pass, now } = scene();
    const downtime = { owner: 'o', reason: 'r', beginAtMs: now(), endAtMs: now() + 1_000 };
    fleet.setIntent({ ...NOTHING_DECIDED, downtimes: new Map([['r:3306', downtime]]) });
    expect(recordOf('r')?.intent.downtime).toEqual(downtime);
    pass(1_000);
    expect(recordOf('r')?.intent.downtime).toBeNull();
  });

  it('what the agent of its host tells is in the record of each server there', () => {
    const { fleet, recordOf } = scene();
    expect(recordOf('r')).not.toHaveProperty('countSnapshots');
    fleet.setIntent({ ...NOTHING_DECIDED, snapshotCounts: new Map([['r', 2]]) });
    expect([recordOf('r')?.countSnapshots, recordOf('p')?.countSnapshots]).toEqual([2, undefined]);
  });
});

describe('servers by uuid', () => {
  const names = (fleet: ReturnType<typeof scene>['fleet'], uuid: string | null) =>
    fleet.recordsOfUuid(uuid).map(({ key }) => key.hostname);

  it('knows all bearers, and forgets those that are gone or bear another one now', () => {
    const { fleet } = scene();
    fleet.answered(instanceOf('copy', { serverUuid: uuidOf(1), serverId: 9 }));
    expect(names(fleet, uuidOf(1))).toEqual(['p', 'copy']);
    fleet.answered(instanceOf('copy', { serverUuid: uuidOf(7), serverId: 9 }));
    expect(names(fleet, uuidOf(1))).toEqual(['p']);
    expect(names(fleet, uuidOf(7))).toEqual(['copy']);
    fleet.forget(parseKey('copy', 3306));
    expect(names(fleet, uuidOf(7))).toEqual([]);
    expect(names(fleet, null)).toEqual([]);
  });

  it('two that share a uuid are told so, although they stand in different clusters, however often they are read', () => {
    const { fleet, recordOf, pass } = scene();
    const copy = instanceOf('copy', { serverUuid: uuidOf(2), serverId: 9 });
    fleet.answered(copy);
    for (const name of ['r', 'copy']) expect(recordOf(name)?.position.sharesUuidWith, name).toHaveLength(1);
    pass(5_000);
    fleet.answered({ ...copy, uptimeSeconds: 2_000 });
    const r = recordOf('r')?.instance;
    if (r) fleet.answered({ ...r, uptimeSeconds: 2_000 });
    for (const name of ['r', 'copy']) expect(recordOf(name)?.position.sharesUuidWith, name).toHaveLength(1);
  });
});
