import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FLAVOURS, type LabTopology, startTopology, waitFor } from '../../lab/index.ts';
import type { Servers, SessionEvent } from '../../src/engine/ports.ts';
import type { Instance } from '../../src/model/instance.ts';
import { Secret } from '../../src/model/secret.ts';
import { NO_CLASSIFICATION } from '../../src/mysql/settings.ts';
import { acknowledgersOf, startWaiter } from '../support/semi-sync.ts';
import { connectLab, keyOf, readServer } from './mysql-support.ts';

const FULL = { deadlineMs: 5_000, depth: 'full', previous: null } as const;

describe.each(FLAVOURS)('probing %s', (flavour) => {
  let topology: LabTopology;
  let servers: Servers;
  let events: SessionEvent[];

  beforeAll(async () => {
    topology = await startTopology({ flavour, tree: '1(2,3)' });
  });
  afterAll(() => topology?.close());
  beforeEach(() => {
    events = [];
    servers = connectLab();
    servers.onSessionEvent((event) => events.push(event));
  });
  afterEach(async () => {
    await servers.close();
    await topology.reset();
  });

  it('reads a primary and a replica', async () => {
    await topology.server(1).query("INSERT INTO app.t VALUES (1, 'a', 'b')");
    // What a replica has received it has got as one that its source lists.
    for (const number of [2, 3]) await topology.waitCaughtUp(number);
    const primary = await readServer(servers, topology.server(1));
    const replica = await atRest(2, primary.executedGtid);
    expect(primary.replication).toBeNull();
    expect(primary.isReadOnly).toBe(false);
    expect(primary.attachedReplicas.map((key) => key.port).sort()).toEqual([
      topology.server(2).port,
      topology.server(3).port,
    ]);
    expect(replica.replication).toMatchObject({
      source: keyOf(topology.server(1)),
      receiver: { state: 'running', errorNumber: 0 },
      applier: { state: 'running', errorNumber: 0 },
      sourceServerId: primary.serverId,
      sourceUuid: primary.serverUuid,
      profile: { user: 'repl', heartbeatPeriodSeconds: 1 },
    });
    expect(replica.isReadOnly).toBe(true);
    expect(replica.executedGtid).toBe(primary.executedGtid);
    expect(replica.executedGtid).not.toBe('');
  });

  /** A full reading once the server has noted that it executed so much: its rows are there a moment before. */
  const atRest = (number: number, executedGtid: string): Promise<Instance> =>
    waitFor(
      async () => {
        const instance = await readServer(servers, topology.server(number));
        return instance.executedGtid === executedGtid && instance.replication?.applierHasReadAll !== false
          ? instance
          : null;
      },
      { what: `server ${number} to have noted ${executedGtid}` },
    );

  it('reads quickly what a full probe would read', async () => {
    const key = keyOf(topology.server(2));
    const previous = await readServer(servers, topology.server(2));
    await topology.server(1).query("INSERT INTO app.t VALUES (2, 'a', 'b')");
    await topology.waitCaughtUp(2);
    await atRest(2, (await readServer(servers, topology.server(1))).executedGtid);
    const quick = await servers.probe(key, { ...FULL, depth: 'replication', previous });
    const full = await readServer(servers, topology.server(2));
    if (quick.kind === 'failed') throw new Error(quick.failure.message);
    expect(quick.instance).toEqual({
      ...full,
      latencyMs: quick.instance.latencyMs,
      uptimeSeconds: quick.instance.uptimeSeconds,
    });
    expect(quick.instance.executedGtid).not.toBe(previous.executedGtid);
  });

  it('hears at once that a server was killed', async () => {
    await readServer(servers, topology.server(1));
    await topology.server(1).kill();
    await waitFor(() => events.length > 0, { what: 'the loss of the session', deadlineMs: 5_000 });
    expect(events).toMatchObject([{ kind: 'session-lost', key: keyOf(topology.server(1)) }]);
    expect(['closed', 'shutting-down']).toContain(events[0]?.failure.kind);
    expect(await servers.probe(keyOf(topology.server(1)), FULL)).toMatchObject({
      kind: 'failed',
      failure: { kind: 'refused' },
      isPartial: false,
    });
    expect(events).toHaveLength(1);
  });

  it('hears that a server was shut down', async () => {
    await readServer(servers, topology.server(2));
    await topology.server(2).shutdown();
    await waitFor(() => events.length > 0, { what: 'the loss of the session', deadlineMs: 5_000 });
    expect(['closed', 'shutting-down', 'answered']).toContain(events[0]?.failure.kind);
  });

  it('gives a hung server up at the deadline, pinned or fresh, and reads it again afterwards', async () => {
    const server = topology.server(1);
    await readServer(servers, server);
    server.pause();
    for (const what of [/answer the probe/, /greeting/]) {
      const outcome = await servers.probe(keyOf(server), { ...FULL, deadlineMs: 200 });
      expect(outcome).toMatchObject({
        kind: 'failed',
        failure: { kind: 'deadline', message: expect.stringMatching(what) },
      });
    }
    expect(await servers.knock(keyOf(server), 200)).toMatchObject({ kind: 'failed', failure: { kind: 'deadline' } });
    server.resume();
    expect((await readServer(servers, server)).isReadOnly).toBe(false);
    expect(events).toEqual([]);
  });

  it('says that the password is wrong', async () => {
    const wrong = connectLab({ password: new Secret('nope') });
    const outcome = await wrong.probe(keyOf(topology.server(1)), FULL);
    await wrong.close();
    expect(outcome).toMatchObject({ kind: 'failed', failure: { kind: 'answered', errorNumber: 1045 } });
    const message = outcome.kind === 'failed' ? outcome.failure.message : '';
    expect(message).toMatch(/refused user 'orc' \(1045\): check MySQLTopologyUser and MySQLTopologyPassword/);
    expect(message).not.toContain('nope');
  });

  it('says that a server has too many connections', async () => {
    const key = keyOf(topology.server(2));
    const before = await topology.server(2).query('SELECT @@global.max_connections AS n');
    await topology.server(2).query('SET GLOBAL max_connections=10');
    // The account of the lab's orchestrator may use the one extra connection, so fill up with that too.
    const crowd = Array.from({ length: 14 }, () => connectLab());
    const outcomes = await Promise.all(crowd.map((one) => one.probe(key, FULL)));
    await Promise.all(crowd.map((one) => one.close()));
    await topology.server(2).query(`SET GLOBAL max_connections=${String(before[0]?.n)}`);
    const refused = outcomes.filter((outcome) => outcome.kind === 'failed');
    expect(refused.length).toBeGreaterThan(0);
    for (const outcome of refused) expect(outcome.failure).toMatchObject({ kind: 'answered', errorNumber: 1040 });
  });

  it('reads what it may with an account that may not everything, and says what it could not', async () => {
    const sql = flavour === 'mariadb-10.11' ? 'SLAVE MONITOR' : 'REPLICATION CLIENT';
    // Made on the primary: the replicas are closed even for root.
    await topology.server(1).query("CREATE USER 'poor'@'%' IDENTIFIED BY 'poorpw'");
    await topology.server(1).query(`GRANT ${sql} ON *.* TO 'poor'@'%'`);
    await topology.server(1).query("INSERT INTO app.t VALUES (3, 'a', 'b')");
    await topology.waitCaughtUp(2);
    const poor = connectLab({ user: 'poor', password: new Secret('poorpw') });
    for (let round = 0; round < 2; round += 1) {
      const outcome = await poor.probe(keyOf(topology.server(2)), FULL);
      if (outcome.kind === 'failed') throw new Error(outcome.failure.message);
      expect(outcome.instance.replication?.receiver.state).toBe('running');
      expect(outcome.warnings.length).toBeGreaterThan(0);
      for (const warning of outcome.warnings)
        expect(warning).toMatch(/^cannot read .*: 127\.0\.0\.1:\d+ answered error/);
    }
    await poor.close();
  });

  it('asks the configured queries; one that fails is a warning and keeps what was known', async () => {
    const asking = connectLab({
      replicationLagQuery: 'SELECT 7',
      classification: {
        ...NO_CLASSIFICATION,
        detectDataCenterQuery: "SELECT 'dc-a' AS dc",
        detectInstanceAliasQuery: 'SELECT alias FROM app.no_such_table',
        detectPromotionRuleQuery: "SELECT 'prefer'",
        detectPseudoGtidQuery: 'SELECT 1',
        regionPattern: /^(\d+)[.]/,
      },
    });
    const key = keyOf(topology.server(2));
    const known = await readServer(servers, topology.server(2));
    const previous = { ...known, classification: { ...known.classification, instanceAlias: 'known' } };
    const outcome = await asking.probe(key, { ...FULL, previous });
    await asking.close();
    if (outcome.kind === 'failed') throw new Error(outcome.failure.message);
    expect(outcome.instance).toMatchObject({
      lagSeconds: 7,
      pseudoGtid: true,
      classification: { dataCenter: 'dc-a', region: '127', promotionRule: 'prefer', instanceAlias: 'known' },
    });
    expect(outcome.warnings).toEqual([expect.stringMatching(/^DetectInstanceAliasQuery failed: .*1146/)]);
  });
});

describe('probing a MariaDB primary whose commits wait for an acknowledgement (AFTER_SYNC)', () => {
  let topology: LabTopology;
  let servers: Servers;
  beforeAll(async () => {
    topology = await startTopology({ flavour: 'mariadb-10.11', tree: '1(2)', semiSync: { timeoutMs: 600_000 } });
    servers = connectLab();
  });
  afterAll(async () => {
    await servers?.close();
    await topology?.close();
  });

  it('it is not asked where its log ends while two of them wait, for it would not answer', async () => {
    const { primary } = topology;
    const acknowledgers = () => acknowledgersOf('mariadb-10.11', primary);
    await waitFor(async () => (await acknowledgers()) === 1, { what: 'the replica to acknowledge' });
    const previous = await readServer(servers, primary);
    expect(previous.ownCoordinates).not.toBeNull();
    const quick = { depth: 'replication', previous, deadlineMs: 5_000 } as const;
    await topology.server(2).kill();
    await waitFor(async () => (await acknowledgers()) === 0, { what: 'nobody to acknowledge' });
    const waiters = [await startWaiter(primary, 21), await startWaiter(primary, 22)];
    try {
      const isHeldUp = () =>
        primary.query('SHOW MASTER STATUS', [], { timeoutMs: 500 }).then(
          () => false,
          () => true,
        );
      // A busy machine alone may keep it from answering in time.
      const commits = async () => {
        const sql = "SELECT STATE AS s FROM information_schema.processlist WHERE INFO LIKE 'INSERT INTO app.t%'";
        return (await primary.query(sql)).map(({ s }) => String(s).split(' ')[0]).toSorted();
      };
      await waitFor(async () => (await commits()).join() === 'Commit,Waiting', { what: 'both to commit' });
      await waitFor(isHeldUp, { what: 'the second commit to hold the log' });
      const unknown = { isReadOnly: false, ownCoordinates: null };
      expect(await servers.probe(keyOf(primary), quick)).toMatchObject({ kind: 'answered', instance: unknown });
      expect(await servers.probe(keyOf(primary), { ...FULL, deadlineMs: 5_000 })).toMatchObject({
        kind: 'answered',
        instance: { ...unknown, semiSync: { sourceEnabled: true, connectedReplicas: 0 } },
        warnings: [expect.stringMatching(/where its log ends/)],
      });
      // That semi-sync was switched on since it was last read does not make it hang either.
      const { semiSync } = previous;
      const outdated = { ...previous, semiSync: { ...semiSync, sourceEnabled: false } };
      const unaware = await servers.probe(keyOf(primary), { ...quick, previous: outdated });
      expect(unaware).toMatchObject({ kind: 'answered', instance: unknown });
      const asIt = await servers.probe(keyOf(primary), { ...quick, withoutLogEnd: true });
      expect(asIt).toMatchObject({ kind: 'answered', instance: { ownCoordinates: previous.ownCoordinates } });
      expect(await isHeldUp()).toBe(true);
      expect(waiters.map((waiter) => waiter.told())).toEqual([null, null]);

      await topology.server(2).restart();
      await waitFor(() => waiters.every((waiter) => waiter.told() === 'OK'), { what: 'both to be told OK' });
      const told = await servers.probe(keyOf(primary), { ...quick, deadlineMs: 5_000 });
      expect(told).toMatchObject({ kind: 'answered' });
      if (told.kind === 'answered') expect(told.instance.ownCoordinates).not.toEqual(previous.ownCoordinates);
    } finally {
      for (const waiter of waiters) waiter.close();
    }
  });
});
