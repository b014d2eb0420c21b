import type {
  EquivalenceStore,
  MaintenanceRecord,
  MaintenanceStore,
  OperationRecord,
  OperationStore,
  PositionEquivalence,
} from '../../../src/engine/ports.ts';
import { formatCoordinates } from '../../../src/model/coordinates.ts';
import { formatKey, sameKey } from '../../../src/model/instance-key.ts';

/** What operations remember, in memory: the contract of the real store, at the price of thousands of seeds. */
export interface MemoryStore {
  readonly operations: OperationStore;
  readonly maintenance: MaintenanceStore;
  readonly equivalences: EquivalenceStore;
  /** Locks that are held now. */
  locks(): readonly MaintenanceRecord[];
}

export function createMemoryStore(): MemoryStore {
  const open = new Map<string, OperationRecord>();
  const locks = new Map<string, MaintenanceRecord>();
  const pairs: (readonly [PositionEquivalence, PositionEquivalence])[] = [];
  let nextId = 1;
  const nameOf = ({ key, coordinates }: PositionEquivalence): string =>
    `${formatKey(key)} ${formatCoordinates(coordinates)}`;
  const byAge = (): OperationRecord[] => [...open.values()].sort((a, b) => a.startedAtMs - b.startedAtMs);
  return {
    locks: () => [...locks.values()],
    operations: {
      save: async (record) => void open.set(record.uid, structuredClone(record)),
      async saveJournal(uid, journalJson) {
        const record = open.get(uid);
        if (record !== undefined) open.set(uid, { ...record, journalJson });
      },
      readOpen: async () => structuredClone(byAge()),
      async claim(uid, from, to) {
        const record = open.get(uid);
        if (record === undefined || record.owner !== from) return null;
        open.set(uid, { ...record, owner: to });
        return { ...record, owner: to };
      },
      close: async (uid) => void open.delete(uid),
    },
    maintenance: {
      async begin(key, owner, reason) {
        const held = locks.get(formatKey(key));
        if (held !== undefined) return { kind: 'held', by: held };
        const maintenanceId = nextId++;
        locks.set(formatKey(key), { maintenanceId, key, owner, reason, beganAt: '', secondsElapsed: 0 });
        return { kind: 'begun', maintenanceId };
      },
      end: async (key) => locks.delete(formatKey(key)),
      async endById(maintenanceId) {
        for (const [name, lock] of locks) if (lock.maintenanceId === maintenanceId) return locks.delete(name);
        return false;
      },
      readActive: async () => [...locks.values()],
    },
    equivalences: {
      async forget(key) {
        for (let at = pairs.length - 1; at >= 0; at -= 1)
          if (pairs[at]?.some((one) => sameKey(one.key, key)) === true) pairs.splice(at, 1);
      },
      record: async (one, other) => void pairs.push([one, other]),
      find: async (place) =>
        pairs.flatMap(([one, other]) => {
          if (nameOf(one) === nameOf(place)) return [other];
          return nameOf(other) === nameOf(place) ? [one] : [];
        }),
    },
  };
}

/** For tests of two stores that must mean the same lock. */
export const isLocked = (store: MemoryStore, key: MaintenanceRecord['key']): boolean =>
  store.locks().some((lock) => sameKey(lock.key, key));
