import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Instance } from '../../model/instance.ts';
import { parseKey } from '../../model/instance-key.ts';
import { instanceOf, mariadbReplica, replicationOf, uuidOf } from '../../model/testing/instances.ts';
import { createSystemClock } from '../basis/clock.ts';
import { createFleet } from '../fleet/fleet.ts';
import type { DeposedPrimary, RecoveryIntent } from '../ports.ts';
import { createDeposedTable, createFakeServers, SILENT } from '../testing/fakes.ts';
import { createDeposedWatch, type DeposedWatch } from './deposed-watch.ts';

const OLD = '10.0.0.1:3306';
const NEW = '10.0.0.2:3306';

const server = (name: string, number: number, changes: Partial<Instance> = {}): Instance =>
  instanceOf(name, { serverId: number, serverUuid: uuidOf(number), ...changes });

const deposedOld: DeposedPrimary = {
  key: parseKey(OLD, 3306),
  serverUuid: uuidOf(1),
  serverId: 1,
  clusterName: OLD,
  epoch: 3,
  successor: parseKey(NEW, 3306),
  source: null,
  deposedAtMs: 1_000,
  fencedAtMs: null,
};

let open: DeposedWatch | null = null;
afterEach(() => open?.close());

function scene(row: Partial<DeposedPrimary> = {}) {
  const clock = createSystemClock();
  const servers = createFakeServers();
  const fleet = createFleet({ clock, logger: SILENT }, { aliasPatterns: [] });
  const table = createDeposedTable([{ ...deposedOld, ...row }]);
  const returns: string[] = [];
  const openIntents: RecoveryIntent[] = [];
  const knocks = vi.spyOn(servers, 'knock');
  const store = { ...table, readOpenIntents: async () => openIntents };
  const watch = createDeposedWatch({
    servers,
    fleet,
    clock,
    logger: SILENT,
    leadership: { isLeader: () => true, remainingMs: () => 60_000 },
    store,
    auditLog: { write: async () => undefined },
    onReturn: (_deposed, _isFenced, sentence) => void returns.push(sentence),
  });
  open = watch;
  const meet = (instance: Instance): void => {
    servers.put(`${instance.key.hostname}:${instance.key.port}`, instance);
    fleet.answered(instance);
  };
  /** Until the old address has been knocked at this often in all. */
  const someKnocks = (count: number) =>
    vi.waitFor(() => expect(knocks.mock.calls.length).toBeGreaterThanOrEqual(count), 4_000);
  return { servers, fleet, table, store, watch, meet, returns, someKnocks, openIntents };
}

describe('a deposed primary', () => {
  it('is fenced when it returns writable', async () => {
    const { servers, watch, meet, table } = scene();
    meet(server(NEW, 2));
    await watch.refresh();
    servers.put(OLD, server(OLD, 1));
    await vi.waitFor(() => expect(servers.at(OLD)?.isSuperReadOnly).toBe(true), 4_000);
    await vi.waitFor(async () => expect((await table.readDeposed())[0]?.fencedAtMs).not.toBeNull(), 4_000);
  });

  it('is fenced though it does not tell where its log ends, as MariaDB while several of its commits wait', async () => {
    const { servers, watch, meet, table } = scene();
    const read = servers.probe;
    vi.spyOn(servers, 'probe').mockImplementation(async (key, request) => {
      if (request.withoutLogEnd === true || key.hostname !== '10.0.0.1') return read(key, request);
      const failure = { kind: 'deadline', errorNumber: null, message: 'did not answer the probe' } as const;
      return { kind: 'failed', failure, isPartial: false, latencyMs: request.deadlineMs };
    });
    meet(server(NEW, 2));
    await watch.refresh();
    servers.put(OLD, server(OLD, 1));
    await vi.waitFor(async () => expect((await table.readDeposed())[0]?.fencedAtMs).not.toBeNull(), 4_000);
    expect(servers.at(OLD)?.isReadOnly).toBe(true);
  });

  it('is not told anything when its address leads to the new primary now', async () => {
    const { servers, watch, meet, someKnocks } = scene();
    meet(server(OLD, 1));
    meet(server(NEW, 2));
    servers.put(OLD, null);
    await watch.refresh();
    await someKnocks(1);
    // A hook moved the address of the service, as hooks do.
    servers.put(OLD, server(OLD, 2));
    await someKnocks(3);
    expect(servers.commands).toEqual([]);
  });

  it('is fenced at another address, too, but not a copy of it that bears its uuid', async () => {
    const { servers, watch, meet } = scene();
    meet(server(NEW, 2));
    await watch.refresh();
    meet(server('10.0.0.8:3306', 1, { serverId: 8 }));
    meet(server('10.0.0.9:3306', 1));
    await vi.waitFor(() => expect(servers.at('10.0.0.9:3306')?.isSuperReadOnly).toBe(true), 4_000);
    expect(servers.commands.filter((one) => one.server === '10.0.0.8:3306')).toEqual([]);
  });

  it('on MariaDB, which has no uuid, is not mixed up with the new primary either', async () => {
    const { servers, watch, meet, someKnocks } = scene({ serverUuid: null });
    const mariadb = (name: string, serverId: number) => mariadbReplica(name, OLD, { serverId, replication: null });
    meet(mariadb(NEW, 2));
    await watch.refresh();
    servers.put(OLD, mariadb(OLD, 2));
    await someKnocks(3);
    expect(servers.commands).toEqual([]);
  });

  it('is fenced under a new uuid, too: whoever stands there and takes writes is not the primary', async () => {
    const { servers, watch, meet } = scene();
    meet(server(NEW, 2));
    await watch.refresh();
    servers.put(OLD, server(OLD, 7));
    await vi.waitFor(() => expect(servers.at(OLD)?.isSuperReadOnly).toBe(true), 4_000);
  });

  it('that is read-only already keeps its sessions: a backup may run there', async () => {
    const { servers, watch, meet, someKnocks } = scene({ fencedAtMs: 2_000 });
    meet(server(NEW, 2));
    meet(server(OLD, 1, { isReadOnly: true, isSuperReadOnly: true }));
    await watch.refresh();
    await someKnocks(1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(servers.commands).toEqual([]);
  });

  it('is fenced when it is writable, even if somebody made it follow the new primary', async () => {
    const { servers, watch, meet, someKnocks } = scene({ fencedAtMs: 2_000 });
    meet(server(NEW, 2));
    meet(server(OLD, 1, { isReadOnly: true, isSuperReadOnly: true }));
    await watch.refresh();
    await someKnocks(1);
    meet(server(OLD, 1, { replication: replicationOf(NEW) }));
    await vi.waitFor(() => expect(servers.at(OLD)?.isSuperReadOnly).toBe(true), 4_000);
  });

  it('that was a co-primary is fenced each time it returns: it followed its pair all along, which is no rejoin', async () => {
    const { servers, fleet, table, watch, meet } = scene({ source: parseKey(NEW, 3306) });
    const likeBefore = server(OLD, 1, { replication: replicationOf(NEW) });
    meet(server(NEW, 2));
    await watch.refresh();
    for (let round = 0; round < 2; round += 1) {
      servers.put(OLD, likeBefore);
      await vi.waitFor(() => expect(servers.at(OLD)?.isSuperReadOnly).toBe(true), 4_000);
      await vi.waitFor(async () => expect((await table.readDeposed())[0]?.fencedAtMs).not.toBeNull(), 4_000);
      await vi.waitFor(() => expect(fleet.recordOf(parseKey(OLD, 3306))?.instance?.isSuperReadOnly).toBe(true), 4_000);
      expect(watch.list()).toHaveLength(1);
      // Restarted again, by whatever supervises it.
      servers.put(OLD, null);
      fleet.failed(parseKey(OLD, 3306), 'no answer', false);
    }
    meet(server(OLD, 1, { isReadOnly: true, isSuperReadOnly: true, replication: replicationOf('10.0.0.3:3306') }));
    await vi.waitFor(async () => expect(await table.readDeposed()).toEqual([]), 4_000);
    expect(watch.list()).toEqual([]);
  });

  it('is fenced again when it was made a replica whose receiver broke down: its next restart may open it', async () => {
    const { servers, watch, meet } = scene();
    meet(server(NEW, 2));
    await watch.refresh();
    const receiver = { state: 'stopped', errorNumber: 1236, errorText: 'it has what we lack' } as const;
    const replication = { ...replicationOf(NEW), receiver };
    meet(server(OLD, 1, { isReadOnly: true, isSuperReadOnly: true, replication }));
    expect(watch.list()).toHaveLength(1);
    meet(server(OLD, 1, { replication }));
    await vi.waitFor(() => expect(servers.at(OLD)?.isSuperReadOnly).toBe(true), 4_000);
  });

  it('that is pardoned while its return is written down does not come back on the list', async () => {
    const { table, store, watch, meet, servers } = scene();
    const { saveDeposed } = table;
    let write: () => void = () => undefined;
    const written = new Promise<void>((resolve) => {
      write = resolve;
    });
    const save = vi.spyOn(store, 'saveDeposed').mockImplementation(async (row) => {
      await written;
      await saveDeposed(row);
    });
    meet(server(NEW, 2));
    await watch.refresh();
    servers.put(OLD, server(OLD, 1));
    await vi.waitFor(() => expect(save).toHaveBeenCalled(), 4_000);
    meet(server(OLD, 1, { isReadOnly: true, replication: replicationOf(NEW) }));
    await vi.waitFor(async () => expect(await table.readDeposed()).toEqual([]), 4_000);
    const removed = vi.spyOn(store, 'removeDeposed');
    write();
    await vi.waitFor(() => expect(removed).toHaveBeenCalled(), 4_000);
    expect(await table.readDeposed()).toEqual([]);
  });

  it('that another process has pardoned is not fenced, and one is fenced when the backend does not say', async () => {
    const { table, store, watch, meet, servers, someKnocks } = scene();
    meet(server(NEW, 2));
    await watch.refresh();
    await someKnocks(1);
    await table.removeDeposed(parseKey(OLD, 3306));
    servers.put(OLD, server(OLD, 1));
    await vi.waitFor(() => expect(watch.list()).toEqual([]), 4_000);
    expect(servers.commands).toEqual([]);

    await table.saveDeposed(deposedOld);
    servers.put(OLD, null);
    await watch.refresh();
    store.readDeposed = async () => Promise.reject(new Error('the backend is away'));
    servers.put(OLD, server(OLD, 1));
    await vi.waitFor(() => expect(servers.at(OLD)?.isSuperReadOnly).toBe(true), 4_000);
  });

  it('that a person made primary again while we were away is left alone', async () => {
    const { servers, watch, meet, table } = scene({ fencedAtMs: 2_000 });
    meet(server(NEW, 2));
    servers.put(NEW, server(NEW, 2, { isReadOnly: true, replication: replicationOf(OLD) }));
    servers.put(OLD, server(OLD, 1));
    await watch.refresh();
    await vi.waitFor(async () => expect(await table.readDeposed()).toEqual([]), 4_000);
    expect(servers.commands).toEqual([]);
    expect(watch.list()).toEqual([]);
  });

  it('that comes back while its successor still follows it, on the way to be promoted, is fenced all the same', async () => {
    const { servers, watch, meet, openIntents } = scene();
    openIntents.push({ failed: deposedOld.key, phase: 'promoting' } as RecoveryIntent);
    meet(server(NEW, 2, { isReadOnly: true, replication: replicationOf(OLD) }));
    await watch.refresh();
    meet(server(OLD, 1));
    await vi.waitFor(() => expect(servers.at(OLD)?.isSuperReadOnly).toBe(true), 4_000);
    expect(watch.list()).toHaveLength(1);
  });

  it('is watched no more after close, whatever comes late', async () => {
    const { servers, watch } = scene();
    const late = watch.refresh();
    watch.close();
    await late;
    servers.put(OLD, server(OLD, 1));
    expect(watch.list()).toEqual([]);
  });
});
