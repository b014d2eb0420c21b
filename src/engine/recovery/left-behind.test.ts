import { describe, expect, it, vi } from 'vitest';
import { replicationOf } from '../../model/testing/instances.ts';
import type { CommandOutcome } from '../ports.ts';
import { keyOf, nameOf, recoveryScene } from '../testing/recovery-scene.ts';

const CONNECTING = { state: 'other', errorNumber: 2003, errorText: 'cannot connect' } as const;
const NO: CommandOutcome = {
  kind: 'failed',
  failure: { kind: 'answered', errorNumber: 1227, message: 'not allowed' },
};

/** Server 2 forgets its source and cannot be opened: a recovery that fails for good after its point of no return. */
async function failedForGood({ isByPlace = false } = {}) {
  const scene = recoveryScene();
  const byPlace = () => ({
    gtidMode: '',
    supportsOracleGtid: false,
    executedGtid: '',
    replication: replicationOf(nameOf(1), { positioning: 'coordinates' }),
  });
  const way = isByPlace ? byPlace : () => ({});
  scene.put(1, null);
  scene.put(2, 1, { isReadOnly: true, isSuperReadOnly: true, ...way() });
  scene.put(3, 1, { isReadOnly: true, ...way() });
  scene.kill(1);
  const obey = scene.servers.execute;
  const spy = vi.spyOn(scene.servers, 'execute').mockImplementation(async (instance, command, options) => {
    return command.kind === 'set-read-only' ? NO : obey(instance, command, options);
  });
  expect(await scene.recover([2, 3])).toMatchObject({ kind: 'failed' });
  spy.mockRestore();
  return scene;
}

describe('a recovery that fails after its point of no return', () => {
  it('says in its record which replicas it left stopped, and what goes on with them', async () => {
    const { store, receiverOf } = await failedForGood();
    expect(receiverOf(3)).toBe('stopped');
    expect(store.records[0]).toMatchObject({ isSuccessful: false, lostReplicas: [keyOf(3)] });
    expect(store.records[0]?.errors.join('\n')).toMatch(
      /receiver stopped: 10\.0\.0\.3:3306; the next recovery of 10\.0\.0\.1/,
    );
  }, 20_000);

  it('is finished by the next one, with the same successor: who was left stopped follows it, started', async () => {
    const { recover, servers, receiverOf, recoveries, entry, store } = await failedForGood();
    expect(await recoveries.plan(entry([2, 3]), null)).toMatchObject({ kind: 'plan', successor: keyOf(2) });
    expect(await recover([2, 3], { isForced: true })).toMatchObject({
      kind: 'recovered',
      successor: keyOf(2),
      lost: [],
    });
    expect(servers.at(nameOf(3))?.replication?.source).toEqual(keyOf(2));
    expect(receiverOf(3)).toBe('running');
    expect(await store.readDeposed()).toMatchObject([{ key: keyOf(1), successor: keyOf(2) }]);
  }, 20_000);

  it('by file and position, is finished by the next one as well: where its successor came to rest is known still', async () => {
    const { recover, servers, receiverOf, recoveries, entry, store, commandsTo } = await failedForGood({
      isByPlace: true,
    });
    expect(await store.readDeposed()).toMatchObject([
      { successor: keyOf(2), successorRest: { own: expect.anything() } },
    ]);
    expect(await recoveries.plan(entry([2, 3]), null)).toMatchObject({ successor: keyOf(2), unfit: [] });
    expect(await recover([2, 3], { isForced: true })).toMatchObject({
      kind: 'recovered',
      successor: keyOf(2),
      lost: [],
    });
    expect(servers.at(nameOf(3))?.replication?.source).toEqual(keyOf(2));
    expect(receiverOf(3)).toBe('running');
    expect(commandsTo(3)).toContain('change-source');
    expect(await store.readDeposed()).toMatchObject([
      { successor: keyOf(2), successorRest: { own: expect.anything() } },
    ]);
  }, 20_000);

  it('stays as it is when the next one ends early: who was left stopped is, the primary is deposed, the successor known', async () => {
    const { recover, failing, receiverOf, store, recoveries, entry } = await failedForGood();
    failing.add('PreFailoverProcesses');
    expect(await recover([2, 3], { isForced: true })).toMatchObject({ kind: 'failed' });
    expect(await recover([2, 3], { isForced: true, candidate: keyOf(9), skipHooks: true })).toMatchObject({
      kind: 'failed',
    });
    expect(receiverOf(3)).toBe('stopped');
    expect(store.records.slice(1).map(({ lostReplicas }) => lostReplicas)).toEqual([[keyOf(3)], [keyOf(3)]]);
    expect(await store.readDeposed()).toMatchObject([{ key: keyOf(1), successor: keyOf(2), epoch: 7 }]);
    expect(await recoveries.plan(entry([2, 3]), null)).toMatchObject({ kind: 'plan', successor: keyOf(2) });
    failing.clear();
    expect(await recover([2, 3], { isForced: true })).toMatchObject({
      kind: 'recovered',
      successor: keyOf(2),
      lost: [],
    });
    expect(receiverOf(3)).toBe('running');
  }, 20_000);

  it('is finished though it left nobody stopped, and others ended early since', async () => {
    const { recover, store, put } = await failedForGood();
    // Stopped by nobody: it was away when the others were silenced.
    put(3, 1, { isReadOnly: true, replication: { ...replicationOf(nameOf(1)), receiver: CONNECTING } });
    for (const number of [1, 2]) {
      const [first] = store.records;
      if (first !== undefined) store.records.push({ ...first, uid: `early${number}`, recoveryId: 10 + number });
    }
    store.records.forEach((record, index) => {
      store.records[index] = { ...record, lostReplicas: [] };
    });
    expect(await recover([3], { isForced: true })).toMatchObject({ kind: 'recovered', successor: keyOf(2), lost: [] });
  }, 20_000);

  it('is not forgotten for one that ended before its point of no return', async () => {
    const { recoveries, store } = await failedForGood();
    const [first] = store.records;
    if (first !== undefined) store.records.push({ ...first, uid: 'early', lostReplicas: [] });
    await store.acknowledge({ uid: 'u1' }, 'me', 'seen');
    await store.acknowledge({ uid: 'early' }, 'me', 'seen');
    expect(await recoveries.leftSilenced(keyOf(1))).toEqual(new Set([nameOf(3)]));
  }, 20_000);

  it('keeps the primary deposed when another successor is tried, and turns out to have its source still', async () => {
    const { recover, servers, store, put } = await failedForGood();
    // People gave the first one its source again, and the row is still there.
    put(2, 1, { isReadOnly: true, replication: { ...replicationOf(nameOf(1)), receiver: CONNECTING } });
    const before = await store.readDeposed();
    const obey = servers.execute;
    vi.spyOn(servers, 'execute').mockImplementation(async (instance, command, options) => {
      return command.kind === 'forget-source' ? NO : obey(instance, command, options);
    });
    expect(await recover([2, 3], { isForced: true })).toMatchObject({ kind: 'failed' });
    expect(await store.readDeposed()).toEqual(before);
  }, 20_000);

  it('whose successor died since is finished with another; the dead one is deposed as well', async () => {
    const { kill, recover, store } = await failedForGood();
    kill(2);
    expect(await recover([2, 3], { isForced: true })).toMatchObject({ kind: 'recovered', successor: keyOf(3) });
    expect((await store.readDeposed()).map(({ key }) => key)).toEqual([keyOf(1), keyOf(2)]);
  }, 20_000);

  it('is finished with another that an operator names; the first may take writes, and is deposed', async () => {
    const { recover, store } = await failedForGood();
    const options = { isForced: true, candidate: keyOf(3) };
    expect(await recover([2, 3], options)).toMatchObject({ kind: 'recovered', successor: keyOf(3) });
    expect(new Set((await store.readDeposed()).map(({ key }) => key))).toEqual(new Set([keyOf(1), keyOf(2)]));
  }, 20_000);

  it('gives its replicas to detection as witnesses, once it blocks no other recovery', async () => {
    const { recoveries, store } = await failedForGood();
    expect(await recoveries.leftSilenced(keyOf(1))).toEqual(new Set());
    await store.acknowledge({ uid: 'u1' }, 'me', 'seen');
    expect(await recoveries.leftSilenced(keyOf(1))).toEqual(new Set([nameOf(3)]));
  }, 20_000);
});

describe('recoveries that are called off', () => {
  /** The primary answers again before anything is done for good. */
  function flapping() {
    const scene = recoveryScene();
    scene.put(1, null);
    scene.put(2, 1);
    return scene;
  }

  it('block no other the first time, and the second time within the block period do', async () => {
    const { recover, store } = flapping();
    expect(await recover([2])).toMatchObject({ kind: 'failed', reason: expect.stringMatching(/answers again/) });
    expect(store.records[0]).toMatchObject({ isAcknowledged: true, isInActivePeriod: false });
    await recover([2]);
    expect(store.records[1]).toMatchObject({ isAcknowledged: false, isInActivePeriod: true });
    expect(store.records[1]?.errors.at(-1)).toMatch(/second time within RecoveryPeriodBlockSeconds \(3600\)/);
    store.registrations.push(() => ({ kind: 'blocked', blockingRecoveryId: 2, reason: 'recovery 2 is too recent' }));
    expect(await recover([2])).toMatchObject({
      kind: 'not-attempted',
      reason: expect.stringMatching(/^recovery 2 is too recent \(it ended so: .*keeps dying and coming back/),
    });
  });

  it('tell that the primary is read-only where it was fenced meanwhile, and how it is opened', async () => {
    const { recover, store, servers, kill } = flapping();
    const instance = servers.at(nameOf(1));
    if (instance === null) throw new Error('there is no primary');
    const { saveDeposed } = store;
    kill(1);
    // It comes back, and whoever watches replaced primaries is as fast as can be.
    store.saveDeposed = async (row) => {
      await saveDeposed({ ...row, fencedAtMs: 1 });
      servers.put(nameOf(1), { ...instance, isReadOnly: true, isSuperReadOnly: true });
    };
    const { execute } = servers;
    const failure = { kind: 'deadline', errorNumber: null, message: 'too late' } as const;
    servers.execute = async (to, command, options) =>
      command.kind === 'stop-applier' ? { kind: 'failed', failure } : execute(to, command, options);
    await recover([2]);
    expect(store.records[0]?.errors.join()).toMatch(/10\.0\.0\.1:3306 .*read-only since: set-writeable opens it/);
    expect(await store.readDeposed()).toEqual([]);
  });

  it('do not hold up the recovery of a primary that dies for good', async () => {
    const { recover, kill } = flapping();
    await recover([2]);
    kill(1);
    expect(await recover([2])).toMatchObject({ kind: 'recovered', successor: keyOf(2) });
  });

  it('count only within the block period', async () => {
    const { recover, store } = flapping();
    await recover([2]);
    const [first] = store.records;
    if (first !== undefined) store.records[0] = { ...first, startedAt: '2020-01-01 00:00:00' };
    await recover([2]);
    expect(store.records[1]).toMatchObject({ isAcknowledged: true });
  });

  it('do not count when a person ordered them', async () => {
    const { recover, store } = flapping();
    await recover([2]);
    await recover([2], { isForced: true });
    expect(store.records[1]).toMatchObject({ isAcknowledged: true });
  });
});

describe('our own death around the registration', () => {
  it('finds the intent written before the registration, so that the next process goes on', async () => {
    const { recover, store, put, kill } = recoveryScene();
    put(1, null);
    put(2, 1);
    kill(1);
    const registered = vi.spyOn(store, 'registerRecovery');
    const saved = vi.spyOn(store, 'saveIntent');
    await recover([2]);
    expect(saved.mock.invocationCallOrder[0]).toBeLessThan(registered.mock.invocationCallOrder[0] ?? 0);
  });

  it('after it: the next process takes number and epoch from what was registered', async () => {
    const { resume, intentOf, store, put, kill } = recoveryScene();
    put(1, null);
    put(2, 1, { replication: { ...replicationOf(nameOf(1)), receiver: CONNECTING } });
    kill(1);
    await resume({ ...intentOf('registered', [2]), recoveryId: 0, epoch: 0 }, [2]);
    expect(store.records[0]).toMatchObject({ isSuccessful: true, successor: keyOf(2) });
    expect(await store.readDeposed()).toMatchObject([{ epoch: 6 }]);
  });

  it('before it: the intent is dropped, and nothing is done', async () => {
    const { recoveries, entry, intentOf, store, servers, put } = recoveryScene();
    put(1, null);
    put(2, 1);
    const intent = { ...intentOf('registered', [2]), recoveryId: 0, epoch: 0 };
    store.intents.set(intent.uid, intent);
    await recoveries.resume(intent, entry([2]));
    expect(store.intents.size).toBe(0);
    expect(servers.commands).toEqual([]);
  });

  it('a registration that is refused leaves no intent', async () => {
    const { recover, store, put } = recoveryScene();
    put(1, null);
    put(2, 1);
    store.registrations.push(() => ({ kind: 'forbidden', reason: 'downtimed' }));
    expect(await recover([2])).toMatchObject({ kind: 'not-attempted', reason: 'downtimed' });
    expect(store.intents.size).toBe(0);
  });
});
