import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';

/** The readings before the last ones: they tell what a replica should have by now, see plan/readiness/level.ts. */
export interface EarlierReadings {
  /** Call with every new reading. */
  remember(record: ServerRecord): void;
  forget(key: InstanceKey): void;
  of(records: readonly ServerRecord[]): readonly ServerRecord[];
}

/** Readings in quick succession count as one. */
const APART_MS = 200;

const seenAt = ({ check }: ServerRecord): number => check.lastSeenAtMs ?? 0;

/** Keeps one reading per server beside the last one. */
export function createEarlierReadings(): EarlierReadings {
  const known = new Map<string, { readonly last: ServerRecord; readonly before: ServerRecord | null }>();
  return {
    remember(record) {
      const name = formatKey(record.key);
      const entry = known.get(name);
      if (entry === undefined) known.set(name, { last: record, before: null });
      else {
        const { last, before } = entry;
        const isApart = before === null || seenAt(last) - seenAt(before) >= APART_MS;
        known.set(name, { last: record, before: isApart ? last : before });
      }
    },
    forget: (key) => void known.delete(formatKey(key)),
    of: (records) => records.flatMap(({ key }) => known.get(formatKey(key))?.before ?? []),
  };
}
