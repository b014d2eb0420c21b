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
  ['web/agents', { kind: 'unknown', path: 'web/agents' }],
] as const)('%s', (path, page) => {
  expect(pageOf(path)).toEqual(page);
});
