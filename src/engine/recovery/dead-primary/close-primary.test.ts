import { describe, expect, it } from 'vitest';
import { replicationOf } from '../../../model/testing/instances.ts';
import { keyOf, nameOf, recoveryScene } from '../../testing/recovery-scene.ts';

const ORDER = { isForced: true, command: 'force-master-takeover', orderedBy: 'ann', closesLivePrimary: true } as const;

/** Server 1 is alive and takes writes; 2 and 3 follow it. */
function alive() {
  const scene = recoveryScene();
  scene.put(1, null);
  for (const number of [2, 3]) scene.put(number, 1);
  return scene;
}

describe('a primary that is replaced by order', () => {
  it('is fenced before any replica is touched, when it is alive', async () => {
    const { recover, servers, store } = alive();
    const outcome = await recover([2, 3], { ...ORDER, candidate: keyOf(3) });
    expect(outcome).toMatchObject({ kind: 'recovered', successor: keyOf(3) });
    expect(servers.at(nameOf(1))?.isReadOnly).toBe(true);
    const kinds = servers.commands.map(({ server, command }) => `${server} ${command.kind}`);
    const closed = kinds.indexOf(`${nameOf(1)} set-read-only`);
    const touched = kinds.findIndex((line) => !line.startsWith(nameOf(1)));
    expect(closed).toBeGreaterThanOrEqual(0);
    expect(closed).toBeLessThan(touched);
    expect(store.steps[0]).toMatch(/force-master-takeover, ordered by ann/);
    expect(await store.readDeposed()).toMatchObject([{ key: keyOf(1), successor: keyOf(3) }]);
  });

  it('is not written to when it is dead', async () => {
    const { recover, kill, commandsTo } = alive();
    kill(1);
    expect(await recover([2, 3], ORDER)).toMatchObject({ kind: 'recovered' });
    expect(commandsTo(1)).toEqual([]);
  });

  it('without such an order a primary that answers calls the recovery off, and is left alone', async () => {
    const { recover, commandsTo } = alive();
    expect(await recover([2, 3], { isForced: true })).toMatchObject({ kind: 'failed' });
    expect(commandsTo(1)).toEqual([]);
  });

  it('takes writes again when nobody can be promoted', async () => {
    const { recover, servers, store } = alive();
    const outcome = await recover([2, 3], { ...ORDER, candidate: keyOf(9) });
    expect(outcome).toMatchObject({ kind: 'failed' });
    expect(servers.at(nameOf(1))?.isReadOnly).toBe(false);
    expect(await store.readDeposed()).toEqual([]);
    expect(store.steps.join('\n')).toMatch(/takes writes again/);
  });

  it('that took no writes before stays so', async () => {
    const { recover, put, servers } = alive();
    put(1, null, { isReadOnly: true, isSuperReadOnly: true });
    expect(await recover([2, 3], { ...ORDER, candidate: keyOf(9) })).toMatchObject({ kind: 'failed' });
    expect(servers.at(nameOf(1))?.isReadOnly).toBe(true);
  });
});

describe('an order that our crash cut off', () => {
  it('before the point of no return: goes on with the named successor, and closes a primary that is open again', async () => {
    const { resume, intentOf, servers, store, put } = alive();
    for (const number of [2, 3]) {
      const receiver = { state: 'stopped', errorNumber: 0, errorText: '' } as const;
      put(number, 1, { replication: { ...replicationOf(nameOf(1)), receiver } });
    }
    const intent = { ...intentOf('silenced', [2, 3]), isForced: true, command: 'force-master-takeover' };
    await resume({ ...intent, candidate: keyOf(3), livePrimary: 'closed' }, [2, 3]);
    expect(store.records[0]).toMatchObject({ isSuccessful: true, successor: keyOf(3) });
    expect(servers.at(nameOf(1))?.isReadOnly).toBe(true);
  });

  it('of a dead primary (recover -d) goes on with the named successor', async () => {
    const { resume, intentOf, kill, store, servers } = alive();
    kill(1);
    await resume({ ...intentOf('prepared', [2, 3]), isForced: true, candidate: keyOf(3) }, [2, 3]);
    expect(store.records[0]).toMatchObject({ isSuccessful: true, successor: keyOf(3) });
    expect(servers.at(nameOf(2))?.replication?.source).toEqual(keyOf(3));
  });

  it('without hooks (recover-lite) goes on without them', async () => {
    const { resume, intentOf, kill, hooksRun } = alive();
    kill(1);
    await resume({ ...intentOf('registered', [2, 3]), isForced: true, skipHooks: true }, [2, 3]);
    expect(hooksRun).toEqual([]);
  });
});
