import { expect, test } from 'vitest';
import { contextOf } from '../analysis/testing/context.ts';
import { inventServer, NOW_MS } from '../analysis/testing/records.ts';
import { instanceJson } from './instance-json.ts';

test('a source that waits for acknowledgements for ever is told in a number that fits 64 bits', () => {
  const record = inventServer(1, { semiSync: { sourceTimeoutMs: Number('18446744073709551615') } });
  const { SemiSyncMasterTimeout } = instanceJson(record, { nowMs: NOW_MS, settings: contextOf().settings });
  expect(BigInt(JSON.stringify(SemiSyncMasterTimeout))).toBeLessThan(2n ** 64n);
  expect(SemiSyncMasterTimeout).toBeGreaterThan(1e19);
});

test('the snapshots of the host are those its agent told of', () => {
  const context = { nowMs: NOW_MS, settings: contextOf().settings };
  const record = inventServer(1);
  expect(instanceJson(record, context).CountMySQLSnapshots).toBe(0);
  expect(instanceJson({ ...record, countSnapshots: 3 }, context).CountMySQLSnapshots).toBe(3);
});
