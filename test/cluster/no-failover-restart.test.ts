import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Flavour, LabServer } from '../../lab/index.ts';
import { waitFor } from '../../lab/index.ts';
import type { Program } from '../support/program.ts';
import {
  calm,
  closeScene,
  decisionsSince,
  expectNoRecovery,
  explained,
  openScene,
  type Scene,
  stateOf,
} from './no-failover-support.ts';

/** Opens a scene, hands it on, and closes it whatever happens. Several run side by side: they mostly wait. */
async function within(
  flavour: Flavour,
  config: Readonly<Record<string, unknown>>,
  work: (scene: Scene) => Promise<void>,
): Promise<void> {
  const scene = await openScene(flavour, { config });
  try {
    await work(scene);
  } finally {
    await closeScene(scene);
  }
}

interface Recovery {
  readonly IsSuccessful: boolean;
  readonly SuccessorKey: { readonly Port: number };
}

/** Waits for the one successful recovery; gives the promoted server. */
async function promoted({ program, topology }: Scene, deadlineMs: number): Promise<LabServer> {
  const recovery = await program.waitFor(
    'a successful recovery',
    async () => (await program.api<readonly Recovery[]>('audit-recovery')).find(({ IsSuccessful }) => IsSuccessful),
    deadlineMs,
  );
  const server = [...topology.servers.values()].find(({ port }) => port === recovery.SuccessorKey.Port);
  if (server === undefined) throw new Error(`no server at port ${recovery.SuccessorKey.Port}`);
  return server;
}

const isWritable = async (server: LabServer): Promise<boolean> =>
  Number((await server.query('SELECT @@global.read_only AS ro'))[0]?.ro) === 0;

/** The log is written in the background: what was decided before the deed may come into it after. */
const decided = (program: Program, mark: number, words: RegExp): Promise<unknown> =>
  program.waitFor(`a decision like ${words}`, async () => words.test(decisionsSince(program, mark).said.join('\n')));

describe.concurrent('a clean shutdown of the primary', () => {
  // A clean shutdown takes 10 s here: the server waits for its replicas' dump threads before it gives up on them.
  it.each(['mysql-9.7', 'mysql-5.6'] as const)(
    'on %s with a restart within the grace: no failover',
    async (flavour) => {
      await within(flavour, {}, async (scene) => {
        const { topology, program } = scene;
        const before = await stateOf(topology);
        const mark = program.log().length;
        const restart = topology.primary.shutdown().then(() => topology.primary.restart());
        await explained(scene, /shutting down cleanly/);
        await restart;
        await calm(scene);
        await waitFor(async () => JSON.stringify(await stateOf(topology)) === JSON.stringify(before), {
          what: 'the topology to be as before',
        });
        await sleep(1_000);
        await expectNoRecovery(scene);
        expect(decisionsSince(program, mark).said.filter((sentence) => /^Replacing/.test(sentence))).toEqual([]);
      });
    },
  );

  it.each(['mysql-9.7', 'mysql-5.6'] as const)('on %s with no restart: failover after the grace', async (flavour) => {
    await within(flavour, { CleanShutdownGraceSeconds: 2 }, async (scene) => {
      const mark = scene.program.log().length;
      const gone = scene.topology.primary.shutdown();
      await explained(scene, /shutting down cleanly.* has 2000 ms to come back/);
      await gone;
      const successor = await promoted(scene, 30_000);
      expect(await isWritable(successor)).toBe(true);
      await decided(scene.program, mark, /Replacing/);
    });
  });

  it('on mariadb-10.11 with PrimaryRestartGraceMilliseconds: no failover', async () => {
    await within('mariadb-10.11', { PrimaryRestartGraceMilliseconds: 15_000 }, async (scene) => {
      const before = await stateOf(scene.topology);
      const restart = scene.topology.primary.shutdown().then(() => sleep(1_000));
      await explained(scene, /may be restarting and has 15000 ms to come back/);
      await restart;
      await scene.topology.primary.restart();
      await calm(scene);
      await waitFor(async () => JSON.stringify(await stateOf(scene.topology)) === JSON.stringify(before), {
        what: 'the topology to be as before',
      });
      await expectNoRecovery(scene);
    });
  });

  it.each(['mysql-9.7', 'mariadb-10.11'] as const)(
    'on %s a primary that hangs for good: replaced by testimony, fenced when it wakes',
    async (flavour) => {
      await within(flavour, {}, async (scene) => {
        const { topology, program } = scene;
        topology.primary.pause();
        const successor = await promoted(scene, 30_000);
        await decided(program, 0, /no answer to a new connection|cannot reach it/);
        expect(await isWritable(successor)).toBe(true);
        await successor.query("INSERT INTO app.t VALUES (1, 'after', 'the failover')");
        topology.primary.resume();
        await waitFor(async () => !(await isWritable(topology.primary)), { what: 'the woken primary to be fenced' });
        await program.waitFor('the fence to be told', async () =>
          (await program.api<readonly { fencedAtMs: number | null }[]>('deposed-primaries')).find(
            (one) => one.fencedAtMs !== null,
          ),
        );
        expect(await isWritable(successor)).toBe(true);
      });
    },
  );
});
