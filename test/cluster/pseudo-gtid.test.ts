import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FLAVOURS, type LabServer, type LabTopology, startTopology, waitFor } from '../../lab/index.ts';
import type { Correlated, CorrelateOptions } from '../../src/engine/pseudo-gtid/answers.ts';
import { type BinlogCoordinates, compareCoordinates } from '../../src/model/coordinates.ts';
import { readServer } from './mysql-support.ts';
import {
  accessAs,
  contentsOf,
  follow,
  type Load,
  openPseudoGtidLab,
  type PseudoGtidLab,
  startLoad,
  stopReplication,
  tell,
} from './pseudo-gtid-support.ts';

/** Server 4 does not log what it replicates: only its relay logs tell what it has. Small files, so that all rotate. */
const withoutUpdates = (flavour: string): readonly string[] =>
  flavour === 'mysql-9.7' ? ['--log-replica-updates=OFF'] : ['--skip-log-slave-updates'];

const OF_THE_FILE = ['Format_desc', 'Previous_gtids', 'Gtid_list', 'Binlog_checkpoint', 'Rotate', 'Stop'];
const nextFile = (file: string): string =>
  file.replace(/\d+$/, (digits) => String(Number(digits) + 1).padStart(digits.length, '0'));

describe.each(FLAVOURS)('Pseudo-GTID on %s without GTIDs', (flavour) => {
  let topology: LabTopology;
  let lab: PseudoGtidLab;
  let load: Load | null = null;

  beforeAll(async () => {
    topology = await startTopology({
      flavour,
      tree: '1(2,3,4)',
      gtid: false,
      settings: ['--max-binlog-size=16384', '--max-relay-log-size=12288', '--relay-log-purge=0'],
      serverSettings: {
        3: flavour === 'mysql-9.7' ? ['--binlog-transaction-compression=ON'] : ['--max-binlog-size=65536'],
        4: withoutUpdates(flavour),
      },
    });
  });
  afterAll(() => topology?.close());
  beforeEach(() => {
    lab = openPseudoGtidLab(topology);
  });
  afterEach(async () => {
    await load?.stop();
    load = null;
    await lab.close();
    await topology.reset();
  });

  const server = (number: number): LabServer => topology.server(number);
  const correlate = async (from: number, to: number, options?: CorrelateOptions): Promise<Correlated> =>
    lab.pseudoGtid.correlate(
      await readServer(lab.servers, server(from)),
      await readServer(lab.servers, server(to)),
      options,
    );
  async function rounds(count: number): Promise<void> {
    const wanted = (load?.rounds() ?? 0) + count;
    await waitFor(() => (load?.rounds() ?? 0) >= wanted, { what: `${count} rounds of load`, deadlineMs: 60_000 });
  }
  /** In the primary's log. */
  async function executedOf(number: number): Promise<BinlogCoordinates> {
    const { replication } = await readServer(lab.servers, server(number));
    if (replication === null) throw new Error(`server ${number} is a replica`);
    return replication.executedCoordinates;
  }
  /** The types of what the primary's log has between two places, but for what belongs to the files themselves. */
  async function entriesBetween(from: BinlogCoordinates, to: BinlogCoordinates): Promise<readonly string[]> {
    expect(compareCoordinates(from, to)).toBeLessThanOrEqual(0);
    const types: string[] = [];
    for (let { file, position } = from; ; file = nextFile(file), position = 4) {
      const end = file === to.file ? to.position : Number.POSITIVE_INFINITY;
      const entries = await server(1).query(`SHOW BINLOG EVENTS IN '${file}' FROM ${position}`);
      types.push(...entries.filter(({ Pos }) => Number(Pos) < end).map(({ Event_type }) => String(Event_type)));
      if (file === to.file) return types.filter((type) => !OF_THE_FILE.includes(type));
    }
  }
  const sameContents = (a: number, b: number): Promise<unknown> =>
    waitFor(async () => (await contentsOf(server(a))) === (await contentsOf(server(b))), {
      what: `${a} and ${b} to hold the same`,
      intervalMs: 100,
      deadlineMs: 60_000,
      explain: async () => `${await contentsOf(server(a))} | ${await contentsOf(server(b))}`,
    });

  it('replicas that stopped at different places go on below each other, with equal rows', async () => {
    load = await startLoad(lab, server(1));
    const writer = topology.writer({ connections: 3, intervalMs: 2 });
    await rounds(60);
    await stopReplication(lab, server(2));
    await rounds(45);
    await stopReplication(lab, server(4));
    await rounds(45);
    await waitFor(async () => compareCoordinates(await executedOf(3), await executedOf(4)) > 0, {
      what: 'replica 3 to pass the place where 4 stopped',
      intervalMs: 50,
    });
    await stopReplication(lab, server(3));
    await rounds(5);
    await load.stop();
    load = null;
    await writer.stop();

    // The one that is ahead finds no place below the one that is behind.
    expect(await correlate(3, 2)).toMatchObject({
      kind: 'refused',
      code: expect.stringMatching(/^(behind|marker-missing)$/),
      reason: expect.stringContaining(`127.0.0.1:${server(2).port} is behind`),
    });
    for (const behind of [2, 4]) {
      const matched = await correlate(behind, 3);
      if (matched.kind !== 'matched') throw new Error(matched.reason);
      expect(matched.instanceEnd.kind).toBe(behind === 2 ? 'binlog' : 'relaylog');
      expect(matched.eventsMatched).toBeGreaterThan(0);
      // Its log may go on by itself: MariaDB writes down late that earlier logs are no more needed (43 bytes for each).
      const instanceEnd = expect.objectContaining({ kind: matched.instanceEnd.kind, file: matched.instanceEnd.file });
      expect(await correlate(behind, 3, { strict: true })).toEqual({ ...matched, instanceEnd });
      await follow(lab, server(behind), server(3), matched.coordinates);
      await topology.waitReplicating(behind);
      await sameContents(behind, 3);
    }
    // Third level, and back below the primary, which is still there and ahead of all.
    const up = await correlate(3, 1);
    if (up.kind !== 'matched') throw new Error(up.reason);
    await follow(lab, server(3), server(1), up.coordinates);
    for (const replica of [3, 2, 4]) await sameContents(replica, 1);
  });

  it('reads relay logs up to the executed point, though more was received', async () => {
    load = await startLoad(lab, server(1));
    await rounds(50);
    await tell(lab, server(2), { kind: 'stop-applier' });
    await rounds(60);
    await stopReplication(lab, server(2));
    await load.stop();
    load = null;
    await topology.waitCaughtUp(3);
    const byRelayLogs = await correlate(2, 3, { skipBinlogSearch: true });
    if (byRelayLogs.kind === 'refused') throw new Error(byRelayLogs.reason);
    expect(byRelayLogs).toMatchObject({ kind: 'matched', instanceEnd: { kind: 'relaylog' } });
    const byBinlogs = await correlate(2, 3);
    expect(byBinlogs).toMatchObject({ kind: 'matched', instanceEnd: { kind: 'binlog' } });
    if (byRelayLogs.kind !== 'matched' || byBinlogs.kind !== 'matched') return;
    expect(byRelayLogs.coordinates).toEqual(byBinlogs.coordinates);
    expect(byRelayLogs.marker).toBe(byBinlogs.marker);
    await follow(lab, server(2), server(3), byRelayLogs.coordinates);
    await sameContents(2, 1);
  });

  it('refuses a replica with a write of its own, and names both events', async () => {
    load = await startLoad(lab, server(1));
    await rounds(30);
    await load.stop();
    load = null;
    await sameContents(2, 1);
    await stopReplication(lab, server(2));
    await tell(lab, server(2), { kind: 'set-read-only', readOnly: false, withSuper: true });
    await server(2).query("INSERT INTO app.t VALUES (-77, 'stray', '')");
    expect(await correlate(2, 3)).toMatchObject({ kind: 'refused', code: 'behind' });
    await server(1).query("UPDATE app.t SET payload = 'later' WHERE id = 1");
    await topology.waitCaughtUp(3);
    const later = await waitFor(
      async () => {
        const outcome = await correlate(2, 3);
        return outcome.kind === 'refused' && outcome.code === 'different' ? outcome : null;
      },
      { what: 'server 3 to have the update' },
    );
    expect(later.reason).toMatch(/write_rows app\.t" at .*update_rows app\.t" at /);
  });

  it('matches row-based replicas with each other, and with a primary that logs statements', async () => {
    await server(1).query("SET GLOBAL binlog_format = 'STATEMENT'");
    load = await startLoad(lab, server(1));
    await rounds(40);
    await stopReplication(lab, server(2));
    await rounds(40);
    await load.stop();
    load = null;
    await sameContents(3, 1);
    const beside = await correlate(2, 3);
    expect(beside).toMatchObject({ kind: 'matched', instanceEnd: { kind: 'binlog' } });
    const above = await correlate(2, 1);
    expect(above).toMatchObject({ kind: 'matched', instanceEnd: { kind: 'relaylog' } });
    const executed = await lab.access.readCoordinates(await readServer(lab.servers, server(2)), { deadlineMs: 5_000 });
    if (beside.kind !== 'matched' || above.kind !== 'matched' || executed.kind !== 'read') return;
    // The end of one log means the same place as the begin of the next, wherever its header ends.
    expect(await entriesBetween(above.coordinates, executed.value.executed ?? above.coordinates)).toEqual([]);
    await follow(lab, server(2), server(3), beside.coordinates);
    await sameContents(2, 1);
  });

  it('knows in which order an applier works', async () => {
    const order = async () => {
      const read = await lab.access.readApplierOrder(await readServer(lab.servers, server(2)), { deadlineMs: 5_000 });
      return read.kind === 'read' ? read.value : read;
    };
    expect(await order()).toBe('in-order');
    if (flavour === 'mariadb-10.11') return;
    const word = flavour === 'mysql-9.7' ? 'replica' : 'slave';
    await stopReplication(lab, server(2));
    if (flavour === 'mysql-9.7') await server(2).query('SET GLOBAL replica_preserve_commit_order = OFF');
    await server(2).query(`SET GLOBAL ${word}_parallel_workers = 4`);
    expect(await order()).toBe('may-leave-gaps');
    await tell(lab, server(2), { kind: 'start-replication' });
    expect(await correlate(2, 3)).toMatchObject({ kind: 'refused', code: 'gaps' });
  });

  it('answers the questions about single entries', async () => {
    load = await startLoad(lab, server(1));
    await rounds(40);
    await load.stop();
    load = null;
    for (const replica of [2, 3, 4]) await sameContents(replica, 1);
    const read = (number: number) => readServer(lab.servers, server(number));
    const [first, second, third, fourth] = [await read(1), await read(2), await read(3), await read(4)];

    const last = await lab.pseudoGtid.lastEntry(first);
    if (last.kind !== 'found') throw new Error(last.reason);
    expect(last.text).toMatch(/^drop view if exists `_pseudo_gtid_`\.`_asc:[0-9a-f]{8}:[0-9a-f]{8}:[0-9a-f]{16}`$/);
    expect(await lab.pseudoGtid.findEntry(first, last.text)).toEqual(last);
    expect(await lab.pseudoGtid.lastEntry(fourth)).toMatchObject({
      text: last.text,
      coordinates: { kind: 'relaylog' },
    });
    expect(await lab.pseudoGtid.findEntry(second, 'no such text')).toMatchObject({ kind: 'refused' });

    const atEnd = await lab.pseudoGtid.correlateBinlogPosition(second, third, null);
    expect(atEnd).toMatchObject({ kind: 'matched', coordinates: third.ownCoordinates });
    const onSecond = await lab.pseudoGtid.findEntry(second, last.text);
    const onThird = await lab.pseudoGtid.findEntry(third, last.text);
    if (onSecond.kind !== 'found' || onThird.kind !== 'found') throw new Error('the entry is on both');
    const behind = await eventAt(third, onThird.coordinates);
    const position = await eventAt(second, onSecond.coordinates);
    expect(await lab.pseudoGtid.correlateBinlogPosition(second, third, position)).toMatchObject({
      kind: 'matched',
      coordinates: behind,
    });

    // Several workers tell where they are now and then; once stopped, exactly.
    for (const replica of [2, 3]) await stopReplication(lab, server(replica));
    const executed = await lab.pseudoGtid.lastExecutedRelayEntry(second);
    expect(executed).toMatchObject({ kind: 'found', event: { serverId: first.serverId } });
    const relay = await lab.pseudoGtid.correlateRelayPosition(second, third, null);
    expect(relay).toMatchObject({ kind: 'matched' });
    if (relay.kind !== 'matched' || executed.kind !== 'found') return;
    expect(relay.instanceCoordinates).toEqual(executed.coordinates);
    const back = await lab.pseudoGtid.correlateRelayPosition(third, second, relay.destinationCoordinates);
    expect(back).toMatchObject({ kind: 'matched', destinationCoordinates: executed.coordinates });
    const elsewhere = { kind: 'relaylog', file: 'nosuch.000001', position: 4 } as const;
    expect(await lab.pseudoGtid.correlateRelayPosition(third, second, elsewhere)).toMatchObject({
      kind: 'refused',
      reason: /has no relay log nosuch\.000001; it has /,
    });
  });

  /** The end of the event that begins at a place. */
  async function eventAt(instance: Awaited<ReturnType<typeof readServer>>, at: { file: string; position: number }) {
    const request = { log: 'binlog', file: at.file, fromPosition: at.position, limit: 1 } as const;
    const read = await lab.access.readEvents(instance, request, { deadlineMs: 5_000 });
    if (read.kind !== 'read') throw new Error('not read');
    return { kind: 'binlog' as const, file: at.file, position: read.value[0]?.endPosition ?? 0 };
  }

  it('writes entries to the writable primary alone, and not to one that turned read-only', async () => {
    await lab.injection.run();
    const first = await readServer(lab.servers, server(1));
    const written = await lab.pseudoGtid.lastEntry(first);
    expect(written).toMatchObject({ kind: 'found' });
    expect(lab.marked.has('cluster of 1')).toBe(true);
    expect(lab.marked.has('cluster of 2')).toBe(false);
    await tell(lab, server(1), { kind: 'set-read-only', readOnly: true, withSuper: false });
    const outcome = await lab.access.write(first, 'drop view if exists `_pseudo_gtid_`.`_asc:f`', {
      deadlineMs: 5_000,
    });
    expect(outcome).toEqual({ kind: 'read-only' });
    expect(await lab.pseudoGtid.lastEntry(first)).toEqual(written);
  });

  it('tells when it may not write entries', async () => {
    const { user, password } = topology.users.application;
    const access = accessAs(user, password);
    const outcome = await access.write(
      await readServer(lab.servers, server(1)),
      'drop view if exists `_pseudo_gtid_`.`_asc:f`',
      { deadlineMs: 5_000 },
    );
    access.close();
    expect(outcome).toMatchObject({ kind: 'failed', failure: { errorNumber: 1142 } });
  });

  it('gives up at the deadline, and at once when called off', async () => {
    const second = await readServer(lab.servers, server(2));
    expect(await lab.access.listLogs(second, { deadlineMs: 5_000 })).toMatchObject({ kind: 'read' });
    server(2).pause();
    try {
      expect(await lab.access.listLogs(second, { deadlineMs: 200 })).toMatchObject({
        kind: 'failed',
        failure: { kind: 'deadline' },
      });
      const controller = new AbortController();
      const hanging = lab.pseudoGtid.lastEntry(second, { signal: controller.signal });
      setTimeout(() => controller.abort(), 50);
      expect(await hanging).toMatchObject({ kind: 'refused', code: 'cancelled' });
    } finally {
      server(2).resume();
    }
    const missing = { log: 'binlog', file: 'none.000001', fromPosition: null, limit: 1 } as const;
    expect(await lab.access.readEvents(second, missing, { deadlineMs: 5_000 })).toMatchObject({
      kind: 'failed',
      failure: { errorNumber: 1220 },
    });
  });
});
