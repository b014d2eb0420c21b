import { describe, expect, it } from 'vitest';
import { parseKey } from '../../model/instance-key.ts';
import type { IntentStore } from '../ports.ts';
import { moveClusterIntent } from './closing.ts';
import type { RecoveryRun } from './run.ts';

const [failed, successor] = [parseKey('db1', 3306), parseKey('db2', 3306)];

/** What a recovery of db1 leaves in the backend once db2 has taken over. */
async function leftBy(
  view: { readonly clusterAlias: string; readonly clusterDomain: string },
  isCopied = false,
): Promise<unknown[][]> {
  const calls: unknown[][] = [];
  const intent = new Proxy({} as IntentStore, {
    get:
      (_, method: string) =>
      async (...given: readonly unknown[]): Promise<void> =>
        void calls.push([method, ...given]),
  });
  const clusterName = 'db1:3306';
  const run = { intent: { clusterName, failed }, entry: { view: { clusterName, ...view } }, skipHooks: false };
  const isAliasOfAnother = async () => isCopied;
  const deps = { intent, clock: { now: () => 0 } as never, isAliasOfAnother };
  await moveClusterIntent(deps, run as unknown as RecoveryRun, successor);
  return calls;
}

describe('what a recovery leaves in the backend', () => {
  it('the domain of the cluster belongs to the successor now (which-heuristic-domain-instance)', async () => {
    const calls = await leftBy({ clusterAlias: 'shop', clusterDomain: 'db.shop.example' });
    expect(calls.map(([method]) => method)).toEqual([
      'renameCluster',
      'setClusterAlias',
      'putAttribute',
      'endDowntime',
      'beginDowntime',
    ]);
    expect(calls[2]).toEqual(['putAttribute', { hostname: '*', name: 'db.shop.example', value: 'db2:3306' }]);
  });

  it('of a cluster without a domain its former name stands for it, as it always did', async () => {
    const calls = await leftBy({ clusterAlias: '', clusterDomain: '' });
    expect(calls).toContainEqual(['putAttribute', { hostname: '*', name: 'db1:3306', value: 'db2:3306' }]);
  });

  it('neither alias nor domain of another cluster, which a copy of its data suggests: those stay there', async () => {
    const calls = await leftBy({ clusterAlias: 'shop', clusterDomain: 'db.shop.example' }, true);
    expect(calls.map(([method]) => method)).not.toContain('setClusterAlias');
    expect(calls).toContainEqual(['renameCluster', 'db1:3306', 'db2:3306']);
    expect(calls).toContainEqual(['putAttribute', { hostname: '*', name: 'db1:3306', value: 'db2:3306' }]);
  });
});
