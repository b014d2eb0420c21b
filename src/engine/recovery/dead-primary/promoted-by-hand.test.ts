import { describe, expect, it } from 'vitest';
import { replicationOf, uuidOf } from '../../../model/testing/instances.ts';
import { keyOf, nameOf, recoveryScene } from '../../testing/recovery-scene.ts';
import type { StartOptions } from '../recoveries.ts';

type Scene = ReturnType<typeof recoveryScene>;

const OPEN = { isReadOnly: false };
const DESTRUCTIVE = ['forget-source', 'reset-replication', 'set-read-only', 'change-source'];
const destructiveTo = (scene: Scene, number: number) =>
  scene.commandsTo(number).filter((kind) => DESTRUCTIVE.includes(kind));

/** Server 1 is dead; meanwhile, as its PreFailover hooks run, people do something. */
async function duringHooks(
  prepare: (scene: Scene) => void,
  byHand: (scene: Scene) => void,
  options: Partial<StartOptions> = {},
) {
  const scene = recoveryScene();
  prepare(scene);
  scene.kill(1);
  let end = (): void => undefined;
  scene.holdHooks(
    'PreFailoverProcesses',
    new Promise<void>((resolve) => {
      end = resolve;
    }),
  );
  const recovering = scene.recover([2, 3], options);
  await scene.until(() => scene.hooksRun.length === 1);
  byHand(scene);
  end();
  return { scene, outcome: await recovering };
}

const threeServers = ({ put }: Scene): void => {
  put(1, null);
  put(2, 1);
  put(3, 1);
};

describe('a member that people made primary while its recovery waits', () => {
  it.each([
    ['began by itself', {}],
    ['a person ordered', { isForced: true }],
    ['a person ordered, naming another', { isForced: true, candidate: keyOf(3) }],
  ])('ends one that %s: nobody is promoted beside it', async (_words, options) => {
    const { scene, outcome } = await duringHooks(threeServers, ({ put }) => put(2, null, OPEN), options);
    expect(outcome).toMatchObject({ kind: 'failed', reason: expect.stringMatching(/^10\.0\.0\.2:3306 takes writes/) });
    expect(destructiveTo(scene, 3)).toEqual([]);
    expect(scene.servers.at(nameOf(3))).toMatchObject({ isReadOnly: true, replication: { source: keyOf(1) } });
    expect(scene.receiverOf(3)).not.toBe('stopped');
    expect(await scene.store.readDeposed()).toEqual([]);
    expect(scene.hooksRun).toContain('PostUnsuccessfulFailoverProcesses');
    // It blocks the next one, in whose cluster the new primary would not be found any more.
    expect(scene.store.records).toMatchObject([{ isSuccessful: false, isInActivePeriod: true, isAcknowledged: false }]);
  });

  it('is found below another that people put above it, too', async () => {
    const ring = ({ put }: Scene): void => {
      put(2, 4, OPEN);
      put(4, 2);
    };
    const { scene, outcome } = await duringHooks(threeServers, ring);
    expect(outcome).toMatchObject({ kind: 'failed', reason: expect.stringContaining('takes writes') });
    expect(destructiveTo(scene, 3)).toEqual([]);
  });

  it.each([
    ['of the failed primary', 1],
    ['of a replica', 2],
  ])('is no replica %s that took writes all along, its link being down', async (_words, source) => {
    const { outcome } = await duringHooks(
      (scene) => {
        threeServers(scene);
        const stopped = { state: 'stopped', errorNumber: 0, errorText: '' } as const;
        scene.put(4, source, {
          ...OPEN,
          serverUuid: uuidOf(4),
          replication: replicationOf(nameOf(source), { receiver: stopped }),
        });
      },
      () => undefined,
    );
    expect(outcome).toMatchObject({ kind: 'recovered' });
  });
});

describe('a primary that was closed by order, and a member that people opened meanwhile', () => {
  it('stays closed: it is not opened again beside that one', async () => {
    const scene = recoveryScene();
    threeServers(scene);
    let end = (): void => undefined;
    const hooks = new Promise<void>((resolve) => {
      end = resolve;
    });
    scene.holdHooks('PreFailoverProcesses', hooks);
    const recovering = scene.recover([2, 3], { isForced: true, closesLivePrimary: true });
    await scene.until(() => scene.hooksRun.length === 1);
    scene.put(2, null, OPEN);
    end();
    expect(await recovering).toMatchObject({ kind: 'failed', reason: expect.stringContaining('takes writes') });
    expect(scene.servers.at(nameOf(1))?.isReadOnly).toBe(true);
    expect(scene.store.records[0]?.errors.join()).toMatch(/10\.0\.0\.1:3306 stays closed/);
  });
});

describe('what another process left open, people having made another one primary since', () => {
  /** 2 was to be promoted; 3 is the primary by hand. */
  function left(source: number, given: Parameters<Scene['put']>[2] = {}) {
    const scene = recoveryScene();
    scene.put(1, null);
    for (const number of [2, 3, 4]) scene.put(number, 1);
    scene.kill(1);
    scene.put(3, null, OPEN);
    scene.put(2, source, given);
    scene.put(4, 3);
    return scene;
  }

  const RECEIVER_STOPPED = {
    replication: replicationOf(nameOf(1), { receiver: { state: 'stopped', errorNumber: 2003, errorText: 'no' } }),
  } as const;

  it.each([
    ['follows that one', 3, {}],
    ['is as we left it', 1, RECEIVER_STOPPED],
  ])('is closed while it was promoting a successor that %s', async (_words, source, given) => {
    const scene = left(source, given);
    await scene.resume({ ...scene.intentOf('promoting', [2, 3, 4]), successor: keyOf(2) }, [2, 3, 4]);
    expect(destructiveTo(scene, 2)).toEqual([]);
    expect(destructiveTo(scene, 4)).toEqual([]);
    expect(scene.store.intents.size).toBe(0);
    expect(scene.store.records[0]).toMatchObject({ isSuccessful: false });
    expect(scene.store.records[0]?.errors.join()).toMatch(/10\.0\.0\.3:3306.* takes writes/);
    // The failed one is not the primary any more, whoever is.
    expect((await scene.store.readDeposed()).map(({ key }) => key)).toEqual([keyOf(1)]);
  });

  it('is closed also where the new primary was no member', async () => {
    const scene = left(9);
    scene.put(3, 9);
    scene.put(9, null, OPEN);
    await scene.resume({ ...scene.intentOf('promoting', [2, 3, 4]), successor: keyOf(2) }, [2, 3, 4]);
    expect([2, 3, 4].flatMap((number) => scene.commandsTo(number))).toEqual([]);
    expect(scene.store.intents.size).toBe(0);
  });

  it.each(['promoted', 'repointed'] as const)('is closed when it had come to "%s"', async (phase) => {
    const scene = left(3);
    scene.put(4, 1);
    await scene.resume({ ...scene.intentOf(phase, [2, 3, 4]), successor: keyOf(2) }, [2, 3, 4]);
    expect([2, 3, 4].flatMap((number) => scene.commandsTo(number))).toEqual([]);
    expect(scene.hooksRun).toEqual([]);
    expect(scene.store.intents.size).toBe(0);
    expect(scene.store.records[0]?.errors.join()).toMatch(/10\.0\.0\.2:3306 follows 10\.0\.0\.3:3306.* takes writes/);
  });

  it('goes on with a successor that takes writes already, and says that there are two', async () => {
    const scene = left(1);
    scene.put(2, null, OPEN);
    await scene.resume({ ...scene.intentOf('promoting', [2, 3, 4]), successor: keyOf(2) }, [2, 3, 4]);
    expect(scene.store.records[0]).toMatchObject({ isSuccessful: true, successor: keyOf(2) });
    expect(scene.store.records[0]?.errors.join()).toMatch(/10\.0\.0\.3:3306 takes writes/);
  });

  it('goes on where the successor caught up from a replica that took writes all along', async () => {
    const scene = left(3, { replication: replicationOf(nameOf(3), RECEIVER_STOPPED.replication) });
    scene.put(3, 1, OPEN);
    scene.put(2, 3);
    await scene.resume({ ...scene.intentOf('promoting', [2, 3, 4]), successor: keyOf(2) }, [2, 3, 4]);
    expect(scene.store.records[0]).toMatchObject({ isSuccessful: true, successor: keyOf(2) });
  });
});
