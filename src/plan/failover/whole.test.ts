import { describe, expect, it } from 'vitest';
import { parseKey } from '../../model/instance-key.ts';
import { familyInput, type InventedReplica, planned, stageNames, stepsOf } from '../testing/family.ts';
import { planFailover } from './plan-failover.ts';

const key = (name: string) => parseKey(`${name}:3306`, 3306);

/** Replicas by name; those named have replication filters. */
function inputOf(replicas: Readonly<Record<string, InventedReplica>>, filtered: readonly string[], changes = {}) {
  const input = familyInput('9.7', replicas, changes);
  const records = input.records.map((record) => {
    const replication = record.instance?.replication;
    if (!filtered.includes(record.key.hostname) || record.instance === null || replication == null) return record;
    return { ...record, instance: { ...record.instance, replication: { ...replication, hasFilters: true } } };
  });
  return { ...input, records };
}

describe('replication filters of a candidate', () => {
  it('leave it behind one without, though it is preferred: what is left out would be lost for all', () => {
    const plan = planned(planFailover(inputOf({ a: { rule: 'prefer' }, b: {} }, ['a'])));
    expect(plan.successor.hostname).toBe('b');
    expect(plan.reasons.join(' ')).toMatch(/a:3306 has replication filters/);
  });

  it('do not keep what it alone has received from the one that is promoted', () => {
    const plan = planned(planFailover(inputOf({ a: { received: 20 }, b: {} }, ['a'])));
    expect(plan.successor.hostname).toBe('b');
    expect(stageNames(plan)).toEqual(['catch-up', 'promote', 'repoint']);
    expect(plan.reasons.join(' ')).toMatch(/what they leave out it does not have/);
  });

  it('make another one the donor that has as much', () => {
    const plan = planned(
      planFailover(inputOf({ a: { received: 20 }, b: { received: 20, rule: 'prefer_not' }, c: {} }, ['a'])),
    );
    expect(plan.successor.hostname).toBe('c');
    const change = stepsOf(plan, 'catch-up', 'c').find(
      ({ action }) => action.kind === 'command' && action.command.kind === 'change-source',
    );
    expect(JSON.stringify(change)).toContain('"hostname":"b"');
  });

  it('decide nothing where all have them', () => {
    const plan = planned(planFailover(inputOf({ a: { rule: 'prefer' }, b: {} }, ['a', 'b'])));
    expect(plan.successor.hostname).toBe('a');
  });

  it('are the last resort: nobody else may be promoted, and that is said', () => {
    const plan = planned(planFailover(inputOf({ a: {}, b: { rule: 'must_not' } }, ['a'])));
    expect(plan.successor.hostname).toBe('a');
    expect(plan.reasons.join(' ')).toMatch(/a:3306 has replication filters: what they leave out it does not have/);
  });

  it('are a person’s to judge', () => {
    const plan = planned(planFailover(inputOf({ a: {}, b: {} }, ['a'], { explicitCandidate: key('a') })));
    expect(plan.successor.hostname).toBe('a');
  });
});
