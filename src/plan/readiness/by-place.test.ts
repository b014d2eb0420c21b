import { describe, expect, it } from 'vitest';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { at } from '../testing/by-place.ts';
import { type InventedCluster, NOW_MS, readinessOf } from '../testing/readiness-scene.ts';

const nameOf = (key: InstanceKey | null): string => (key === null ? '' : formatKey(key));
const APPLIER_BROKEN = { state: 'stopped', errorNumber: 1062, errorText: 'duplicate key' } as const;

/** The replica `a` is preferred, `b` is not; the primary's log ended at 90 when it was read, so many ms ago (`seen`). */
function readiness(
  replicas: NonNullable<InventedCluster['replicas']>,
  seen: Readonly<Record<string, number>>,
  broken = '',
) {
  const change = (record: ServerRecord, name: string): ServerRecord => {
    const { instance, check } = record;
    if (instance === null) return record;
    const times = { lastSeenAtMs: NOW_MS - (seen[name] ?? 0), lastCheckedAtMs: NOW_MS - (seen[name] ?? 0) };
    const plain = { ...instance, gtidMode: '', supportsOracleGtid: false, executedGtid: '' };
    const replication = instance.replication && {
      ...instance.replication,
      positioning: 'coordinates' as const,
      receivedGtid: '',
      ...(name === broken ? { applier: APPLIER_BROKEN } : {}),
    };
    const ownCoordinates = name === 'p' ? at(90) : plain.ownCoordinates;
    return { ...record, check: { ...check, ...times }, instance: { ...plain, ownCoordinates, replication } };
  };
  return readinessOf({ replicas, change });
}

const PREFERRED = { rule: 'prefer' } as const;

describe('readiness of a cluster by file and position', () => {
  it('names the one that has received more, though it has not executed it yet: what is preferred cannot get it from there', () => {
    const { successor, candidates } = readiness(
      { a: { ...PREFERRED, received: 50 }, b: { received: 90, executed: 50 } },
      { p: 4_000, a: 1_000, b: 3_000 },
    );
    expect(nameOf(successor)).toBe('b:3306');
    expect(candidates.map(({ name }) => name)).toEqual(['b:3306', 'a:3306']);
  });

  it('names the preferred one where the other was only read later, while the primary writes', () => {
    const later = { a: { ...PREFERRED, received: 50 }, b: { received: 95, executed: 60 } };
    expect(nameOf(readiness(later, { p: 1_000, a: 3_000, b: 1_000 }).successor)).toBe('a:3306');
  });

  it('names the preferred one where the other cannot execute what it has received', () => {
    const more = { a: { ...PREFERRED, received: 50 }, b: { received: 90, executed: 50 } };
    expect(nameOf(readiness(more, { p: 4_000, a: 1_000, b: 3_000 }, 'b').successor)).toBe('a:3306');
  });

  it('takes nobody for ahead who was only read last', () => {
    const level = { a: { received: 50 }, b: { received: 95 } };
    const { successor, alternatives } = readiness(level, { p: 3_000, a: 3_000, b: 1_000 });
    expect([nameOf(successor), alternatives.map(formatKey)]).toEqual(['a:3306', ['b:3306']]);
  });
});
