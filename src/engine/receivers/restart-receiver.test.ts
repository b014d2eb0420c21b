import { describe, expect, it } from 'vitest';
import type { Instance } from '../../model/instance.ts';
import { formatKey, parseKey } from '../../model/instance-key.ts';
import { instanceOf, mariadbReplica, recordOf, replicationOf } from '../../model/testing/instances.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { CommandOutcome } from '../ports.ts';
import { createStillClock } from '../testing/clocks.ts';
import { createFakeServers, SILENT } from '../testing/fakes.ts';
import { createOwedReceivers } from './owed-receivers.ts';
import { restartReceiver } from './restart-receiver.ts';
import { createSilences } from './silences.ts';

const SOURCE = 'p:3306';
const REPLICA = 'a:3306';
const KEY = parseKey(REPLICA, 3306);
const SOURCE_KEY = parseKey(SOURCE, 3306);
const STOPPED = { state: 'stopped', errorNumber: 0, errorText: '' } as const;
const FAILED = { state: 'stopped', errorNumber: 1062, errorText: 'duplicate' } as const;

/** `afterStop` happens while the receiver is being stopped. */
function scene(
  replica: Instance,
  afterStop: (servers: ReturnType<typeof createFakeServers>) => CommandOutcome | undefined = () => undefined,
) {
  const servers = createFakeServers();
  servers.put(SOURCE, instanceOf(SOURCE));
  servers.put(REPLICA, replica);
  const silences = createSilences();
  const taken = { value: false };
  const execute: typeof servers.execute = async (told, command, options) => {
    const outcome = await servers.execute(told, command, options);
    if (command.kind !== 'stop-receiver') return outcome;
    return afterStop(servers) ?? outcome;
  };
  const deps = {
    servers: { ...servers, execute },
    fleet: { recordOf: () => recordOf(replica) } as unknown as Fleet,
    clock: createStillClock(),
    logger: SILENT,
    silences,
    leadership: { isLeader: () => true },
    isTaken: () => taken.value,
    isDeposed: () => false,
  };
  return {
    servers,
    silences,
    taken,
    /** Those who are left silent are tried again. */
    settleOwed: createOwedReceivers(deps).run,
    restart: (mayStart = false) => restartReceiver(KEY, SOURCE_KEY, deps, { mayStart, probeDeadlineMs: 100 }),
    sent: () => servers.commands.map(({ command }) => command.kind),
  };
}

const oracle = (): Instance => instanceOf(REPLICA, { replication: replicationOf(SOURCE) });
const change = (replica: Instance, changes: Partial<NonNullable<Instance['replication']>>): Instance =>
  replica.replication === null ? replica : { ...replica, replication: { ...replica.replication, ...changes } };

describe('a receiver that is restarted', () => {
  it('runs again, and is not remembered as silent', async () => {
    const { restart, sent, silences } = scene(oracle());
    await restart();
    expect(sent()).toEqual(['stop-receiver', 'start-receiver']);
    expect(silences.below(SOURCE_KEY)).toEqual(new Set());
  });

  it('by GTID is not started on MariaDB once the applier has failed: its relay log would be thrown away; but when that runs again', async () => {
    const replica = mariadbReplica(REPLICA, SOURCE);
    const { restart, sent, silences, servers, settleOwed } = scene(replica, (all) => {
      all.put(REPLICA, change(replica, { receiver: STOPPED, applier: FAILED }));
    });
    await restart();
    await settleOwed();
    expect(sent()).toEqual(['stop-receiver']);
    expect(silences.below(SOURCE_KEY)).toEqual(new Set([REPLICA]));
    servers.put(REPLICA, change(replica, { receiver: STOPPED }));
    await settleOwed();
    expect(sent()).toEqual(['stop-receiver', 'start-receiver']);
    expect(silences.below(SOURCE_KEY)).toEqual(new Set());
  });

  it('by file and position is restarted on MariaDB beside a resting applier, too: the relay log is kept', async () => {
    const resting = mariadbReplica(REPLICA, SOURCE, {}, { positioning: 'coordinates', applier: STOPPED });
    const { restart, sent, silences } = scene(resting);
    await restart();
    expect(sent()).toEqual(['stop-receiver', 'start-receiver']);
    expect(silences.below(SOURCE_KEY)).toEqual(new Set());
  });

  it('is started on MySQL all the same, where the relay log is kept', async () => {
    const { restart, sent } = scene(oracle(), (servers) => {
      servers.put(REPLICA, change(oracle(), { receiver: STOPPED, applier: FAILED }));
    });
    await restart();
    expect(sent()).toEqual(['stop-receiver', 'start-receiver']);
  });

  it('is left alone while a recovery or an operation has it', async () => {
    const { restart, sent, taken } = scene(oracle());
    taken.value = true;
    await restart();
    expect(sent()).toEqual([]);
  });

  it('is left stopped to a recovery that has begun in between, which is told that it was no person', async () => {
    const { restart, sent, taken, silences } = scene(oracle(), () => {
      taken.value = true;
    });
    await restart();
    expect(sent()).toEqual(['stop-receiver']);
    expect(silences.take(SOURCE_KEY)).toMatchObject([{ key: KEY, isReceiverStopped: true }]);
    // The recovery answers for it: nobody else starts it.
    expect(silences.below(SOURCE_KEY)).toEqual(new Set());
  });

  it('is not started below another source that it was given meanwhile', async () => {
    const { restart, sent } = scene(oracle(), (servers) => {
      servers.put(REPLICA, change(oracle(), { receiver: STOPPED, source: parseKey('q:3306', 3306) }));
    });
    await restart();
    expect(sent()).toEqual(['stop-receiver']);
  });

  it('is started as soon as it can be read again, however long that takes', async () => {
    const { restart, sent, servers, silences, settleOwed } = scene(oracle(), (all) => void all.put(REPLICA, null));
    await restart();
    await settleOwed();
    expect(silences.below(SOURCE_KEY)).toEqual(new Set([REPLICA]));
    servers.put(REPLICA, change(oracle(), { receiver: STOPPED }));
    await settleOwed();
    expect(sent()).toEqual(['stop-receiver', 'start-receiver']);
    expect(silences.below(SOURCE_KEY)).toEqual(new Set());
  });

  it('is started by another look that may, and is owed no more', async () => {
    const { restart, sent, servers, silences } = scene(oracle(), (all) => void all.put(REPLICA, null));
    await restart();
    servers.put(REPLICA, change(oracle(), { receiver: STOPPED }));
    await restart(silences.below(SOURCE_KEY).has(formatKey(KEY)));
    expect(sent()).toEqual(['stop-receiver', 'start-receiver']);
    expect(silences.below(SOURCE_KEY)).toEqual(new Set());
  });

  it('is started also when the stop was not confirmed, and may yet come', async () => {
    const failure = { kind: 'deadline', errorNumber: null, message: 'too late' } as const;
    const { restart, sent } = scene(oracle(), (all) => {
      all.put(REPLICA, oracle());
      return { kind: 'failed', failure };
    });
    await restart();
    expect(sent()).toEqual(['stop-receiver', 'start-receiver']);
  });

  it('is nobody else’s while it is being restarted', async () => {
    const left: number[] = [];
    const made = scene(
      oracle(),
      () => void left.push(made.silences.left().length, made.silences.below(SOURCE_KEY).size),
    );
    await made.restart();
    expect(left).toEqual([0, 1]);
  });
});
