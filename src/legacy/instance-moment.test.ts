import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instanceOf, recordOf, replicationOf } from '../model/testing/instances.ts';
import { instanceJson, instanceMoment } from './instance-json.ts';

const settings = { instancePollSeconds: 5, reasonableInstanceCheckSeconds: 1, reasonableReplicationLagSeconds: 10 };
const SEEN_AT_MS = 1_000_000;

test('at the same moment the same record has the same shape', () => {
  const plain = recordOf(instanceOf('r', { replication: replicationOf('p:3306') }), { checkedAtMs: SEEN_AT_MS });
  const downtime = { owner: 'o', reason: 'r', beginAtMs: SEEN_AT_MS, endAtMs: SEEN_AT_MS + 20_000 };
  const downtimed = { ...plain, intent: { ...plain.intent, downtime } };
  const ageMs = fc.integer({ min: 0, max: 40_000 });
  fc.assert(
    fc.property(fc.constantFrom(plain, downtimed), ageMs, fc.integer({ min: 0, max: 2_000 }), (record, age, later) => {
      const [one, other] = [age, age + later].map((ms) => ({ nowMs: SEEN_AT_MS + ms, settings }));
      if (one === undefined || other === undefined) return;
      const text = (context: typeof one) => JSON.stringify(instanceJson(record, context));
      if (instanceMoment(record, one) === instanceMoment(record, other)) expect(text(other)).toBe(text(one));
    }),
    { numRuns: 300 },
  );
});
