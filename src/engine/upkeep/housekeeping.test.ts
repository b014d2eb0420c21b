import { expect, it } from 'vitest';
import { formatKey, type InstanceKey, parseKey } from '../../model/instance-key.ts';
import { instanceOf, replicationOf } from '../../model/testing/instances.ts';
import { createFleet } from '../fleet/fleet.ts';
import { type IntentStore, NOTHING_DECIDED } from '../ports.ts';
import { createStillClock } from '../testing/clocks.ts';
import { SILENT } from '../testing/fakes.ts';
import { createHousekeeping } from './housekeeping.ts';

const LOST = 'db1:3306';

/** db1 was lost in a recovery so many seconds ago; the others are as told: whether they replicate, and the alias they suggest. */
async function releasedOf(
  secondsAgo: number,
  servers: Readonly<Record<string, { readonly replicates: boolean; readonly alias: string }>>,
): Promise<boolean> {
  const nowMs = 1_000_000_000;
  const clock = createStillClock(nowMs);
  const fleet = createFleet({ clock, logger: SILENT }, { aliasPatterns: [] });
  for (const [name, { replicates, alias }] of Object.entries(servers)) {
    const plain = instanceOf(name, replicates ? { replication: replicationOf('db9:3306') } : {});
    fleet.answered({ ...plain, classification: { ...plain.classification, suggestedClusterAlias: alias } });
  }
  const beginAtMs = nowMs - secondsAgo * 1000;
  fleet.setIntent({
    ...NOTHING_DECIDED,
    downtimes: new Map([
      [LOST, { owner: 'orchestrator', reason: 'lost-in-recovery', beginAtMs, endAtMs: nowMs + 86_400_000 }],
    ]),
  });
  const released: string[] = [];
  const endDowntime = async (key: InstanceKey): Promise<boolean> => {
    released.push(formatKey(key));
    return true;
  };
  const housekeeping = createHousekeeping(
    {
      fleet,
      intent: { endDowntime } as Partial<IntentStore> as IntentStore,
      clock,
      logger: SILENT,
      isDeposed: () => false,
      forget: async () => false,
    },
    { instancePollSeconds: 5, reasonableInstanceCheckSeconds: 1, forgetUnseenMs: 86_400_000 },
  );
  await housekeeping.run();
  expect(fleet.recordOf(parseKey(LOST, 3306))?.intent.downtime).not.toBeNull();
  return released.includes(LOST);
}

it('what was lost in a recovery is released when it replicates again, after a minute at the earliest', async () => {
  expect(await releasedOf(61, { [LOST]: { replicates: true, alias: '' } })).toBe(true);
  expect(await releasedOf(30, { [LOST]: { replicates: true, alias: '' } })).toBe(false);
});

it('one that follows nobody is released when its alias is its alone', async () => {
  const owner = { replicates: false, alias: 'shop' };
  expect(await releasedOf(61, { [LOST]: owner })).toBe(true);
  expect(await releasedOf(61, { [LOST]: owner, 'db2:3306': { replicates: false, alias: 'other' } })).toBe(true);
  expect(await releasedOf(61, { [LOST]: owner, 'db2:3306': owner })).toBe(false);
  expect(await releasedOf(61, { [LOST]: { replicates: false, alias: '' } })).toBe(false);
});

it('forgets who is gone, but neither a deposed primary nor, after a step of the clock, whoever answers', async () => {
  const clock = createStillClock(1_000_000_000);
  const fleet = createFleet({ clock, logger: SILENT }, { aliasPatterns: [] });
  const names = ['gone', 'deposed', 'well'].map((name) => `${name}:3306`);
  for (const name of names) fleet.answered(instanceOf(name));
  const forgotten: string[] = [];
  const housekeeping = createHousekeeping(
    {
      fleet,
      intent: {} as IntentStore,
      clock,
      logger: SILENT,
      isDeposed: ({ hostname }) => hostname === 'deposed',
      forget: async (key) => forgotten.push(formatKey(key)),
    },
    { instancePollSeconds: 5, reasonableInstanceCheckSeconds: 1, forgetUnseenMs: 86_400_000 },
  );
  clock.pass(2 * 86_400_000);
  await housekeeping.run();
  expect(forgotten).toEqual([]);
  for (let poll = 0; poll < 2; poll += 1) {
    clock.pass(5_000);
    for (const name of ['gone:3306', 'deposed:3306']) fleet.failed(parseKey(name, 3306), 'nobody there', false);
    fleet.answered(instanceOf('well:3306'));
    await housekeeping.run();
  }
  expect(forgotten).toEqual(['gone:3306']);
});
