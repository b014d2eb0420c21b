import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Instance } from '../../../model/instance.ts';
import { formatKey } from '../../../model/instance-key.ts';
import { instanceOf, mariadbReplica, replicationOf, uuidOf } from '../../../model/testing/instances.ts';
import { createDeposedWatch, type DeposedWatch } from '../../fence/deposed-watch.ts';
import { createFleet } from '../../fleet/fleet.ts';
import { type DeposedPrimary, type IntentSnapshot, NOTHING_DECIDED } from '../../ports.ts';
import { createStillClock } from '../../testing/clocks.ts';
import { createDeposedTable, createFakeServers, SILENT } from '../../testing/fakes.ts';
import { inventIntent } from '../../testing/recovery-intent.ts';
import { keyOf, nameOf, recoveryScene } from '../../testing/recovery-scene.ts';
import type { RecoveryRun } from '../run.ts';
import { type LiftDeps, liftFence } from './lift-fence.ts';

const GTID = `${uuidOf(1)}:1-100`;
const EPOCH = 7;

const primary = (changes: Partial<Instance> = {}): Instance =>
  instanceOf(nameOf(1), { serverId: 1, serverUuid: uuidOf(1), executedGtid: GTID, ...changes });
const CLOSED = { isReadOnly: true, isSuperReadOnly: true } as const;
const replica = (number: number, changes: Partial<Instance> = {}): Instance =>
  instanceOf(nameOf(number), {
    ...{ serverId: number, serverUuid: uuidOf(number), executedGtid: GTID, isReadOnly: true },
    replication: replicationOf(nameOf(1)),
    ...changes,
  });

interface Given {
  readonly now?: Partial<Instance>;
  readonly sibling?: Instance | null;
  readonly run?: Partial<RecoveryRun>;
  readonly fence?: Partial<RecoveryRun['fences'][number]> | null;
  readonly deposed?: readonly DeposedPrimary[];
  readonly decided?: Partial<IntentSnapshot>;
  readonly epoch?: number;
  readonly isLeader?: boolean;
}

/** Server 1 came back, was fenced by us a minute ago, and nobody has replaced it; everything speaks for opening it but what is given. */
function scene(given: Given = {}) {
  const clock = createStillClock(0, 1_000_000);
  const servers = createFakeServers();
  const fleet = createFleet({ clock, logger: SILENT }, { aliasPatterns: [] });
  servers.put(nameOf(1), primary({ ...CLOSED, ...given.now }));
  servers.put(nameOf(2), replica(2));
  servers.put(nameOf(3), given.sibling === undefined ? replica(3) : given.sibling);
  const fence = { before: primary(), epoch: EPOCH, atMs: clock.now() - 60_000, hasEndedSemiSync: false };
  const run = {
    intent: inventIntent({
      failed: keyOf(1),
      failedServerUuid: uuidOf(1),
      phase: 'silenced',
      epoch: EPOCH,
      members: [1, 2, 3].map(keyOf),
    }),
    ...{ isResumed: false, abandoned: [], deposedBefore: null, begunBefore: null, finishesEarlier: false },
    failedBefore: primary(),
    fences: given.fence === null ? [] : [{ ...fence, ...given.fence }],
    ...given.run,
  } as unknown as RecoveryRun;
  const audit: string[] = [];
  const deps = {
    ...{ clock, servers, fleet },
    leadership: { isLeader: () => given.isLeader !== false },
    store: { ...createDeposedTable(given.deposed ?? []), currentEpoch: async () => given.epoch ?? EPOCH },
    intent: { read: async () => ({ ...NOTHING_DECIDED, ...given.decided }) },
    audit: (_: RecoveryRun, message: string) => void audit.push(message),
    auditLog: { write: async (type: string) => void audit.push(type) },
  } as unknown as LiftDeps;
  return {
    servers,
    audit,
    lift: () => liftFence(run, deps),
    told: () => servers.commands.map(({ command }) => command.kind),
  };
}

describe('a primary that came back, was fenced by us, and that nobody has replaced', () => {
  it('takes writes again, exactly as before', async () => {
    const { lift, servers, told, audit } = scene();
    expect(await lift()).toBeNull();
    expect(servers.at(nameOf(1))).toMatchObject({ isReadOnly: false, isSuperReadOnly: false });
    expect(told()).toEqual(['set-read-only']);
    expect(audit).toEqual([expect.stringMatching(/10\.0\.0\.1:3306 takes writes again, as before/), 'lift-fence']);
  });

  it('waits for semi-sync replicas again before it does, where the fence had to end that', async () => {
    const { lift, told, servers } = scene({ fence: { hasEndedSemiSync: true } });
    expect(await lift()).toBeNull();
    expect(told()).toEqual(['set-semi-sync', 'set-read-only']);
    expect(servers.at(nameOf(1))?.semiSync.sourceEnabled).toBe(true);
  });

  it('is left alone when it takes writes already', async () => {
    const { lift, told } = scene({ now: { isReadOnly: false, isSuperReadOnly: false } });
    expect([await lift(), told()]).toEqual([null, []]);
  });

  it('on MariaDB is known by its server id, and has no super_read_only', async () => {
    const maria = (changes: Partial<Instance>): Instance => ({
      ...mariadbReplica(nameOf(1), nameOf(9)),
      ...{ serverId: 1, replication: null, isOfflineMode: null, executedGtid: '0-1-100', ...changes },
    });
    const sibling = mariadbReplica(nameOf(3), nameOf(1), { isReadOnly: true, executedGtid: '0-1-99' });
    const { lift, servers } = scene({
      sibling,
      run: {
        failedBefore: maria({ isReadOnly: false }),
        intent: inventIntent({
          failed: keyOf(1),
          failedServerUuid: null,
          failedServerId: 1,
          phase: 'silenced',
          epoch: EPOCH,
          members: [1, 3].map(keyOf),
        }),
      },
      fence: { before: maria({ isReadOnly: false }) },
    });
    servers.put(nameOf(1), maria({ isReadOnly: true }));
    expect(await lift()).toBeNull();
    expect(servers.at(nameOf(1))).toMatchObject({ isReadOnly: false, isSuperReadOnly: null });
  });
});

describe('it is left closed', () => {
  const deposedOf = (changes: Partial<DeposedPrimary>): DeposedPrimary => ({
    ...{ key: keyOf(1), serverUuid: uuidOf(1), serverId: 1, clusterName: nameOf(1), epoch: 3, successor: keyOf(9) },
    ...{ source: null, deposedAtMs: 1, fencedAtMs: null, ...changes },
  });
  const intentWith = (changes: Partial<RecoveryRun['intent']>): Given => ({
    run: {
      intent: inventIntent({
        failed: keyOf(1),
        failedServerUuid: uuidOf(1),
        phase: 'silenced',
        epoch: EPOCH,
        members: [1, 2, 3].map(keyOf),
        ...changes,
      }),
    },
  });
  const downtime = { owner: 'me', reason: 'r', beginAtMs: 0, endAtMs: 9_000_000 };
  it.each<readonly [string, Given, RegExp]>([
    [
      'another server of the cluster takes writes',
      { sibling: replica(3, { isReadOnly: false }) },
      /3:3306 takes writes/,
    ],
    ['another server of the cluster does not answer', { sibling: null }, /3:3306 does not answer/],
    ['another server of the cluster has no source', { sibling: replica(3, { replication: null }) }, /has no source/],
    [
      'it has lost rows that another has',
      { sibling: replica(3, { executedGtid: `${uuidOf(1)}:1-101` }) },
      /it has not/,
    ],
    [
      'another has received rows that it has not',
      { sibling: replica(3, { replication: replicationOf(nameOf(1), { receivedGtid: `${uuidOf(1)}:101` }) }) },
      /it has not/,
    ],
    [
      'nobody can tell what another has, without GTID',
      {
        sibling: replica(3, {
          executedGtid: '',
          gtidMode: '',
          replication: replicationOf(nameOf(1), { positioning: 'coordinates' }),
        }),
      },
      /without GTID/,
    ],
    ['a successor was begun with', intentWith({ successor: keyOf(2) }), /may have been opened/],
    ['the point of no return was passed', intentWith({ phase: 'promoting' }), /may have been opened/],
    [
      'a successor was given up that had forgotten its source',
      { run: { abandoned: [keyOf(2)] } },
      /may have been opened/,
    ],
    ['an earlier recovery had deposed it', { run: { deposedBefore: deposedOf({}) } }, /earlier recovery/],
    ['an earlier recovery had begun with another', { run: { begunBefore: keyOf(2) } }, /earlier recovery/],
    ['an earlier recovery is unfinished', { run: { finishesEarlier: true } }, /earlier recovery/],
    ['it is deposed', { deposed: [deposedOf({})] }, /recorded as deposed/],
    ['it is deposed by another address', { deposed: [deposedOf({ key: keyOf(8) })] }, /recorded as deposed/],
    ['another process began the recovery', { run: { isResumed: true } }, /another process/],
    ['a person ordered that it be closed', intentWith({ livePrimary: 'closed' }), /by order/],
    ['a lock of ours is held there', { run: { holdsLock: true } }, /by order/],
    ['it was not us who closed it', { fence: null }, /not known for sure/],
    ['it was closed for another recovery', { fence: { epoch: 6 } }, /not known for sure/],
    ['it was closed when it came back', { fence: { before: primary(CLOSED) } }, /closed when it came back/],
    ['it was closed before it failed', { run: { failedBefore: primary(CLOSED) } }, /before it failed/],
    ['nobody knows what it was before', { run: { failedBefore: null } }, /before it failed/],
    ['it follows somebody now', { now: { replication: replicationOf(nameOf(2)) } }, /has a source/],
    [
      'it followed somebody when it came back',
      { fence: { before: primary({ replication: replicationOf(nameOf(2)) }) } },
      /has a source/,
    ],
    ['it belongs to a group', { now: { group: { groupName: uuidOf(9) } as Instance['group'] } }, /belongs to a group/],
    ['another server has its address', { now: { serverUuid: uuidOf(5) } }, /another server/],
    ['it was another server that was closed', { fence: { before: primary({ serverId: 5 }) } }, /another server/],
    ['it was restarted since', { now: { uptimeSeconds: 30 } }, /restarted/],
    ['somebody changed how it is closed', { now: { isSuperReadOnly: false } }, /as the fence left it/],
    ['it refuses clients still', { now: { isOfflineMode: true } }, /refuses clients/],
    [
      'it is downtimed',
      { decided: { downtimes: new Map([[nameOf(1), downtime]]) } as Partial<IntentSnapshot> },
      /downtimed/,
    ],
    [
      'it is in maintenance',
      { decided: { maintenance: new Set([nameOf(1)]) } as unknown as Partial<IntentSnapshot> },
      /maintenance/,
    ],
    ['a later recovery of the cluster has begun', { epoch: 8 }, /later recovery/],
    ['this node does not lead any more', { isLeader: false }, /leader/],
  ])('when %s', async (_, given, why) => {
    const { lift, told } = scene(given);
    expect(await lift()).toMatch(why);
    expect(told()).toEqual([]);
  });

  it('when it does not answer, or when it cannot be opened, which is said', async () => {
    const silent = scene();
    silent.servers.put(nameOf(1), null);
    expect(await silent.lift()).toMatch(/does not answer/);
    const refusing = scene();
    const failure = { kind: 'answered', errorNumber: 1227, message: 'not allowed' } as const;
    refusing.servers.execute = async () => ({ kind: 'failed', failure });
    expect(await refusing.lift()).toBe('not allowed');
  });

  it('not because recoveries are disabled globally, nor because of others who follow it further behind', async () => {
    const sibling = replica(3, { executedGtid: `${uuidOf(1)}:1-50` });
    const { lift } = scene({ sibling, decided: { isRecoveryDisabled: true } });
    expect(await lift()).toBeNull();
  });
});

describe('a recovery whose successor hangs before it is promoted, and whose primary comes back and is fenced', () => {
  let watch: DeposedWatch | null = null;
  afterEach(() => watch?.close());

  /** `back`: how server 1 comes back while the applier of its successor does not stop. */
  function hanging(back: Instance) {
    const made = recoveryScene();
    const { servers, store, put, kill, clock } = made;
    put(1, null, { executedGtid: GTID });
    for (const number of [2, 3]) put(number, 1, { executedGtid: GTID, isSuperReadOnly: true });
    kill(1);
    watch = createDeposedWatch({
      ...{ servers, store, clock, fleet: made.fleet, logger: SILENT },
      leadership: { isLeader: () => true, remainingMs: () => 60_000 },
      auditLog: { write: async () => undefined },
      onReturn: () => undefined,
    });
    made.watchDeposed(watch);
    const { execute } = servers;
    servers.execute = async (instance, command, options) => {
      if (command.kind !== 'stop-applier') return execute(instance, command, options);
      if (servers.at(nameOf(1)) === null) servers.put(nameOf(1), back);
      await made.until(() => servers.at(nameOf(1))?.isReadOnly === true);
      return { kind: 'failed', failure: { kind: 'deadline', errorNumber: null, message: 'too late' } };
    };
    return made;
  }

  it('leaves it as it was: it takes writes, its replicas listen, and nobody counts as replaced', async () => {
    const { recover, servers, store, receiverOf } = hanging(primary());
    expect(await recover([2, 3])).toMatchObject({ kind: 'failed', reason: expect.stringMatching(/answers again/) });
    expect(servers.commands.filter(({ server }) => server === nameOf(1)).map(({ command }) => command.kind)).toEqual([
      ...['set-offline-mode', 'kill-client-sessions', 'set-read-only', 'set-offline-mode', 'set-read-only'],
    ]);
    expect(servers.at(nameOf(1))).toMatchObject({ isReadOnly: false, isSuperReadOnly: false, isOfflineMode: false });
    expect([receiverOf(2), receiverOf(3)]).toEqual(['running', 'running']);
    expect(await store.readDeposed()).toEqual([]);
    expect(store.records[0]?.errors.join()).not.toMatch(/read-only/);
    expect(watch?.list()).toEqual([]);
  });

  it('leaves it closed, and says why, where it has lost rows that its replicas have', async () => {
    const { recover, servers, store } = hanging(primary({ executedGtid: `${uuidOf(1)}:1-99` }));
    await recover([2, 3]);
    expect(servers.at(nameOf(1))).toMatchObject(CLOSED);
    expect(store.records[0]?.errors.join()).toMatch(
      /set-writeable opens it \(left closed: .* has transactions that it has not\)/,
    );
    expect(await store.readDeposed()).toEqual([]);
  });
});

describe('a server that was to be replaced and is not', () => {
  it('is off the list only when nothing is being done to it any more', async () => {
    const clock = createStillClock();
    const servers = createFakeServers();
    const table = createDeposedTable([
      {
        key: keyOf(1),
        serverUuid: uuidOf(1),
        serverId: 1,
        clusterName: nameOf(1),
        epoch: 3,
        successor: null,
        source: null,
        deposedAtMs: 0,
        fencedAtMs: null,
      },
    ]);
    let fencing = (): void => undefined;
    const isFencing = new Promise<void>((resolve) => {
      fencing = resolve;
    });
    let goOn = (): void => undefined;
    const mayGoOn = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const { execute } = servers;
    servers.execute = async (instance, command, options) => {
      fencing();
      await mayGoOn;
      return execute(instance, command, options);
    };
    servers.put(nameOf(1), primary());
    const deposed = createDeposedWatch({
      ...{ servers, clock, logger: SILENT, store: { ...table, readOpenIntents: async () => [] } },
      fleet: createFleet({ clock, logger: SILENT }, { aliasPatterns: [] }),
      leadership: { isLeader: () => true, remainingMs: () => 60_000 },
      auditLog: { write: async () => undefined },
      onReturn: () => undefined,
    });
    await deposed.refresh();
    await isFencing;
    const ended = vi.fn();
    const reprieving = deposed.reprieve(keyOf(1)).finally(ended);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).not.toHaveBeenCalled();
    goOn();
    expect(await reprieving).toMatchObject({ hasReturned: true, fence: { epoch: 3, before: { isReadOnly: false } } });
    expect(await table.readDeposed()).toEqual([]);
    expect(deposed.list().map(({ key }) => formatKey(key))).toEqual([]);
    expect(await deposed.reprieve(keyOf(1))).toEqual({ hasReturned: false, fence: null });
    deposed.close();
  });
});
