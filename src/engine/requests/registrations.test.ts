import { expect, test } from 'vitest';
import type { InstanceKey } from '../../model/instance-key.ts';
import type { AuditStore, IntentStore, MaintenanceOutcome, MaintenanceStore } from '../ports.ts';
import { createRegistrations } from './registrations.ts';

const KEY: InstanceKey = { hostname: 'db1', port: 3306 };

function scene(begin: MaintenanceOutcome = { kind: 'begun', maintenanceId: 4 }) {
  const events: string[] = [];
  const note = (text: string): void => void events.push(text);
  const registrations = createRegistrations({
    maintenance: {
      begin: async () => begin,
      end: async () => {
        note('end');
        return true;
      },
    } as Partial<MaintenanceStore> as MaintenanceStore,
    intent: {
      putTag: async (_key: InstanceKey, name: string, value: string) => note(`write ${name}=${value}`),
      removeTag: async () => [KEY],
      registerUnresolve: async (hostname: string, name: string) => note(`write ${hostname} as ${name}`),
    } as Partial<IntentStore> as IntentStore,
    auditLog: {
      write: async (type: string, key: InstanceKey | null, cluster: string, message: string) =>
        note(`audit ${type} ${key?.hostname ?? 'all'} ${cluster}: ${message}`),
    } as Partial<AuditStore> as AuditStore,
    clusterNameOf: () => 'c1',
    onIntentChanged: async () => note('read again'),
  });
  return { events, registrations };
}

test('what is noted is written, then mirrored, then audited', async () => {
  const { events, registrations } = scene();
  await registrations.putTag(KEY, 'role', 'backup');
  await registrations.registerUnresolve(KEY, 'vip');
  expect(events).toEqual([
    'write role=backup',
    'read again',
    'audit tag db1 c1: role=backup',
    'write db1 as vip',
    'read again',
    'audit register-hostname-unresolve db1 c1: db1 is addressed as vip',
  ]);
});

test('a tag that goes from every server is audited without one', async () => {
  const { events, registrations } = scene();
  expect(await registrations.removeTag(null, { name: 'role', value: null })).toEqual([KEY]);
  expect(events.at(-1)).toBe('audit untag all : role');
});

test('a lock that somebody else has changes nothing', async () => {
  const by = { maintenanceId: 3, key: KEY, owner: 'ann', reason: 'x', beganAt: '', secondsElapsed: 0 };
  const { events, registrations } = scene({ kind: 'held', by });
  expect(await registrations.beginMaintenance(KEY, 'me', 'y', 60)).toEqual({ kind: 'held', by });
  expect(events).toEqual([]);
  const free = scene();
  await free.registrations.beginMaintenance(KEY, 'me', 'y', 60);
  expect(free.events).toEqual(['read again', 'audit begin-maintenance db1 c1: maintenanceId: 4, owner: me, reason: y']);
});
