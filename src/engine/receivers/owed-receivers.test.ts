import { describe, expect, it } from 'vitest';
import type { InstanceKey } from '../../model/instance-key.ts';
import { instanceOf, mariadbReplica, replicationOf } from '../../model/testing/instances.ts';
import { createSystemClock } from '../basis/clock.ts';
import { NOTHING_DECIDED } from '../ports.ts';
import { createFakeSilenceStore, SILENT } from '../testing/fakes.ts';
import { keyOf, nameOf, recoveryScene } from '../testing/recovery-scene.ts';
import { createDebtMemory } from './debt-memory.ts';
import { createOwedReceivers } from './owed-receivers.ts';
import { createSilences } from './silences.ts';

const STOPPED = { state: 'stopped', errorNumber: 0, errorText: '' } as const;

describe('replicas that a recovery which ends without a successor cannot start again', () => {
  it('are those that do not answer by then', async () => {
    const { servers, put, kill, recover, silences, store } = recoveryScene();
    put(1, null);
    put(2, 1);
    put(3, 1);
    kill(1);
    const { execute } = servers;
    servers.execute = async (instance, command, options) => {
      const outcome = await execute(instance, command, options);
      // Silenced, and so slow from then on that nobody is known to have anything.
      if (command.kind === 'stop-receiver') servers.cutOff(nameOf(instance.key.hostname === '10.0.0.2' ? 2 : 3));
      return outcome;
    };
    expect(await recover([2, 3])).toMatchObject({ kind: 'failed' });
    expect(store.records).toMatchObject([{ isSuccessful: false }]);
    expect(silences.left().map(({ source, silence }) => ({ source, silence }))).toMatchObject(
      [2, 3].map((number) => ({
        source: keyOf(1),
        silence: { key: keyOf(number), isReceiverStopped: true, isApplierStopped: false },
      })),
    );
  }, 20_000);
});

/** Server 2, below 1, is owed its receiver. `isHeld`: a recovery or an operation has it. */
function scene(changes: Parameters<typeof replicationOf>[1] = {}) {
  const made = recoveryScene();
  const { servers, fleet, put, kill } = made;
  put(1, null);
  put(2, 1, { replication: replicationOf(nameOf(1), { receiver: STOPPED, ...changes }) });
  kill(1);
  const now = { isTaken: false, isDeposed: false, isLeader: true };
  const store = createFakeSilenceStore();
  const silences = createSilences(createDebtMemory({ store, clock: made.clock, logger: SILENT }));
  const owed = createOwedReceivers({
    servers,
    fleet,
    logger: SILENT,
    silences,
    clock: made.clock,
    leadership: { isLeader: () => now.isLeader },
    isTaken: () => now.isTaken,
    isDeposed: () => now.isDeposed,
  });
  const debt = { key: keyOf(2), isReceiverStopped: true, isApplierStopped: false };
  void silences.owe(keyOf(1), [debt]);
  const told = (): readonly string[] => servers.commands.map(({ command }) => command.kind);
  const left = (source: InstanceKey = keyOf(1)): readonly string[] => [...silences.below(source)];
  return { ...made, owed, silences, stored: store.rows, debt, now, told, left };
}

describe('an owed receiver', () => {
  it('is started as soon as its server answers, once', async () => {
    const { owed, servers, told, left } = scene();
    const instance = servers.at(nameOf(2));
    servers.put(nameOf(2), null);
    await owed.run();
    expect([told(), left(), left(keyOf(9))]).toEqual([[], [nameOf(2)], []]);
    servers.put(nameOf(2), instance);
    await owed.run();
    await owed.run();
    expect([told(), left()]).toEqual([['start-receiver'], []]);
    expect(servers.at(nameOf(2))?.replication?.receiver.errorNumber).toBe(2003);
  });

  it('waits while a recovery or an operation has it, and is the recovery’s when that asks', async () => {
    const { owed, silences, debt, now, told, left } = scene();
    now.isTaken = true;
    await owed.run();
    expect([told(), left()]).toEqual([[], [nameOf(2)]]);
    expect(silences.take(keyOf(1))).toMatchObject([debt]);
    now.isTaken = false;
    await owed.run();
    expect([told(), left()]).toEqual([[], []]);
  });

  it('is nobody’s any more when the server has another source, listens again, or its source was replaced', async () => {
    const moved = scene({ source: keyOf(3) });
    await moved.owed.run();
    await moved.owed.run();
    const started = scene({ receiver: { ...STOPPED, state: 'running' } });
    await started.owed.run();
    await started.owed.run();
    const replaced = scene();
    replaced.now.isDeposed = true;
    await replaced.owed.run();
    await replaced.owed.run();
    for (const { told, left } of [moved, started, replaced]) expect([told(), left()]).toEqual([[], []]);
  });

  it.each(['coordinates', 'oracle-auto'] as const)(
    'has its applier started first, where the recovery had stopped that (%s)',
    async (positioning) => {
      const { owed, silences, debt, told } = scene({ applier: STOPPED, positioning });
      void silences.owe(keyOf(1), [{ ...debt, isApplierStopped: true }]);
      await owed.run();
      expect(told()).toEqual(['start-applier', 'start-receiver']);
    },
  );

  it('by GTID is started on MariaDB behind its applier, and waits for that where a start would cost the relay log', async () => {
    const { owed, silences, debt, servers, told, left } = scene();
    void silences.owe(keyOf(1), [{ ...debt, isApplierStopped: true }]);
    const resting = { receiver: STOPPED, applier: STOPPED };
    servers.put(nameOf(2), mariadbReplica(nameOf(2), nameOf(1), {}, { ...resting, receivedGtid: '0-1-900' }));
    await owed.run();
    expect([told(), left()]).toEqual([[], [nameOf(2)]]);
    servers.put(nameOf(2), mariadbReplica(nameOf(2), nameOf(1), {}, resting));
    await owed.run();
    expect([told(), left()]).toEqual([['start-applier', 'start-receiver'], []]);
  });

  it('does not have its applier started where that stopped with an error, or a person had stopped it', async () => {
    const broken = { ...STOPPED, errorNumber: 1062 };
    const failed = scene({ applier: broken });
    void failed.silences.owe(keyOf(1), [{ ...failed.debt, isApplierStopped: true }]);
    const rested = scene({ applier: STOPPED });
    for (const { owed, told } of [failed, rested]) {
      await owed.run();
      expect(told()).toEqual(['start-receiver']);
    }
  });

  it('is started below a binlog server or a sibling, too, where we had left it there', async () => {
    const { owed, silences, debt, told, left } = scene({ source: keyOf(3) });
    void silences.owe(keyOf(1), [{ ...debt, others: [keyOf(3)] }]);
    await owed.run();
    expect([told(), left()]).toEqual([['start-receiver'], []]);
  });

  it('is no one’s that a person had stopped, where only its applier was stopped by us', async () => {
    const { owed, silences, debt, told, left } = scene({ applier: STOPPED });
    silences.take(keyOf(1));
    void silences.owe(keyOf(1), [{ ...debt, isReceiverStopped: false, isApplierStopped: true }]);
    expect(left()).toEqual([]);
    await owed.run();
    expect(told()).toEqual(['start-applier']);
    expect(silences.left()).toEqual([]);
  });

  it('is owed with its applier still when its receiver is restarted meanwhile', () => {
    const { silences, debt } = scene();
    void silences.owe(keyOf(1), [{ ...debt, isReceiverStopped: false, isApplierStopped: true }]);
    silences.hold(keyOf(1), debt).leave();
    expect(silences.take(keyOf(1))).toMatchObject([{ isReceiverStopped: true, isApplierStopped: true }]);
  });

  it('is looked at twice where it was found running: one that hung may obey late', async () => {
    const { owed, servers, told, left } = scene();
    const stopped = servers.at(nameOf(2));
    servers.put(nameOf(2), { ...instanceOf(nameOf(2)), replication: replicationOf(nameOf(1)) });
    await owed.run();
    servers.put(nameOf(2), stopped);
    await owed.run();
    expect([told(), left()]).toEqual([['start-receiver'], []]);
  });

  it('is nobody’s any more when its server was started since: it rests by its configuration then, or by a person', async () => {
    const { owed, servers, clock, told, left } = scene();
    const before = servers.at(nameOf(2));
    if (before === null) throw new Error('it answers');
    await clock.sleep(60_000);
    servers.put(nameOf(2), { ...before, uptimeSeconds: 30 });
    await owed.run();
    expect([told(), left()]).toEqual([[], []]);
  });

  it('waits while its server is in maintenance', async () => {
    const { owed, fleet, told, left } = scene();
    fleet.setIntent({ ...NOTHING_DECIDED, maintenance: new Set([nameOf(2)]) });
    await owed.run();
    expect([told(), left()]).toEqual([[], [nameOf(2)]]);
    fleet.setIntent(NOTHING_DECIDED);
    await owed.run();
    expect([told(), left()]).toEqual([['start-receiver'], []]);
  });

  it('that only the backend knows of is known to a recovery, of whatever process', async () => {
    const { stored, silences, left } = scene();
    await silences.of(keyOf(2))?.isKept;
    const rows = [...stored.values()];
    silences.of(keyOf(2))?.settle();
    const other = createFakeSilenceStore();
    for (const row of rows) other.rows.set(nameOf(2), row);
    const elsewhere = createSilences(createDebtMemory({ store: other, clock: createSystemClock(), logger: SILENT }));
    expect([left(), [...elsewhere.below(keyOf(1))]]).toEqual([[], []]);
    await elsewhere.recall();
    expect(elsewhere.take(keyOf(1))).toMatchObject([{ key: keyOf(2), isReceiverStopped: true }]);
  });

  it('is written down, and started by the next process, once it knows the server; not by one that does not lead', async () => {
    const before = scene();
    await before.silences.of(keyOf(2))?.isKept;
    expect([...before.stored.values()]).toMatchObject([{ key: keyOf(2), source: keyOf(1), isReceiverStopped: true }]);
    const after = scene();
    after.silences.of(keyOf(2))?.settle();
    await after.clock.sleep(10);
    const record = after.fleet.recordOf(keyOf(2))?.instance;
    after.fleet.forget(keyOf(2));
    for (const row of before.stored.values()) after.stored.set(nameOf(2), row);
    await after.owed.run();
    expect([after.told(), after.left()]).toEqual([[], [nameOf(2)]]);
    if (record != null) after.fleet.answered(record);
    after.now.isLeader = false;
    await after.owed.run();
    expect([after.told(), after.left()]).toEqual([[], []]);
    after.now.isLeader = true;
    await after.clock.sleep(6_000);
    await after.owed.run();
    expect([after.told(), after.left()]).toEqual([['start-receiver'], []]);
    await after.silences.hold(keyOf(1), before.debt).isKept;
    after.silences.of(keyOf(2))?.settle();
    await after.silences.owe(keyOf(1), [{ ...before.debt, key: keyOf(3) }]);
    expect([...after.stored.keys()]).toEqual([nameOf(3)]);
  });

  it('is kept in mind where the backend does not take it', async () => {
    const { owed, silences, debt, now, stored, told, left } = scene();
    await silences.of(keyOf(2))?.isKept;
    stored.isAway = true;
    expect(await silences.hold(keyOf(1), debt).isKept).toBe(false);
    silences.of(keyOf(2))?.leave();
    now.isLeader = false;
    await owed.run();
    expect(left()).toEqual([nameOf(2)]);
    now.isLeader = true;
    await owed.run();
    expect([told(), left()]).toEqual([['start-receiver'], []]);
  });
});
