import { describe, expect, it } from 'vitest';
import { formatKey, type InstanceKey, parseKey } from '../../model/instance-key.ts';
import type { MaintenanceRecord, MaintenanceStore, OperationRecord, OperationStore } from '../ports.ts';
import { lockServers, unlockLeft, unlockServers } from './locks.ts';

const key = (name: string): InstanceKey => parseKey(`${name}:3306`, 3306);

function createTable() {
  const held = new Map<string, MaintenanceRecord>();
  const asked: string[] = [];
  const store: MaintenanceStore = {
    async begin(server, owner, reason) {
      asked.push(server.hostname);
      const by = held.get(formatKey(server));
      if (by !== undefined) return { kind: 'held', by };
      const maintenanceId = asked.length;
      held.set(formatKey(server), {
        maintenanceId,
        key: server,
        owner,
        reason,
        beganAt: '2026-01-02 03:04:05',
        secondsElapsed: 0,
      });
      return { kind: 'begun', maintenanceId };
    },
    end: async (server) => held.delete(formatKey(server)),
    async endById(id) {
      const found = [...held].find(([, one]) => one.maintenanceId === id);
      return found !== undefined && held.delete(found[0]);
    },
    readActive: async () => [...held.values()],
  };
  return { store, asked, locked: () => [...held.keys()].sort() };
}

describe('locks of an operation', () => {
  it('are taken in the order of the names, so that two operations cannot wait for each other', async () => {
    const { store, asked } = createTable();
    expect(await lockServers([key('c'), key('a'), key('b')], 'me', 'move', store)).toEqual({
      kind: 'locked',
      maintenanceIds: [1, 2, 3],
    });
    expect(asked).toEqual(['a', 'b', 'c']);
  });

  it('are all or none: one that is held frees those taken before, and says by whom', async () => {
    const { store, locked } = createTable();
    await store.begin(key('b'), 'ops', 'new disk', null);
    expect(await lockServers([key('b'), key('a')], 'me', 'move', store)).toEqual({
      kind: 'held',
      sentence: expect.stringMatching(/^b:3306 is in maintenance since 2026-01-02 03:04:05, by ops: new disk; wait/),
    });
    expect(locked()).toEqual(['b:3306']);
  });

  it('are ended each by its own number: a later lock of the same server stays', async () => {
    const { store, locked } = createTable();
    const lock = await lockServers([key('a')], 'me', 'move', store);
    await store.end(key('a'));
    await store.begin(key('a'), 'ops', 'later', null);
    await unlockServers(lock.kind === 'locked' ? lock.maintenanceIds : [], store);
    expect(locked()).toEqual(['a:3306']);
  });
});

describe('locks that a dead process left', () => {
  const left = (changes: Partial<OperationRecord> = {}): OperationRecord => ({
    uid: 'u1',
    clusterName: 'c',
    purpose: 'move a:3306 below b:3306',
    requestedBy: 'me',
    owner: 'dead',
    requestJson: '{}',
    planJson: '{}',
    journalJson: '{}',
    maintenanceIds: [],
    startedAtMs: 1,
    ...changes,
  });
  const operations = (...open: readonly OperationRecord[]): OperationStore => ({
    save: async () => undefined,
    saveJournal: async () => undefined,
    readOpen: async () => open,
    claim: async () => null,
    close: async () => undefined,
  });

  it('are ended though it died before it could write them down', async () => {
    const { store, locked } = createTable();
    await lockServers([key('a'), key('b')], 'me', left().purpose, store);
    await unlockLeft(left(), [key('a'), key('b')], { maintenance: store, operations: operations(left()) });
    expect(locked()).toEqual([]);
  });

  it('leave alone what somebody else, another purpose, or another open operation holds', async () => {
    const { store, locked } = createTable();
    await lockServers([key('a')], 'other', left().purpose, store);
    await lockServers([key('b')], 'me', 'move b:3306 elsewhere', store);
    const theirs = await lockServers([key('c')], 'me', left().purpose, store);
    const other = left({ uid: 'u2', maintenanceIds: theirs.kind === 'locked' ? theirs.maintenanceIds : [] });
    await unlockLeft(left(), [key('a'), key('b'), key('c')], {
      maintenance: store,
      operations: operations(left(), other),
    });
    expect(locked()).toEqual(['a:3306', 'b:3306', 'c:3306']);
  });
});
