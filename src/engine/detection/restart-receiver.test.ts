import { describe, expect, it } from 'vitest';
import type { Instance } from '../../model/instance.ts';
import { formatKey, parseKey } from '../../model/instance-key.ts';
import { instanceOf, mariadbReplica, replicationOf } from '../../model/testing/instances.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { createFakeServers, SILENT } from '../testing/fakes.ts';
import { createReceiverRests } from './receiver-rests.ts';
import { restartReceiver } from './restart-receiver.ts';

const SOURCE = 'p:3306';
const REPLICA = 'a:3306';
const KEY = parseKey(REPLICA, 3306);
const SOURCE_KEY = parseKey(SOURCE, 3306);
const STOPPED = { state: 'stopped', errorNumber: 0, errorText: '' } as const;
const FAILED = { state: 'stopped', errorNumber: 1062, errorText: 'duplicate' } as const;

/** `afterStop` happens while the receiver is being stopped. */
function scene(
  replica: Instance,
  afterStop: (servers: ReturnType<typeof createFakeServers>) => void = () => undefined,
) {
  const servers = createFakeServers();
  servers.put(SOURCE, instanceOf(SOURCE));
  servers.put(REPLICA, replica);
  let nowMs = 0;
  const rests = createReceiverRests({ monotonicMs: () => nowMs });
  const taken = { value: false };
  const execute: typeof servers.execute = async (told, command, options) => {
    const outcome = await servers.execute(told, command, options);
    if (command.kind === 'stop-receiver') afterStop(servers);
    return outcome;
  };
  const deps = {
    servers: { ...servers, execute },
    fleet: { recordOf: () => null } as unknown as Fleet,
    clock: { now: () => nowMs, monotonicMs: () => nowMs, sleep: async () => undefined, every: () => () => undefined },
    logger: SILENT,
    rests,
    isTaken: () => taken.value,
  };
  return {
    servers,
    rests,
    taken,
    pass: (ms: number) => {
      nowMs += ms;
    },
    restart: (mayStart = false) => restartReceiver(KEY, SOURCE_KEY, deps, { mayStart, probeDeadlineMs: 100 }),
    sent: () => servers.commands.map(({ command }) => command.kind),
  };
}

const oracle = (): Instance => instanceOf(REPLICA, { replication: replicationOf(SOURCE) });
const change = (replica: Instance, changes: Partial<NonNullable<Instance['replication']>>): Instance =>
  replica.replication === null ? replica : { ...replica, replication: { ...replica.replication, ...changes } };

describe('a receiver that is restarted', () => {
  it('runs again, and is not remembered as resting', async () => {
    const { restart, sent, rests } = scene(oracle());
    await restart();
    expect(sent()).toEqual(['stop-receiver', 'start-receiver']);
    expect(rests.below(SOURCE_KEY)).toEqual(new Set());
  });

  it('is not started on MariaDB once the applier has failed meanwhile: its relay log would be thrown away', async () => {
    const replica = mariadbReplica(REPLICA, SOURCE);
    const { restart, sent, rests } = scene(replica, (servers) => {
      servers.put(REPLICA, change(replica, { receiver: STOPPED, applier: FAILED }));
    });
    await restart();
    expect(sent()).toEqual(['stop-receiver']);
    expect(rests.below(SOURCE_KEY)).toEqual(new Set([REPLICA]));
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
    const { restart, sent, taken, rests } = scene(oracle(), () => {
      taken.value = true;
    });
    await restart();
    expect(sent()).toEqual(['stop-receiver']);
    expect(rests.take(SOURCE_KEY)).toEqual(new Set([REPLICA]));
    // The recovery answers for it: nobody else starts it.
    expect(rests.below(SOURCE_KEY)).toEqual(new Set());
  });

  it('is not started below another source that it was given meanwhile', async () => {
    const { restart, sent } = scene(oracle(), (servers) => {
      servers.put(REPLICA, change(oracle(), { receiver: STOPPED, source: parseKey('q:3306', 3306) }));
    });
    await restart();
    expect(sent()).toEqual(['stop-receiver']);
  });

  it('is tried again by the next look when it could not be read, within a minute', async () => {
    const { restart, sent, servers, rests, pass } = scene(oracle(), (all) => all.put(REPLICA, null));
    await restart();
    servers.put(REPLICA, change(oracle(), { receiver: STOPPED }));
    await restart(rests.below(SOURCE_KEY).has(formatKey(KEY)));
    expect(sent()).toEqual(['stop-receiver', 'start-receiver']);
    expect(rests.below(SOURCE_KEY)).toEqual(new Set());
    rests.begin(SOURCE_KEY, KEY);
    pass(61_000);
    expect(rests.below(SOURCE_KEY)).toEqual(new Set());
  });
});
