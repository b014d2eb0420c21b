/** Invented plans for tests of whoever carries plans out; nothing outside tests imports this. */
import type { InstanceKey } from '../../model/instance-key.ts';
import type { Plan, Stage } from '../../plan/plan.ts';

/** A server to which steps are addressed. */
export const target = (port: number): { readonly key: InstanceKey } => ({ key: { hostname: 'a', port } });

export const planOf = (...stages: readonly Stage[]): Plan => ({
  kind: 'plan',
  purpose: 'test',
  clusterName: 'c',
  reasons: [],
  stages,
});
