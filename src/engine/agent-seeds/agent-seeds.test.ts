import { describe, expect, test, vi } from 'vitest';
import { formatKey } from '../../model/instance-key.ts';
import { createAgentTable, createFakeAgents, mountOf } from '../testing/agents.ts';
import { createHurriedClock } from '../testing/clocks.ts';
import { SILENT } from '../testing/fakes.ts';
import { createAgentSeeds } from './agent-seeds.ts';
import { createSeedGatherer } from './gather-seed.ts';

// The agents here are invented: no real orchestrator-agent was at hand.

/** The clock is invented, so that everything has happened within moments. */
const OFTEN = { interval: 2, timeout: 10_000 };

function scene() {
  const clock = createHurriedClock();
  const agents = createFakeAgents({ db1: { mysqlIsRunning: true }, db2: { mysqlDiskUsage: 300 }, db3: {} });
  const store = createAgentTable(clock, ['db1', 'db2', 'db3', 'away']);
  const said = { objection: null as string | null, audit: [] as string[], seeded: [] as string[] };
  const resolver = { resolve: async (hostname: string) => `${hostname}.example.com` };
  const targetServers = { objection: async () => said.objection };
  const seeds = createAgentSeeds(
    {
      store,
      client: agents,
      gather: createSeedGatherer({ store, client: agents, resolver, targetServers }),
      auditLog: {
        write: async (type: string, _: unknown, __: string, text: string) => said.audit.push(`${type} ${text}`),
      } as never,
      clock,
      logger: SILENT,
      onSeeded: (key) => void said.seeded.push(formatKey(key)),
    },
    { acceptableBytes: 8192, waitSecondsBeforeSend: 2, staleSeedMinutes: 60 },
  );
  const seedOf = async (seedId: number) => (await store.readSeeds({ seedId }))[0];
  /** Until it is closed, and what comes after that is done. */
  async function ended(seedId: number) {
    await vi.waitFor(async () => {
      expect((await seedOf(seedId))?.isComplete).toBe(true);
      expect(said.audit.at(-1)).toMatch(/(completed|failed)$/);
    }, OFTEN);
    return seedOf(seedId);
  }
  return { clock, agents, store, seeds, said, seedOf, ended };
}

const ORDERS = [
  'db1: mount',
  'db2: delete-datadir',
  'db2: receive-seed',
  'db1: send-seed',
  'db2: post-copy',
  'db1: umount',
  'db2: mysql-start',
];

/** What the state says that belongs to an order. */
const STATE_OF: Readonly<Record<string, RegExp>> = {
  'db1: mount': /^Mounting \/dev\/vg\/snap-1 on db1/,
  'db2: delete-datadir': /^Erasing the MySQL data folder of db2/,
  'db2: receive-seed': /^db2 begins to receive/,
  'db1: send-seed': /^db1 begins to send/,
  'db2: post-copy': /^Running the post-copy command of db2/,
  'db1: umount': /^Unmounting the snapshot on db1/,
  'db2: mysql-start': /^Starting MySQL on db2/,
};

describe('a seed that succeeds', () => {
  test('steps in their order, each written down before it is done', async () => {
    const { agents, store, seeds, ended, said } = scene();
    agents.onOrder = (order) => expect(store.states().at(-1)).toMatch(STATE_OF[order] ?? /never/);
    const seedId = await seeds.begin('db2', 'db1');
    expect(await ended(seedId)).toMatchObject({ isComplete: true, isSuccessful: true });
    expect(agents.orders).toEqual(ORDERS);
    expect(store.states()).toEqual([
      'Mounting /dev/vg/snap-1 on db1',
      'Checking once more that db2 may be overwritten',
      'Erasing the MySQL data folder of db2',
      'Checking the free space on db2',
      'db2 begins to receive data',
      'Waiting 2 s until db2 listens',
      'db1 begins to send its data to db2',
      'Copied 0 bytes of 1.00 MB (0%)',
      'Copied 250.00 kB of 1.00 MB (25%)',
      'Copied 500.00 kB of 1.00 MB (50%)',
      'Copied 750.00 kB of 1.00 MB (75%)',
      'Copied 1.00 MB of 1.00 MB (100%)',
      'Running the post-copy command of db2',
      'Unmounting the snapshot on db1',
      'Starting MySQL on db2',
      'Completed',
    ]);
    expect(agents.host('db2').status).toMatchObject({ mysqlIsRunning: true, mysqlDiskUsage: 1e6 });
    expect(said.audit).toEqual([
      'agent-seed seed 1, db2 from db1: begun',
      'agent-seed seed 1, db2 from db1: completed',
    ]);
    expect(said.seeded).toEqual(['db2.example.com:3306']);
  });

  test('the source sends no earlier than SeedWaitSecondsBeforeSend after the target was told to receive', async () => {
    const { agents, clock, seeds, ended } = scene();
    const at: Record<string, number> = {};
    agents.onOrder = (order) => {
      at[order] = clock.now();
    };
    await ended(await seeds.begin('db2', 'db1'));
    expect((at['db1: send-seed'] ?? 0) - (at['db2: receive-seed'] ?? 0)).toBeGreaterThanOrEqual(2000);
  });

  test('a snapshot that was mounted before stays mounted', async () => {
    const { agents, seeds, ended } = scene();
    agents.host('db1').status = { ...agents.host('db1').status, mount: mountOf('/dev/vg/old') };
    expect(await ended(await seeds.begin('db2', 'db1'))).toMatchObject({ isSuccessful: true });
    expect(agents.orders).toEqual(ORDERS.filter((order) => !order.includes('mount')));
    expect(agents.host('db1').status.mount.isMounted).toBe(true);
  });

  test('agents that answer to receiving and sending only when that ends are not waited for', async () => {
    const { agents, seeds, ended } = scene();
    const obey = agents.order;
    agents.order = async (agent, order, until) => {
      if (order.kind !== 'receive-seed' && order.kind !== 'send-seed') return obey(agent, order, until);
      agents.host(agent.hostname).command = { isCompleted: false, isSuccessful: null };
      return new Promise<string>(() => undefined);
    };
    expect(await ended(await seeds.begin('db2', 'db1'))).toMatchObject({ isSuccessful: true });
  });
});

describe('conditions', () => {
  const REFUSED: readonly (readonly [string, (one: ReturnType<typeof scene>) => void, RegExp, (readonly string[])?])[] =
    [
      ['itself', () => undefined, /cannot be seeded from itself/, ['db2', 'db2']],
      ['an unknown target', () => undefined, /no agent of db9 has registered/, ['db9', 'db1']],
      ['a silent source', () => undefined, /the agent of away does not answer/, ['db2', 'away']],
      [
        'a target where MySQL runs',
        ({ agents }) => void Object.assign(agents.host('db2').status, { mysqlIsRunning: true }),
        /MySQL runs on db2/,
      ],
      [
        'a target that lives',
        ({ said }) => void Object.assign(said, { objection: 'db2:3306 is alive' }),
        /db2:3306 is alive/,
      ],
    ];
  for (const [name, prepare, sentence, [target, source] = ['db2', 'db1']] of REFUSED) {
    test(`${name}: refused, and nobody is told anything`, async () => {
      const one = scene();
      prepare(one);
      await expect(one.seeds.begin(target ?? '', source ?? '')).rejects.toMatchObject({
        code: 'seed-refused',
        message: expect.stringMatching(sentence),
      });
      expect([one.agents.orders, one.store.states(), await one.store.readSeeds({})]).toEqual([[], [], []]);
      expect(await one.seeds.plan(target ?? '', source ?? '')).toMatchObject({
        refusal: expect.stringMatching(sentence),
        steps: [],
      });
    });
  }

  test('a dry run tells conditions and steps, and does nothing', async () => {
    const { agents, store, seeds } = scene();
    const plan = await seeds.plan('db2', 'db1');
    expect(plan.refusal).toBeNull();
    expect(plan.held).toHaveLength(8);
    expect(plan.steps).toEqual([
      'Mounting /dev/vg/snap-1 on db1',
      'Checking once more that db2 may be overwritten',
      'Erasing the MySQL data folder of db2',
      'Checking the free space on db2',
      'db2 begins to receive data',
      'Waiting 2 s until db2 listens',
      'db1 begins to send its data to db2',
      'Running the post-copy command of db2',
      'Unmounting the snapshot on db1',
      'Starting MySQL on db2',
    ]);
    expect([agents.orders, await store.readSeeds({})]).toEqual([[], []]);
  });

  test('hosts of a seed under way take part in no other', async () => {
    const { seeds, ended } = scene();
    const seedId = await seeds.begin('db2', 'db1');
    await expect(seeds.begin('db3', 'db1')).rejects.toThrow(/seed 1 \(db2 from db1\) is under way/);
    await expect(seeds.begin('db1', 'db2')).rejects.toThrow(/seed 1 \(db2 from db1\) is under way/);
    expect(await ended(seedId)).toMatchObject({ isSuccessful: true });
  });

  const LATE: readonly (readonly [string, (one: ReturnType<typeof scene>) => void, RegExp])[] = [
    [
      'MySQL was started on the target',
      ({ agents }) => void Object.assign(agents.host('db2').status, { mysqlIsRunning: true }),
      /MySQL runs on db2/,
    ],
    ['a server was found on it', ({ said }) => void Object.assign(said, { objection: 'it lives' }), /it lives/],
    [
      'what was mounted is larger than the target',
      ({ agents }) => void Object.assign(agents.host('db2').status, { datadirFree: 999_699 }),
      /there is too little space on db2/,
    ],
  ];
  for (const [name, happen, sentence] of LATE) {
    test(`${name} while the snapshot was mounted: nothing is erased, and it is unmounted`, async () => {
      const one = scene();
      one.agents.onOrder = (order) => (order === 'db1: mount' ? happen(one) : undefined);
      expect(await one.ended(await one.seeds.begin('db2', 'db1'))).toMatchObject({ isSuccessful: false });
      expect(one.agents.orders).toEqual(['db1: mount', 'db1: umount']);
      expect(one.store.states()[1]).toMatch(sentence);
      expect(one.store.states().at(-1)).toMatch(sentence);
    });
  }
});

describe('what fails', () => {
  for (const [index, failing] of ORDERS.entries()) {
    test(`${failing}: the seed ends as failed, stopped on both hosts and unmounted`, async () => {
      const { agents, store, seeds, ended, said } = scene();
      let failures = 0;
      agents.onOrder = (order) => {
        if (order !== failing) return;
        failures += 1;
        // The first unmounting fails, the one behind a failure does not.
        if (failures === 1) throw new Error('exit status 1');
      };
      expect(await ended(await seeds.begin('db2', 'db1'))).toMatchObject({ isComplete: true, isSuccessful: false });
      const isCopying = index === 2 || index === 3;
      const isMounted = index < 6;
      expect(agents.orders).toEqual([
        ...ORDERS.slice(0, index + 1),
        ...(isCopying ? ['db2: abort-seed', 'db1: abort-seed'] : []),
        ...(isMounted ? ['db1: umount'] : []),
      ]);
      expect(store.states()).toContainEqual(
        expect.stringMatching(new RegExp(`${STATE_OF[failing]?.source}.*: exit status 1$`)),
      );
      expect(store.states().at(-1)).toBe('Failed: exit status 1');
      expect(agents.host('db1').status.mount.isMounted).toBe(false);
      expect(agents.host('db2').status.mysqlIsRunning).toBe(false);
      expect(said.seeded).toEqual([]);
    });
  }

  const ends =
    (name: string, isSuccessful: boolean | null) =>
    ({ agents }: ReturnType<typeof scene>): void => {
      agents.host(name).command = { isCompleted: true, isSuccessful };
    };
  const COPIES: readonly (readonly [string, (one: ReturnType<typeof scene>) => void, RegExp])[] = [
    ['the sending command fails', ends('db1', false), /the sending command on db1 failed/],
    ['the receiving command fails', ends('db2', false), /the receiving command on db2 failed/],
    ['nobody tells how the sending ended', ends('db1', null), /its agent does not tell how/],
    [
      'both commands succeed and half is there',
      (one) => {
        for (const name of ['db1', 'db2']) ends(name, true)(one);
      },
      /differ by more than 8192 \(SeedAcceptableBytesDiff\)/,
    ],
  ];
  for (const [name, happen, sentence] of COPIES) {
    test(`${name}: MySQL is not started on half a copy`, async () => {
      const one = scene();
      let looks = 0;
      one.clock.onSleep = () => {
        if (one.agents.orders.includes('db1: send-seed') && ++looks === 2) happen(one);
      };
      expect(await one.ended(await one.seeds.begin('db2', 'db1'))).toMatchObject({ isSuccessful: false });
      expect(one.store.states().at(-1)).toMatch(sentence);
      expect(one.agents.orders.slice(-3)).toEqual(['db2: abort-seed', 'db1: abort-seed', 'db1: umount']);
      expect(one.agents.orders).not.toContain('db2: mysql-start');
    });
  }

  test('a difference within SeedAcceptableBytesDiff is none', async () => {
    const one = scene();
    one.clock.onSleep = () => {
      const { status } = one.agents.host('db2');
      if (status.mysqlDiskUsage !== 1e6) return;
      one.agents.host('db2').status = { ...status, mysqlDiskUsage: 1e6 - 8192 };
    };
    expect(await one.ended(await one.seeds.begin('db2', 'db1'))).toMatchObject({ isSuccessful: true });
  });

  test('the free space is looked at again after erasing', async () => {
    const { agents, store, seeds, ended } = scene();
    agents.onOrder = (order) => {
      // The data folder was on another disk than the free space.
      if (order === 'db2: delete-datadir')
        agents.host('db2').status = { ...agents.host('db2').status, mysqlDiskUsage: 0, datadirFree: 999_999 };
    };
    expect(await ended(await seeds.begin('db2', 'db1'))).toMatchObject({ isSuccessful: false });
    expect(store.states().at(-1)).toMatch(/has 1000.00 kB free after erasing and needs 1.00 MB/);
    expect(agents.orders).not.toContain('db2: receive-seed');
  });

  test('MySQL that does not come up fails the seed, and says that the data is there', async () => {
    const { agents, store, seeds, ended } = scene();
    const status = agents.status;
    agents.status = async (agent) => ({ ...(await status(agent)), mysqlIsRunning: false });
    expect(await ended(await seeds.begin('db2', 'db1'))).toMatchObject({ isSuccessful: false });
    expect(store.states().at(-1)).toMatch(/the data was copied, but MySQL on db2 does not run 60 s after its start/);
  });

  test('a step that cannot be written down is not done', async () => {
    const { store, agents, seeds, ended } = scene();
    const add = store.addSeedState;
    store.addSeedState = async (seedId, action, options) => {
      if (action.startsWith('Erasing')) throw new Error('the backend is gone');
      return add(seedId, action, options);
    };
    expect(await ended(await seeds.begin('db2', 'db1'))).toMatchObject({ isSuccessful: false });
    expect(agents.orders).toEqual(['db1: mount', 'db1: umount']);
  });

  test('a backend that is away for a while does not end a copy', async () => {
    const { store, seeds, ended } = scene();
    const add = store.addSeedState;
    store.addSeedState = async (seedId, action, options) => {
      if (action.startsWith('Copied 500')) throw new Error('the backend is gone');
      return add(seedId, action, options);
    };
    expect(await ended(await seeds.begin('db2', 'db1'))).toMatchObject({ isSuccessful: true });
  });

  test('an agent that is silent for a while is told of with the state, and the copy goes on', async () => {
    const { agents, store, seeds, ended } = scene();
    const ask = agents.mysqlDiskUsage;
    let looks = 0;
    agents.mysqlDiskUsage = async (agent) => {
      looks += 1;
      if (looks === 3 || looks === 4) return agents.host('nobody').status.mysqlDiskUsage;
      return ask(agent);
    };
    expect(await ended(await seeds.begin('db2', 'db1'))).toMatchObject({ isSuccessful: true });
    expect(store.states()).toContain('Copied 500.00 kB of 1.00 MB (50%): agent of nobody: nobody is there');
  });
});

describe('what ends a seed from outside', () => {
  const NO_END = 0;

  test('abort: closed at once, stopped on both hosts, unmounted', async () => {
    const { agents, store, seeds, ended, clock } = scene();
    agents.bytesPerLook = NO_END;
    const copying = new Promise<void>((resolve) => {
      clock.onSleep = () => (agents.orders.includes('db1: send-seed') ? resolve() : undefined);
    });
    const seedId = await seeds.begin('db2', 'db1');
    await copying;
    await seeds.abort(seedId);
    expect(await ended(seedId)).toMatchObject({ isComplete: true, isSuccessful: false });
    expect(agents.orders.slice(-3)).toEqual(['db2: abort-seed', 'db1: abort-seed', 'db1: umount']);
    expect(store.states()).toContain('Aborted: by request');
    await expect(seeds.abort(seedId)).rejects.toMatchObject({ code: 'unknown-seed' });
    await expect(seeds.abort(99)).rejects.toMatchObject({ code: 'unknown-seed' });
  });

  test('a copy that stands still is stale, and is stopped', async () => {
    const { agents, store, seeds, ended, clock } = scene();
    agents.bytesPerLook = NO_END;
    clock.every(60_000, () => void seeds.failStale());
    expect(await ended(await seeds.begin('db2', 'db1'))).toMatchObject({ isSuccessful: false });
    expect(store.states()).toContain('stale: no news for too long');
    expect(agents.orders.slice(-3)).toEqual(['db2: abort-seed', 'db1: abort-seed', 'db1: umount']);
  });

  test('a slow copy that goes on is not stale', async () => {
    const { agents, seeds, ended, clock } = scene();
    agents.bytesPerLook = 2000;
    clock.every(60_000, () => void seeds.failStale());
    const begun = clock.now();
    expect(await ended(await seeds.begin('db2', 'db1'))).toMatchObject({ isSuccessful: true });
    expect(clock.now() - begun).toBeGreaterThan(3_600_000);
  });

  test('closed by another process: noticed, stopped and unmounted', async () => {
    const { agents, store, seeds, clock, said } = scene();
    agents.bytesPerLook = NO_END;
    const seedId = await seeds.begin('db2', 'db1');
    clock.onSleep = () => {
      if (agents.orders.includes('db1: send-seed')) void store.failSeed(seedId, 'Aborted', 'elsewhere');
    };
    await vi.waitFor(() => expect(said.audit.at(-1)).toMatch(/failed$/), OFTEN);
    expect(agents.orders.slice(-3)).toEqual(['db2: abort-seed', 'db1: abort-seed', 'db1: umount']);
  });

  test('one that a dead process left: abort and staleness tell both hosts', async () => {
    const { agents, store, seeds, clock } = scene();
    await store.beginSeed('db2', 'db1');
    await seeds.abort(1);
    expect(agents.orders.toSorted()).toEqual(['db1: abort-seed', 'db2: abort-seed']);
    await store.beginSeed('db3', 'db1');
    await clock.sleep(61 * 60_000);
    await seeds.failStale();
    expect(agents.orders.slice(2).toSorted()).toEqual(['db1: abort-seed', 'db3: abort-seed']);
    expect(store.states().filter((state) => state.startsWith('stale'))).toHaveLength(1);
  });

  test('the end of the program stops its seeds, closes them with a sentence, and lets none begin', async () => {
    const { agents, store, seeds, clock, seedOf } = scene();
    agents.bytesPerLook = NO_END;
    const copying = new Promise<void>((resolve) => {
      clock.onSleep = () => (agents.orders.includes('db1: send-seed') ? resolve() : undefined);
    });
    const seedId = await seeds.begin('db2', 'db1');
    await copying;
    await seeds.close();
    expect(await seedOf(seedId)).toMatchObject({ isComplete: true, isSuccessful: false });
    expect(store.states().at(-1)).toBe('Failed: orchestrator was stopped, and nobody would watch the copy any more');
    expect(agents.host('db1').status.mount.isMounted).toBe(false);
    await expect(seeds.begin('db2', 'db1')).rejects.toThrow(/orchestrator was stopped/);
  });

  test('the end of the program does not wait for hosts that keep silent', async () => {
    const { agents, seeds, seedOf } = scene();
    agents.onOrder = () => new Promise(() => undefined);
    const seedId = await seeds.begin('db2', 'db1');
    await vi.waitFor(() => expect(agents.orders).toContain('db1: mount'), OFTEN);
    await seeds.close();
    expect(await seedOf(seedId)).toMatchObject({ isComplete: true, isSuccessful: false });
  });
});
