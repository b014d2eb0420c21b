import { describe, expect, it } from 'vitest';
import { formatKey } from '../../model/instance-key.ts';
import { keyOf, planned, tree } from '../../plan/operations/testing/ask.ts';
import { isAboutNames, withNamesVerified } from './names-in-plan.ts';

/** 3 goes below 2, which replicas are to address by a virtual name; so is 1, which nobody is told about. */
const RECORDS = tree('gtid', { 1: 0, 2: 1, 3: 1 }).map((record) =>
  record.key.port === 3 ? record : { ...record, intent: { ...record.intent, unresolvedHostname: 'vip' } },
);

async function verifiedPlan(objection: string | null, names: { readonly trustsVirtualNames?: true } = {}) {
  const plan = planned('move-gtid', 3, RECORDS, { to: 2, request: names });
  const asked: string[] = [];
  const request = { kind: 'move-gtid', instance: keyOf(3), destination: keyOf(2), ...names } as const;
  const made = await withNamesVerified(plan, request, RECORDS, async ({ key }) => {
    asked.push(formatKey(key));
    return objection;
  });
  return { plan, made, asked };
}

describe('a plan by which replicas connect by virtual names', () => {
  it('stands when each name that is used leads to its server', async () => {
    const { plan, made, asked } = await verifiedPlan(null);
    expect(made).toBe(plan);
    expect(asked).toEqual([formatKey(keyOf(2))]);
  });

  it('is refused with the reason and the remedy when one does not', async () => {
    const { made } = await verifiedPlan('vip:2 is another server');
    if (!('reason' in made)) throw new Error('not refused');
    expect(made.reason).toMatch(/^vip:2 is another server; register the right name, .*-skip-unresolve-check$/);
    expect(made.objections).toMatchObject([{ subject: formatKey(keyOf(2)), rule: 'virtual-name' }]);
    expect(isAboutNames(made)).toBe(true);
  });

  it('is not looked at when a person takes the names on trust', async () => {
    const { plan, made, asked } = await verifiedPlan('vip:2 is another server', { trustsVirtualNames: true });
    expect(made).toBe(plan);
    expect(asked).toEqual([]);
  });
});

it('a refusal for other reasons is not about names', () => {
  const refusal = { kind: 'refusal', purpose: '', clusterName: '', reason: '' } as const;
  const [name, other] = ['virtual-name', 'lag'].map((rule) => ({ subject: 's', rule, explanation: 'e' }));
  if (name === undefined || other === undefined) throw new Error('no objections');
  expect(isAboutNames({ ...refusal, objections: [name, other] })).toBe(false);
  expect(isAboutNames({ ...refusal, objections: [] })).toBe(false);
});
