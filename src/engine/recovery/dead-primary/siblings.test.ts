import { describe, expect, it, vi } from 'vitest';
import type { Instance } from '../../../model/instance.ts';
import { instanceOf, replicationOf, uuidOf } from '../../../model/testing/instances.ts';
import type { CommandOutcome } from '../../ports.ts';
import { keyOf, nameOf, recoveryScene } from '../../testing/recovery-scene.ts';

const NO: CommandOutcome = {
  kind: 'failed',
  failure: { kind: 'answered', errorNumber: 1227, message: 'not allowed' },
};
const sourceOf = (instance: Instance | null): string | undefined => instance?.replication?.source.hostname;

/** Server 3 cannot be moved below the successor. */
function withLostReplica(settings: Parameters<typeof recoveryScene>[0]) {
  const scene = recoveryScene(settings);
  scene.put(1, null);
  scene.put(2, 1);
  scene.put(3, 1);
  scene.kill(1);
  const obey = scene.servers.execute;
  vi.spyOn(scene.servers, 'execute').mockImplementation(async (instance, command, options) => {
    const isMove = command.kind === 'change-source' && command.source.hostname === '10.0.0.2';
    return isMove ? NO : obey(instance, command, options);
  });
  return scene;
}

/** Replica 2 of 1 has received ten transactions and executed so many; its receiver has lost the source. */
const receivedTen = (executed: number, state: 'other' | 'stopped'): Instance =>
  instanceOf(nameOf(2), {
    serverId: 2,
    serverUuid: uuidOf(2),
    isReadOnly: true,
    executedGtid: `${uuidOf(1)}:1-${executed}`,
    replication: replicationOf(nameOf(1), {
      sourceUuid: uuidOf(1),
      receivedGtid: `${uuidOf(1)}:1-10`,
      applierHasReadAll: executed === 10,
      receiver: { state, errorNumber: 2003, errorText: '' },
    }),
  });

describe('a lost replica', () => {
  it('is detached and downtimed (DetachLostReplicasAfterMasterFailover)', async () => {
    const { recover, servers, downtimed } = withLostReplica({ detachLostReplicas: true });
    expect(await recover([2, 3])).toMatchObject({ kind: 'recovered', lost: [keyOf(3)] });
    expect(sourceOf(servers.at(nameOf(3)))).toBe('//10.0.0.1');
    expect(downtimed).toEqual([nameOf(1), nameOf(3)]);
  });

  it('stays attached without it', async () => {
    const { recover, servers, downtimed } = withLostReplica({});
    expect(await recover([2, 3])).toMatchObject({ kind: 'recovered', lost: [keyOf(3)] });
    expect(sourceOf(servers.at(nameOf(3)))).toBe('10.0.0.1');
    expect(downtimed).toEqual([nameOf(1), nameOf(3)]);
  });

  it('that does not answer is no matter for detaching', async () => {
    const { recover, put, kill, servers } = recoveryScene({ detachLostReplicas: true });
    put(1, null);
    put(2, 1);
    put(3, 1);
    kill(1);
    kill(3);
    expect(await recover([2, 3])).toMatchObject({ kind: 'recovered', lost: [keyOf(3)] });
    expect(servers.commands.filter(({ server }) => server === nameOf(3))).toEqual([]);
  });
});

describe('a successor that does not forget its source (ApplyMySQLPromotionAfterMasterFailover off)', () => {
  it.each([
    [true, '//10.0.0.1'],
    [false, '10.0.0.1'],
  ])('MasterFailoverDetachReplicaMasterHost %s: its source is %s', async (detachSuccessor, source) => {
    const { recover, put, kill, servers } = recoveryScene({ detachSuccessor, applyPromotion: false });
    put(1, null);
    put(2, 1);
    kill(1);
    expect(await recover([2])).toMatchObject({ kind: 'recovered', successor: keyOf(2) });
    expect(sourceOf(servers.at(nameOf(2)))).toBe(source);
  });
});

describe('a primary that comes back while the successor executes what it received', () => {
  const replica = (executed: number): Instance => receivedTen(executed, 'other');

  it.each([true, false])(
    'calls the recovery off (ApplyMySQLPromotionAfterMasterFailover %s)',
    async (applyPromotion) => {
      const { recover, put, kill, servers, store, until } = recoveryScene({ applyPromotion });
      put(1, null);
      put(2, 1, replica(1));
      const primary = servers.at(nameOf(1));
      kill(1);
      const outcome = recover([2]);
      await until(() => servers.at(nameOf(2))?.replication?.receiver.state === 'stopped');
      servers.put(nameOf(1), primary);
      const { executedGtid, replication } = replica(10);
      const silenced = servers.at(nameOf(2))?.replication;
      if (silenced == null || replication === null) throw new Error('it has lost its source');
      servers.put(nameOf(2), {
        ...replica(10),
        executedGtid,
        replication: { ...replication, receiver: silenced.receiver },
      });
      expect(await outcome).toMatchObject({ kind: 'failed', reason: expect.stringContaining('answers again') });
      expect(await store.readDeposed()).toEqual([]);
    },
  );
});

describe('a replica that is delayed by more than PostponeReplicaRecoveryOnLagMinutes', () => {
  it('is moved after the hooks that tell of the new primary', async () => {
    const { recover, put, kill, servers, hooksRun } = recoveryScene({ postponeOnLagMinutes: 5 });
    put(1, null);
    put(2, 1);
    put(3, 1, { replication: { ...replicationOf(nameOf(1)), delaySeconds: 600 } });
    put(4, 1, { replication: { ...replicationOf(nameOf(1)), delaySeconds: 60 } });
    kill(1);
    const moved: string[] = [];
    const obey = servers.execute;
    vi.spyOn(servers, 'execute').mockImplementation(async (instance, command, options) => {
      if (command.kind === 'change-source') moved.push(`${instance.key.hostname} after ${hooksRun.at(-1)}`);
      return obey(instance, command, options);
    });
    expect(await recover([2, 3, 4])).toMatchObject({ kind: 'recovered', lost: [] });
    expect(moved).toEqual(['10.0.0.4 after PreFailoverProcesses', '10.0.0.3 after PostMasterFailoverProcesses']);
    expect([3, 4].map((number) => sourceOf(servers.at(nameOf(number))))).toEqual(['10.0.0.2', '10.0.0.2']);
  });
});

describe('a delayed replica whose turn comes after the hooks', () => {
  /** Server 3 is delayed; somebody dies while the PostMasterFailover hooks run. */
  async function afterDeathOf(number: number) {
    const scene = recoveryScene({ postponeOnLagMinutes: 5 });
    const { recover, put, kill, holdHooks, hooksRun, until } = scene;
    put(1, null);
    put(2, 1);
    put(3, 1, { replication: { ...replicationOf(nameOf(1)), delaySeconds: 600 } });
    kill(1);
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    holdHooks('PostMasterFailoverProcesses', ended);
    const outcome = recover([2, 3]);
    await until(() => hooksRun.includes('PostMasterFailoverProcesses'));
    kill(number);
    end();
    return { ...scene, outcome: await outcome };
  }

  it('is pointed at the successor all the same when that has died', async () => {
    const { outcome, servers } = await afterDeathOf(2);
    expect(outcome).toMatchObject({ kind: 'recovered', successor: keyOf(2), lost: [] });
    expect(sourceOf(servers.at(nameOf(3)))).toBe('10.0.0.2');
    expect(servers.at(nameOf(3))?.replication?.receiver.state).toBe('other');
  });

  it('is lost when it has died itself', async () => {
    const { outcome, downtimed } = await afterDeathOf(3);
    expect(outcome).toMatchObject({ kind: 'recovered', successor: keyOf(2), lost: [keyOf(3)] });
    expect(downtimed).toContain(nameOf(3));
  });
});

describe('a successor that has yet to execute what it received', () => {
  /** It executes one transaction of ten every 60 ms; a drain may take 200 ms. */
  function slow(delayPromotion: boolean) {
    const scene = recoveryScene({ delayPromotion, promotionDrainTimeoutMs: 200 });
    const replica = (executed: number): Instance => receivedTen(executed, 'stopped');
    scene.put(1, null);
    scene.put(2, 1, replica(1));
    scene.kill(1);
    const execute = async (): Promise<void> => {
      for (let executed = 2; executed <= 10; executed += 1) {
        await scene.clock.sleep(60);
        const now = scene.servers.at(nameOf(2));
        if (now?.replication == null) return;
        scene.servers.put(nameOf(2), { ...now, ...pick(replica(executed), now) });
      }
    };
    void execute();
    return scene;
  }

  /** Only what executing changes. */
  const pick = (next: Instance, now: Instance): Partial<Instance> => ({
    executedGtid: next.executedGtid,
    replication:
      now.replication === null
        ? null
        : { ...now.replication, applierHasReadAll: next.replication?.applierHasReadAll === true },
  });

  it('is waited for as long as it goes on (DelayMasterPromotionIfSQLThreadNotUpToDate)', async () => {
    expect(await slow(true).recover([2])).toMatchObject({ kind: 'recovered', successor: keyOf(2) });
  });

  it('is given up at the end of PromotionDrainTimeoutSeconds without it', async () => {
    expect(await slow(false).recover([2])).toMatchObject({ kind: 'failed' });
  });
});
