import { expect, it } from 'vitest';
import { keyOf, planned, tree } from './testing/ask.ts';

/** 3 goes below 2, which replicas address by a virtual name. */
function told(request: { readonly ignoresVirtualNames?: true }): string {
  const records = tree('gtid', { 1: 0, 2: 1, 3: 1 }).map((record) =>
    record.key.port === 2 ? { ...record, intent: { ...record.intent, unresolvedHostname: 'virtual.example' } } : record,
  );
  const { stages } = planned('move-gtid', 3, records, { to: 2, request });
  return JSON.stringify(stages);
}

it('a source is set by the virtual name that is registered for it', () => {
  expect(told({})).toContain('"virtual.example"');
});

it('but by its own name when the virtual ones are left out', () => {
  const stages = told({ ignoresVirtualNames: true });
  expect(stages).not.toContain('virtual.example');
  expect(stages).toContain(JSON.stringify(keyOf(2)));
});
