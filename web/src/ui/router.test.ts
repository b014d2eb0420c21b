import { expect, test } from 'vitest';
import { clusterPath, pageOf } from './router.ts';

test.each([
  ['', { kind: 'clusters' }],
  ['web', { kind: 'clusters' }],
  ['web/clusters', { kind: 'clusters' }],
  [clusterPath('127.0.0.1:10100'), { kind: 'cluster', hint: '127.0.0.1:10100' }],
  [clusterPath('a/b c'), { kind: 'cluster', hint: 'a/b c' }],
  ['web/cluster/alias/main', { kind: 'cluster', hint: 'main' }],
  ['web/cluster/instance/db1/3306', { kind: 'cluster', hint: 'db1:3306' }],
  ['web/agents', { kind: 'unknown', path: 'web/agents', api: 'api/agents' }],
  ['web/clusters-analysis', { kind: 'clusters' }],
  ['web/cluster-pools/db1:3306', { kind: 'cluster', hint: 'db1:3306' }],
  ['web/audit-recovery/cluster/db1%3A3306/2', { kind: 'cluster', hint: 'db1:3306' }],
  ['web/audit-failure-detection/alias/shop', { kind: 'cluster', hint: 'shop' }],
  ['web/audit-recovery/3', { kind: 'unknown', path: 'web/audit-recovery/3', api: 'api/audit-recovery/3' }],
  ['web/seed-details/7', { kind: 'unknown', path: 'web/seed-details/7', api: 'api/agent-seed-details/7' }],
  ['web/faq', { kind: 'unknown', path: 'web/faq', api: null }],
] as const)('%s', (path, page) => {
  expect(pageOf(path)).toEqual(page);
});
