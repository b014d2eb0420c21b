import { expect, it } from 'vitest';
import { KNOWN, planned, refused, tree } from '../../plan/operations/testing/ask.ts';
import { createSystemClock } from '../basis/clock.ts';
import type { OperationUseCases } from '../operations/outcome.ts';
import { createTakeover, type TakeoverDeps } from './takeover.ts';

const records = tree('gtid', { 1: 0, 2: 1, 3: 1 }, { 1: { readOnly: false } });
const KIND = 'graceful-master-takeover-auto';

/** At the named successor nobody can log in. */
const plan: OperationUseCases['plan'] = async ({ destination }) => {
  if (destination === null) return planned(KIND, 1, records, KNOWN);
  const evidence = { ...KNOWN.evidence, credentialsRefusal: 'access denied' };
  return refused(KIND, 1, records, { to: destination.port, evidence });
};

it('a dry run that may choose the successor tells whether the account may log in there, as the deed does', async () => {
  const preview: OperationUseCases['preview'] = async (request) => {
    const made = await plan(request);
    return made.kind === 'refusal' ? made : { kind: 'preview', plan: made, steps: [], before: [], after: [] };
  };
  const clock = createSystemClock();
  const deps = { operations: { plan, preview }, fleet: { recordsOfCluster: () => records }, clock };
  const takeovers = createTakeover(deps as unknown as TakeoverDeps);
  const asked = { kind: KIND, clusterName: 'c', designated: null } as const;
  const refusal = { kind: 'refusal', objections: [{ rule: 'credentials-refused' }] };
  expect(await takeovers.run(asked, 'me')).toMatchObject({ kind: 'refused', refusal });
  expect(await takeovers.preview(asked)).toMatchObject(refusal);
});
