import { describe, expect, it } from 'vitest';
import type { Instance } from '../../model/instance.ts';
import { parseKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { replicationOf, uuidOf } from '../../model/testing/instances.ts';
import { familyInput, type InventedReplica, PRIMARY, planned, stageNames } from '../testing/family.ts';
import type { FailoverInput } from './input.ts';
import { type FailoverPlan, planFailover } from './plan-failover.ts';

const key = (name: string) => parseKey(`${name}:3306`, 3306);
/** Of b, the second replica, and of c, the third. */
const [B, C] = [uuidOf(3), uuidOf(4)];
const NAMES = ['a', 'b', 'c'] as const;
type Replicas = Partial<Record<(typeof NAMES)[number], InventedReplica>>;

/** Three replicas of which b wrote one transaction itself; `errant` is what was known of b before the failure. */
function familyOf(replicas: Replicas, errant = `${B}:1`, changes: Partial<FailoverInput> = {}): FailoverInput {
  const { a = {}, b = {}, c = {} } = replicas;
  const { settings: _, ...input } = changes;
  return changed(familyInput('9.7', { a, b: { hasOwn: true, ...b }, c }, input), 'b', ({ position, ...record }) => ({
    ...record,
    position: { ...position, errantGtid: errant },
  }));
}

const changed = (
  input: FailoverInput,
  name: string,
  change: (record: ServerRecord) => ServerRecord,
): FailoverInput => ({
  ...input,
  records: input.records.map((record) => (record.key.hostname === name ? change(record) : record)),
});

const withFacts = (input: FailoverInput, name: string, facts: Partial<Instance>): FailoverInput =>
  changed(input, name, (record) =>
    record.instance === null ? record : { ...record, instance: { ...record.instance, ...facts } },
  );

const planOf = (input: FailoverInput): FailoverPlan => planned(planFailover(input));
const successorOf = (input: FailoverInput): string => planOf(input).successor.hostname;

describe('a stray transaction, known as errant before the failure', () => {
  it('does not make its server the successor, which its siblings could not follow once it is purged', () => {
    const plan = planOf(familyOf({}));
    expect(plan.successor).toEqual(key('a'));
    expect(plan.donor).toBeNull();
  });

  it('is not caught up with from its server', () => {
    const plan = planOf(familyOf({ c: { rule: 'must' } }));
    expect(plan.successor).toEqual(key('c'));
    expect(stageNames(plan)).not.toContain('catch-up');
  });

  it('does not make its server the donor where another one has as much', () => {
    const plan = planOf(familyOf({ a: { received: 8, rule: 'prefer' } }));
    expect(plan).toMatchObject({ successor: key('a'), donor: key('c') });
  });

  it('is no divergence', () => {
    expect(successorOf(familyOf({ a: { received: 8 }, b: { received: 9 } }))).toBe('c');
  });

  it('keeps nobody from following the successor, as it followed the primary', () => {
    const input = familyOf({}, undefined, { committedSuccessor: key('a') });
    const promoted = withFacts(input, 'a', { replication: null, isReadOnly: false, isSuperReadOnly: false });
    expect(planOf(promoted).unfit).toEqual([]);
    const more = familyOf({ b: { received: 11 } }, undefined, { committedSuccessor: key('a') });
    const lacking = withFacts(more, 'a', { replication: null, isReadOnly: false, isSuperReadOnly: false });
    expect(planOf(lacking).unfit).toMatchObject([
      { subject: 'b:3306', explanation: expect.stringContaining(`${uuidOf(1)}:11,`) },
    ]);
  });

  it('stands beside what only its server has of the primary: that one is promoted', () => {
    expect(successorOf(familyOf({ b: { received: 11 } }))).toBe('b');
  });

  it('counts for nobody else who has it, either', () => {
    const input = withFacts(familyOf({ b: { received: 11 } }), 'a', { executedGtid: `${uuidOf(1)}:1-10,${B}:1` });
    expect(successorOf(input)).toBe('b');
  });
});

describe('what may be a row that somebody was promised counts as more', () => {
  const counts = (input: FailoverInput): void => expect(successorOf(input)).toBe('b');

  it('a transaction that was not known as errant', () => {
    counts(familyOf({}, ''));
    counts(familyOf({}, `${B}:2`));
    counts(familyOf({}, 'what a script wrote'));
  });

  it('a transaction of the primary, whatever an older reading of it says', () => {
    counts(familyOf({ b: { received: 11 } }, `${uuidOf(1)}:11,${B}:1`));
  });

  it('a transaction of another server', () => {
    const input = familyOf({ b: { hasOwn: false } }, `${C}:7`);
    counts(withFacts(input, 'b', { executedGtid: `${uuidOf(1)}:1-10,${C}:7` }));
  });

  it('a transaction that the primary was seen to have', () => {
    counts(withFacts(familyOf({}), 'p', { executedGtid: `${uuidOf(1)}:1-10,${B}:1` }));
  });

  it('a transaction of one that takes writes', () => {
    counts(withFacts(familyOf({}), 'b', { isReadOnly: false }));
  });

  it('a transaction below a primary that followed somebody itself, by any channel or in a group, or was never read', () => {
    counts(withFacts(familyOf({}), 'p', { replication: replicationOf('elsewhere:3306') }));
    counts(withFacts(familyOf({}), 'p', { otherChannels: [replicationOf('b:3306')] }));
    counts(familyOf({}, undefined, { pair: { other: parseKey('gone:3306', 3306), passed: null } }));
    counts(changed(familyOf({}), parseKey(PRIMARY, 3306).hostname, (record) => ({ ...record, instance: null })));
  });
});
