import { describe, expect, it } from 'vitest';
import { KNOWN, keyOf, nameOf, planned, refused, rulesOf, type Said, tree } from './testing/ask.ts';

const FILTERED: Said = { replication: { hasFilters: true } };
const OPEN: Said = { readOnly: false };
const three = (said: Readonly<Record<number, Said>>) => tree('gtid', { 1: 0, 2: 1, 3: 1 }, { 1: OPEN, ...said });

describe('replication filters', () => {
  it('of a new source are told of, for nobody else tells of rows that are left out', () => {
    const records = three({ 2: FILTERED });
    const plan = planned('relocate', 3, records, { to: 2 });
    expect(plan.reasons.at(-1)).toMatch(
      `beware: ${nameOf(2)} has replication filters, and ${nameOf(3)} has none: what they leave out will be missing on ${nameOf(3)}`,
    );
    const both = three({ 2: FILTERED, 3: FILTERED });
    expect(planned('relocate', 3, both, { to: 2 }).reasons.join()).not.toContain('beware');
    expect(planned('relocate', 2, records, { to: 3 }).reasons.join()).not.toContain('beware');
  });

  it('keep a replica from leading the others, though it is registered for it', () => {
    const records = three({ 2: FILTERED }).map((record) =>
      record.key.port === 2 ? { ...record, intent: { ...record.intent, promotionRule: 'prefer' as const } } : record,
    );
    expect(planned('regroup-replicas', 1, records).subject).toEqual(keyOf(3));
  });

  it('do not become those of a primary by a takeover, as long as another replica has everything', () => {
    const records = three({ 2: FILTERED });
    expect(planned('graceful-master-takeover-auto', 1, records, KNOWN).subject).toEqual(keyOf(3));
    const refusal = refused('graceful-master-takeover', 1, records, { ...KNOWN, to: 2 });
    expect(rulesOf(refusal)).toEqual(['2: replication-filters']);
    expect(refusal.reason).toMatch(/lacks what they leave out.*choose another/);
    const both = three({ 2: FILTERED, 3: FILTERED });
    expect(planned('graceful-master-takeover', 1, both, { ...KNOWN, to: 2 }).subject).toEqual(keyOf(2));
  });
});
