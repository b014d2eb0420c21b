import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  closeScene,
  expectQuiet,
  explained,
  keyOf,
  openScene,
  pathOf,
  type Scene,
  seesAll,
  watchFor,
} from './no-failover-support.ts';

const isLong = process.env.ORCHESTRATOR_LONG === '1';
const FLAVOURS = isLong
  ? (['mysql-9.7', 'mysql-5.6', 'mariadb-10.11'] as const)
  : (['mysql-9.7', 'mariadb-10.11'] as const);
const HIDDEN_MS = isLong ? 30_000 : 2_500;

const OWN_NETWORK = /reaches no other server/;
const STILL_HEARD = /still hears? from it/;
const ALIVE = /accepts new connections|still hears? from it|answers\./;

describe.each(FLAVOURS)('no failover on %s behind a network', (flavour) => {
  // What the cut does to our own sockets does not depend on the flavour.
  const modes = isLong || flavour === 'mysql-9.7' ? (['blackhole', 'reset'] as const) : (['blackhole'] as const);
  let scene: Scene;
  const cutEverything = (mode: 'blackhole' | 'reset'): Promise<unknown> =>
    Promise.all([...scene.topology.servers.values()].map((server) => server.proxy?.cut(mode, { from: 'others' })));
  const healEverything = (): Promise<unknown> =>
    Promise.all([...scene.topology.servers.values()].map((server) => server.proxy?.heal()));

  beforeAll(async () => {
    scene = await openScene(flavour, { proxied: true });
  });
  afterAll(() => closeScene(scene));

  it.each(modes)('that is cut off for us alone, everywhere (%s)', async (mode) => {
    await expectQuiet(scene, OWN_NETWORK, async () => {
      await cutEverything(mode);
      await explained(scene, OWN_NETWORK);
      await watchFor(1_500);
      await healEverything();
    });
    await seesAll(scene.program, scene.topology);
  });

  it.each(modes)('that hides only the primary, only from us (%s)', async (mode) => {
    const { topology } = scene;
    await expectQuiet(scene, STILL_HEARD, async () => {
      await topology.primary.proxy?.cut(mode, { from: 'others' });
      const sentence = await explained(scene, STILL_HEARD);
      expect(sentence).toContain(keyOf(topology.primary));
      await watchFor(HIDDEN_MS);
      expect(await explained(scene, STILL_HEARD)).toContain('does not answer us');
      // The replicas looked again and found it: they replicate all the while.
      await topology.primary.query(`INSERT INTO app.t VALUES (?, ?, ?)`, [mode === 'reset' ? -2 : -1, 'hidden', mode]);
      await Promise.all([2, 3].map((number) => topology.waitCaughtUp(number)));
      await topology.primary.proxy?.heal();
    });
  });

  it('that hides the primary from the replicas, not from us', async () => {
    await expectQuiet(scene, ALIVE, async () => {
      await scene.topology.primary.proxy?.cut('reset', { from: 'servers' });
      for (const number of [2, 3]) {
        await scene.program.waitFor(`replica ${number} to report its error`, async () => {
          await scene.program.api(`refresh/${pathOf(scene.topology.server(number))}`);
          const seen = await scene.program.api<{ LastIOError: string }>(
            `instance/${pathOf(scene.topology.server(number))}`,
          );
          return seen.LastIOError !== '""' && seen.LastIOError !== '';
        });
      }
      await scene.program.waitFor('the primary to be looked at', async () =>
        scene.program.log().some(({ because }) => /cannot reach it/.test(String(because))),
      );
      await watchFor(500);
      await scene.topology.primary.proxy?.heal();
      await Promise.all([2, 3].map((number) => scene.topology.waitReplicating(number)));
    });
  });

  it('that delivers everything late, in bursts', async () => {
    await expectQuiet(scene, ALIVE, async () => {
      for (let turn = 0; turn < 3; turn += 1) {
        await scene.topology.primary.proxy?.cut('blackhole');
        await watchFor(800);
        await scene.topology.primary.proxy?.heal();
        await watchFor(200);
      }
    });
  });
});
