import { describe, expect, it } from 'vitest';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey, parseKey } from '../../model/instance-key.ts';
import { instanceOf, replicationOf } from '../../model/testing/instances.ts';
import type { Clock } from '../ports.ts';
import { SILENT } from '../testing/fakes.ts';
import type { FleetChange } from './fleet.ts';
import { createFleet } from './fleet.ts';

const key = (name: string): InstanceKey => parseKey(name, 3306);

function scene() {
  let nowMs = 1_000;
  const clock: Clock = {
    now: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: async () => undefined,
    every: () => () => undefined,
  };
  const fleet = createFleet({ clock, logger: SILENT }, { aliasPatterns: [] });
  const changes: FleetChange[] = [];
  fleet.onChange((change) => void changes.push(change));
  const pass = (ms: number): void => {
    nowMs += ms;
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

  it('its version grows with every update, its records are one moment', () => {
    const { fleet } = scene();
    fleet.answered(instanceOf('p'));
    const [before, moment] = [fleet.version(), fleet.records()];
    fleet.answered(instanceOf('q'));
    expect(fleet.version()).toBeGreaterThan(before);
    expect(moment.map((record) => formatKey(record.key))).toEqual(['p:3306']);
  });
});
