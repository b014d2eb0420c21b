import { describe, expect, it, vi } from 'vitest';
import { formatKey } from '../../../model/instance-key.ts';
import {
  instanceOf,
  replicationOf,
  semiSyncReplica,
  semiSyncSource,
  uuidOf,
} from '../../../model/testing/instances.ts';
import { parseVersion } from '../../../model/version.ts';
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

  it('passes semi-sync on to its successor, though the fence had to switch it off', async () => {
    const { recover, put, servers, commandsTo, clock } = recoveryScene();
    put(1, null, { semiSync: semiSyncSource(2) });
    for (const number of [2, 3]) put(number, 1, { semiSync: semiSyncReplica() });
    const obey = servers.execute;
    vi.spyOn(servers, 'execute').mockImplementation(async (instance, command, options) => {
      const isHeld = servers.at(nameOf(1))?.semiSync.sourceEnabled === true;
      if (command.kind === 'set-read-only' && instance.key.hostname === '10.0.0.1' && isHeld) {
        await clock.sleep(100);
        return { kind: 'failed', failure: { kind: 'answered', errorNumber: 1205, message: 'commits hang' } };
      }
      return obey(instance, command, options);
    });
    expect(await recover([2, 3], ORDER)).toMatchObject({ kind: 'recovered' });
    expect(commandsTo(1)).toContain('set-semi-sync');
    expect([...commandsTo(2), ...commandsTo(3)]).toContain('set-semi-sync');
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

it('replicas that the fence cut off connect again, and receive the last writes', async () => {
  const { recover, put, servers, store } = alive();
  const written = { executedGtid: `${uuidOf(1)}:1-5` };
  put(1, null, written);
  const receiver = { state: 'other', errorNumber: 0, errorText: '' } as const;
  const replication = { ...replicationOf(nameOf(1)), receiver };
  for (const number of [2, 3]) put(number, 1, { executedGtid: `${uuidOf(1)}:1-4`, replication });
  const obey = servers.execute;
  vi.spyOn(servers, 'execute').mockImplementation(async (instance, command, options) => {
    const outcome = await obey(instance, command, options);
    const now = servers.at(formatKey(instance.key));
    if (command.kind === 'start-receiver' && now !== null) servers.put(formatKey(now.key), { ...now, ...written });
    return outcome;
  });
  expect(await recover([2, 3], ORDER)).toMatchObject({ kind: 'recovered' });
  expect(store.steps.join('\n')).toMatch(/has received everything that 10\.0\.0\.1:3306 has written/);
});

it('nobody is waited for below a MariaDB that was never written to', async () => {
  const { put, recover, store } = recoveryScene();
  const mariadb = { version: parseVersion('10.11.18-MariaDB'), executedGtid: '' };
  put(1, null, mariadb);
  const replication = replicationOf(nameOf(1), { positioning: 'mariadb-slave-pos' });
  for (const number of [2, 3]) put(number, 1, { ...mariadb, replication });
  expect(await recover([2, 3], ORDER)).toMatchObject({ kind: 'recovered' });
  expect(store.steps.join('\n')).toMatch(/3306 has received everything that 10\.0\.0\.1:3306 has written/);
});

it('by file and position its log end is asked for when it is closed: the fence does not ask', async () => {
  const { recover, put, servers, store } = alive();
  const end = { kind: 'binlog', file: 'bin.000007', position: 700 } as const;
  const noGtid = { gtidMode: '', supportsOracleGtid: false, executedGtid: '' };
  put(1, null, { ...noGtid, ownCoordinates: end });
  const places = {
    readCoordinates: end,
    executedCoordinates: end,
    positioning: 'coordinates',
    receivedGtid: '',
  } as const;
  for (const number of [2, 3]) put(number, 1, { ...noGtid, replication: { ...replicationOf(nameOf(1)), ...places } });
  const read = servers.probe;
  vi.spyOn(servers, 'probe').mockImplementation(async (key, request) => {
    const outcome = await read(key, request);
    const isUnasked = request.withoutLogEnd === true && outcome.kind === 'answered';
    return isUnasked ? { ...outcome, instance: { ...outcome.instance, ownCoordinates: null } } : outcome;
  });
  await recover([2, 3], ORDER);
  expect(store.steps.join('\n')).toMatch(/3306 has received everything that 10\.0\.0\.1:3306 has written/);
});

describe('a primary that nobody replaces in the end is left as it was found', () => {
  const IN_VAIN = { ...ORDER, candidate: keyOf(9) };

  it('read_only alone: fenced meanwhile, then without super_read_only, never writable', async () => {
    const { recover, put, servers } = alive();
    put(1, null, { isReadOnly: true, isSuperReadOnly: false });
    expect(await recover([2, 3], IN_VAIN)).toMatchObject({ kind: 'failed' });
    expect(servers.at(nameOf(1))).toMatchObject({ isReadOnly: true, isSuperReadOnly: false });
    const told = servers.commands.filter(({ server }) => server === nameOf(1)).map(({ command }) => command);
    expect(told).toContainEqual({ kind: 'set-read-only', readOnly: true, withSuper: true });
    expect(told).not.toContainEqual(expect.objectContaining({ readOnly: false }));
  });

  it('found so before our crash: what the row says counts, not how the fence left it', async () => {
    const { resume, intentOf, put, servers } = alive();
    put(1, null, { isReadOnly: true, isSuperReadOnly: true });
    const foundPrimary = { isReadOnly: true, isSuperReadOnly: false, isSemiSyncSource: false };
    const order = { isForced: true, candidate: keyOf(9), livePrimary: 'closed', foundPrimary } as const;
    await resume({ ...intentOf('prepared', [2, 3]), ...order }, [2, 3]);
    expect(servers.at(nameOf(1))).toMatchObject({ isReadOnly: true, isSuperReadOnly: false });
  });

  it('semi-sync that the fence switched off is on again before it takes writes', async () => {
    const { resume, intentOf, put, servers } = alive();
    const off = { ...instanceOf(nameOf(1)).semiSync, available: true, sourceEnabled: false };
    put(1, null, { isReadOnly: true, isSuperReadOnly: true, semiSync: off });
    const foundPrimary = { isReadOnly: false, isSuperReadOnly: false, isSemiSyncSource: true };
    const order = { isForced: true, candidate: keyOf(9), livePrimary: 'closed', foundPrimary } as const;
    await resume({ ...intentOf('prepared', [2, 3]), ...order }, [2, 3]);
    const told = servers.commands.filter(({ server }) => server === nameOf(1)).map(({ command }) => command);
    expect(told).toEqual([
      { kind: 'set-semi-sync', side: 'source', enabled: true },
      { kind: 'set-read-only', readOnly: false, withSuper: true },
    ]);
  });

  it('semi-sync is noted before the fence, and it is said when it cannot be switched on again', async () => {
    const { recover, put, servers, store } = alive();
    const on = { ...instanceOf(nameOf(1)).semiSync, available: true, sourceEnabled: true };
    put(1, null, { semiSync: on });
    const obey = servers.execute;
    const notedAtFence: unknown[] = [];
    vi.spyOn(servers, 'execute').mockImplementation(async (instance, command, options) => {
      const message = 'no such plugin';
      if (command.kind === 'set-semi-sync')
        return { kind: 'failed', failure: { kind: 'answered', errorNumber: 1193, message } };
      if (command.kind === 'set-read-only' && command.readOnly) {
        notedAtFence.push([...store.intents.values()][0]?.foundPrimary);
        servers.put(nameOf(1), { ...instance, semiSync: { ...on, sourceEnabled: false } });
        const now = servers.at(nameOf(1)) ?? instance;
        return obey(now, command, options);
      }
      return obey(instance, command, options);
    });
    expect(await recover([2, 3], IN_VAIN)).toMatchObject({ kind: 'failed' });
    expect(notedAtFence).toEqual([{ isReadOnly: false, isSuperReadOnly: false, isSemiSyncSource: true }]);
    expect(store.records[0]?.errors.join('\n')).toMatch(/could not be switched on again: .*no such plugin/);
    expect(servers.at(nameOf(1))?.isReadOnly).toBe(false);
  });
});

describe('a primary without super_read_only', () => {
  const given = {
    version: parseVersion('5.6.24-log', 'MySQL Community Server (GPL)'),
    isSuperReadOnly: null,
    isOfflineMode: null,
    isReadOnly: true,
    executedGtid: `${uuidOf(1)}:1-5`,
  };

  it('is fenced and locked although it is read-only, and left read-only', async () => {
    const { recover, put, servers, commandsTo, store } = alive();
    put(1, null, given);
    for (const number of [2, 3]) put(number, 1, { executedGtid: given.executedGtid });
    expect(await recover([2, 3], { ...ORDER, candidate: keyOf(9) })).toMatchObject({ kind: 'failed' });
    const once = commandsTo(1).filter((kind, index, all) => kind !== all[index - 1]);
    expect(once).toEqual(['kill-client-sessions', 'set-read-only', 'hold-read-lock', 'release-read-lock']);
    expect(servers.at(nameOf(1))?.isReadOnly).toBe(true);
    expect(store.steps.join('\n')).toMatch(/stays read-only, as it was found/);
  });

  it('is locked again when our crash has let go of the lock, and its last writes are waited for', async () => {
    const { resume, intentOf, put, commandsTo, store } = alive();
    put(1, null, given);
    for (const number of [2, 3]) put(number, 1, { executedGtid: given.executedGtid });
    const foundPrimary = { isReadOnly: false, isSuperReadOnly: null, isSemiSyncSource: false };
    const order = { isForced: true, candidate: keyOf(3), livePrimary: 'closed', foundPrimary } as const;
    await resume({ ...intentOf('prepared', [2, 3]), ...order }, [2, 3]);
    expect(commandsTo(1).indexOf('hold-read-lock')).toBeGreaterThan(commandsTo(1).indexOf('kill-client-sessions'));
    expect(commandsTo(1).at(-1)).toBe('release-read-lock');
    expect(store.steps.join('\n')).toMatch(/received everything that 10\.0\.0\.1:3306 has written/);
    expect(store.records[0]).toMatchObject({ isSuccessful: true, successor: keyOf(3) });
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

  it('in the middle of the fence: the primary does not go on refusing everybody', async () => {
    const { resume, intentOf, put, servers } = alive();
    put(1, null, { isOfflineMode: true });
    const foundPrimary = { isReadOnly: false, isSuperReadOnly: false, isSemiSyncSource: false };
    const order = { isForced: true, candidate: keyOf(3), livePrimary: 'closed', foundPrimary } as const;
    await resume({ ...intentOf('prepared', [2, 3]), ...order }, [2, 3]);
    const offline = servers.commands.flatMap(({ command }) =>
      command.kind === 'set-offline-mode' ? command.offline : [],
    );
    expect(offline).toEqual([false, true, false]);
    expect(servers.at(nameOf(1))).toMatchObject({ isSuperReadOnly: true, isOfflineMode: false });
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
