import { expect, it } from 'vitest';
import { createDecisions } from './decisions.ts';

const KEY = { hostname: 'db1', port: 3306 };

function scene() {
  const events: string[] = [];
  let isDowntimed = false;
  const decisions = createDecisions({
    clock: { now: () => 1_000 },
    intent: {
      beginDowntime: async (_key, { endAtMs }) => {
        isDowntimed = true;
        events.push(`write until ${endAtMs}`);
      },
      endDowntime: async () => isDowntimed,
      setRecoveryDisabled: async (disabled) => void events.push(`write ${disabled}`),
    },
    recoveries: { acknowledge: async ({ uid }) => (uid === 'none' ? 0 : 2) },
    auditLog: {
      write: async (type, key, cluster, message) =>
        void events.push(`audit ${type} ${key?.hostname ?? '-'} ${cluster}: ${message}`),
    },
    clusterNameOf: () => 'c1',
    onIntentChanged: async () => void events.push('read again'),
  });
  return { decisions, events };
}

it('a downtime is written, mirrored, audited; an end of none is not audited', async () => {
  const { decisions, events } = scene();
  expect(await decisions.endDowntime(KEY)).toBe(false);
  await decisions.beginDowntime(KEY, 'ann', 'works', 60);
  expect(await decisions.endDowntime(KEY)).toBe(true);
  expect(events.filter((one) => one !== 'read again')).toEqual([
    'write until 61000',
    'audit begin-downtime db1 c1: owner: ann, reason: works, for 60 s',
    'audit end-downtime db1 c1: ',
  ]);
});

it('the global switch is audited with who turned it', async () => {
  const { decisions, events } = scene();
  await decisions.setRecoveryDisabled(true, 'ann');
  await decisions.setRecoveryDisabled(false);
  expect(events).toEqual([
    'write true',
    'read again',
    'audit disable-global-recoveries - : by ann',
    'write false',
    'read again',
    'audit enable-global-recoveries - : ',
  ]);
});

it('acknowledgements are audited when there were any', async () => {
  const { decisions, events } = scene();
  expect(await decisions.acknowledge({ uid: 'none' }, 'ann', 'seen')).toBe(0);
  expect(await decisions.acknowledge({ clusterName: 'c1' }, 'ann', 'seen')).toBe(2);
  expect(events).toEqual(['audit acknowledge - c1: 2 recoveries, by ann: seen']);
});
