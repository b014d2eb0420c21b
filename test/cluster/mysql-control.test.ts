import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FLAVOURS, type LabTopology, startTopology, waitFor } from '../../lab/index.ts';
import type { CommandOutcome, Servers } from '../../src/engine/ports.ts';
import type { ServerCommand } from '../../src/model/command.ts';
import type { Instance } from '../../src/model/instance.ts';
import { Secret } from '../../src/model/secret.ts';
import { connectLab, keyOf, readServer } from './mysql-support.ts';

const DEADLINE = { deadlineMs: 5_000 };

describe.each(FLAVOURS)('commands on %s', (flavour) => {
  let topology: LabTopology;
  let servers: Servers;

  beforeAll(async () => {
    topology = await startTopology({ flavour, tree: '1(2,3)' });
  });
  afterAll(() => topology?.close());
  beforeEach(() => {
    servers = connectLab();
  });
  afterEach(async () => {
    await servers.close();
    await topology.reset();
  });

  const read = (number: number): Promise<Instance> => readServer(servers, topology.server(number));
  const tell = async (number: number, command: ServerCommand): Promise<CommandOutcome> =>
    servers.execute(await read(number), command, DEADLINE);
  async function done(number: number, command: ServerCommand): Promise<void> {
    expect(await tell(number, command)).toMatchObject({ kind: 'done' });
  }
  const threads = async (number: number) => {
    const { replication } = await read(number);
    return [replication?.receiver.state, replication?.applier.state];
  };

  it('stops and starts the threads one by one and together', async () => {
    await done(2, { kind: 'stop-receiver' });
    expect(await threads(2)).toEqual(['stopped', 'running']);
    await done(2, { kind: 'stop-applier' });
    expect(await threads(2)).toEqual(['stopped', 'stopped']);
    await done(2, { kind: 'start-applier' });
    expect(await threads(2)).toEqual(['stopped', 'running']);
    await done(2, { kind: 'start-receiver' });
    await topology.waitReplicating(2);
    await done(2, { kind: 'stop-receiver' });
    await done(2, { kind: 'stop-applier' });
    await done(2, { kind: 'start-replication' });
    await topology.waitReplicating(2);
  });

  it('re-points a replica; its heartbeat period, account and positioning stay', async () => {
    const before = await read(3);
    await done(3, { kind: 'stop-receiver' });
    await done(3, { kind: 'stop-applier' });
    await done(3, {
      kind: 'change-source',
      source: keyOf(topology.server(2)),
      receiverOnly: false,
      positioning: null,
      credentials: null,
    });
    await done(3, { kind: 'start-replication' });
    await topology.waitReplicating(3);
    const after = await read(3);
    expect(after.replication?.source).toEqual(keyOf(topology.server(2)));
    expect(after.replication?.profile).toEqual(before.replication?.profile);
    expect(after.replication?.positioning).toBe(before.replication?.positioning);
    // A receiver says that it runs before its source lists it.
    await expect
      .poll(async () => (await read(2)).attachedReplicas, { timeout: 10_000 })
      .toEqual([keyOf(topology.server(3))]);
  });

  it('promotes: forgets the source and opens for writes; closes again', async () => {
    await done(2, { kind: 'stop-receiver' });
    await done(2, { kind: 'stop-applier' });
    await done(2, { kind: 'forget-source' });
    await done(2, { kind: 'set-read-only', readOnly: false, withSuper: true });
    const promoted = await read(2);
    expect(promoted.replication).toBeNull();
    expect(promoted.isReadOnly).toBe(false);
    expect(promoted.isSuperReadOnly).not.toBe(true);
    await topology.server(2).query("INSERT INTO app.t VALUES (9, 'a', 'b')");
    await done(2, { kind: 'set-read-only', readOnly: true, withSuper: true });
    const closed = await read(2);
    expect(closed.isReadOnly).toBe(true);
    expect(closed.isSuperReadOnly).toBe(flavour === 'mysql-9.7' ? true : null);
  });

  it('makes a replica of a server that had no source, with account and profile', async () => {
    const profile = (await read(3)).replication?.profile;
    if (profile === undefined) throw new Error('server 3 is a replica');
    await done(2, { kind: 'stop-receiver' });
    await done(2, { kind: 'stop-applier' });
    await done(2, { kind: 'forget-source' });
    const password = topology.users.replication.password;
    await done(2, {
      kind: 'change-source',
      source: keyOf(topology.server(1)),
      receiverOnly: false,
      positioning: flavour === 'mariadb-10.11' ? 'mariadb-slave-pos' : 'oracle-auto',
      credentials: { user: topology.users.replication.user, password: new Secret(password) },
      profile,
    });
    await done(2, { kind: 'start-replication' });
    await topology.waitReplicating(2);
    expect((await read(2)).replication?.profile).toEqual(profile);
  });

  it('sets and clears a delay', async () => {
    for (const seconds of [30, 0]) {
      await done(2, { kind: 'stop-receiver' });
      await done(2, { kind: 'stop-applier' });
      await done(2, { kind: 'set-delay', seconds });
      await done(2, { kind: 'start-replication' });
      expect((await read(2)).replication?.delaySeconds).toBe(seconds);
    }
  });

  it('ends the sessions of clients; replication and we ourselves go on', async () => {
    const writer = topology.writer();
    await waitFor(() => writer.acknowledged.length > 5, { what: 'the writer to write' });
    const events: unknown[] = [];
    servers.onSessionEvent((event) => events.push(event));
    const ours = await read(1);
    expect(await servers.execute(ours, { kind: 'kill-client-sessions', isFence: true }, DEADLINE)).toMatchObject({
      kind: 'done',
    });
    await waitFor(() => writer.failures.length > 0, { what: 'the writer to lose its session' });
    await writer.stop();
    expect(await threads(2)).toEqual(['running', 'running']);
    await read(1);
    expect(events).toEqual([]);
  });

  it('tells what the server says no to', async () => {
    const outcome = await tell(1, { kind: 'start-receiver' });
    expect(outcome).toMatchObject({ kind: 'failed', failure: { kind: 'answered' } });
    expect(outcome.kind === 'failed' && outcome.failure.errorNumber).toBe(1200);
    if (flavour === 'mysql-9.7') {
      await done(2, { kind: 'set-offline-mode', offline: true });
      expect((await read(2)).isOfflineMode).toBe(true);
      await done(2, { kind: 'set-offline-mode', offline: false });
    } else {
      expect(await tell(2, { kind: 'set-offline-mode', offline: true })).toMatchObject({
        kind: 'failed',
        failure: { kind: 'answered', message: expect.stringMatching(/does not offer offline_mode/) },
      });
    }
  });

  it('gives a command on a hung server up at its deadline', async () => {
    const instance = await read(2);
    topology.server(2).pause();
    const outcome = await servers.execute(instance, { kind: 'stop-applier' }, { deadlineMs: 200 });
    topology.server(2).resume();
    expect(outcome).toMatchObject({ kind: 'failed', failure: { kind: 'deadline' } });
  });
});

describe('a source that dies inside a transaction', () => {
  it.each(FLAVOURS)(
    '%s: the applier stops at once (not after a minute), and starts again without an error',
    async (flavour) => {
      const topology = await startTopology({ flavour, tree: '1(2)' });
      const servers = connectLab();
      try {
        await dieInsideTransaction(topology);
        const replica = await waitFor(
          async () => {
            const instance = await readServer(servers, topology.server(2));
            return instance.replication?.applierHasReadAll === true ? instance : null;
          },
          { what: 'the applier to have read all', intervalMs: 50 },
        );
        expect(replica.replication?.applier.state).toBe('running');
        const startMs = performance.now();
        expect(await servers.execute(replica, { kind: 'stop-applier' }, { deadlineMs: 30_000 })).toMatchObject({
          kind: 'done',
        });
        expect(performance.now() - startMs).toBeLessThan(5_000);
        const stopped = await readServer(servers, topology.server(2));
        expect(stopped.replication?.applier.state).toBe('stopped');
        expect(stopped.executedGtid).toBe(replica.executedGtid);
        await servers.execute(stopped, { kind: 'start-applier' }, DEADLINE);
        const started = await readServer(servers, topology.server(2));
        expect(started.replication?.applier).toEqual({ state: 'running', errorNumber: 0, errorText: '' });
      } finally {
        await servers.close();
        await topology.close();
      }
    },
  );
});

describe('re-pointing the receiver alone (MySQL 9.7)', () => {
  it('keeps the relay log that is not applied yet, while the applier runs', async () => {
    const topology = await startTopology({ flavour: 'mysql-9.7', tree: '1(2,3)' });
    const servers = connectLab();
    try {
      const [replica, other] = [topology.server(2), topology.server(3)];
      // A table lock keeps the applier busy, so that what was received stays un-applied while it runs.
      const blocker = await createConnection({ host: replica.host, port: replica.port, user: 'root' });
      await blocker.query('LOCK TABLES app.t READ');
      for (let id = 1; id <= 50; id += 1) await topology.server(1).query(`INSERT INTO app.t VALUES (${id}, 'a', 'b')`);
      await topology.waitCaughtUp(3);
      const { executedGtid } = await readServer(servers, topology.server(1));
      await waitFor(async () => (await readServer(servers, replica)).replication?.receivedGtid === executedGtid, {
        what: 'replica 2 to receive everything',
      });
      await topology.server(1).kill();
      const before = await readServer(servers, replica);
      expect(before.executedGtid).not.toBe(executedGtid);
      const commands: readonly ServerCommand[] = [
        { kind: 'stop-receiver' },
        { kind: 'change-source', source: keyOf(other), receiverOnly: true, positioning: null, credentials: null },
      ];
      for (const command of commands) {
        expect(await servers.execute(before, command, DEADLINE)).toMatchObject({ kind: 'done' });
      }
      const changed = await readServer(servers, replica);
      expect(changed.replication).toMatchObject({
        source: keyOf(other),
        receiver: { state: 'stopped' },
        applier: { state: 'running' },
        receivedGtid: executedGtid,
        profile: { heartbeatPeriodSeconds: 1 },
      });
      // The receiver stays stopped: whatever is applied now was in the relay log.
      await blocker.end();
      await waitFor(async () => (await readServer(servers, replica)).executedGtid === executedGtid, {
        what: 'the relay log to be applied',
      });
      expect((await replica.query('SELECT COUNT(*) AS n FROM app.t'))[0]?.n).toBe(50);
    } finally {
      await servers.close();
      await topology.close();
    }
  });
});

/** Freezes a primary while its replica has only the first part of one big transaction, then kills it. */
async function dieInsideTransaction(topology: LabTopology): Promise<void> {
  const [primary, replica] = [topology.server(1), topology.server(2)];
  await primary.query('CREATE TABLE app.big (id INT AUTO_INCREMENT PRIMARY KEY, payload LONGBLOB)');
  await primary.query("INSERT INTO app.big (payload) VALUES (REPEAT('x', 300000))");
  for (let doubling = 0; doubling < 7; doubling += 1) {
    await primary.query('INSERT INTO app.big (payload) SELECT payload FROM app.big');
  }
  const position = async (): Promise<number> => {
    const status = await replica.replicaStatus();
    return Number(status?.Read_Source_Log_Pos ?? status?.Read_Master_Log_Pos ?? 0);
  };
  const rows = async () => (await replica.query('SELECT COUNT(*) AS n FROM app.big'))[0]?.n;
  for (let count = 128; ; count += 128) {
    await waitFor(async () => Number(await rows()) === count, { what: `the replica to have ${count} rows` });
    const before = await position();
    // It dies with its server; how the lab's session takes that is of no interest.
    void primary.query('INSERT INTO app.big (payload) SELECT payload FROM app.big LIMIT 128').catch(() => undefined);
    await waitFor(async () => (await position()) > before + 1_000, { what: 'part of it to arrive', intervalMs: 1 });
    primary.pause();
    if ((await atRest(position)) < before + 128 * 300_000) break;
    // On a busy machine all of it may have come before the primary stood still.
    primary.resume();
  }
  await primary.kill();
}

/** What is read twice in a row. */
async function atRest(read: () => Promise<number>): Promise<number> {
  for (let last = Number.NaN; ; ) {
    const now = await read();
    if (now === last) return now;
    last = now;
    await sleep(50);
  }
}
