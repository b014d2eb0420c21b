import { expect, it, vi } from 'vitest';
import { parseKey } from '../../model/instance-key.ts';
import { instanceOf } from '../../model/testing/instances.ts';
import { createFleet } from '../fleet/fleet.ts';
import { NOTHING_DECIDED } from '../ports.ts';
import { createStillClock } from '../testing/clocks.ts';
import { SILENT } from '../testing/fakes.ts';
import { createDetectedRules } from './detected-rules.ts';

const NAME = 'db1:3306';

function scene() {
  const clock = createStillClock();
  const fleet = createFleet({ clock, logger: SILENT }, { aliasPatterns: [] });
  const candidates = new Map<string, 'prefer' | 'must_not' | 'neutral'>();
  const warn = vi.fn();
  const written: string[] = [];
  createDetectedRules({
    fleet,
    clock,
    logger: { ...SILENT, warn },
    intent: {
      registerCandidate: async (_key, rule) => {
        written.push(rule);
        candidates.set(NAME, rule as 'prefer');
      },
    },
    onIntentChanged: async () => fleet.setIntent({ ...NOTHING_DECIDED, candidates: new Map(candidates) }),
  });
  return {
    fleet,
    written,
    warn,
    pass: (ms: number) => {
      clock.pass(ms);
    },
    /** A reading of the server, on which the query answered this. */
    async answers(promotionRule: string | null) {
      const plain = instanceOf(NAME);
      fleet.answered({ ...plain, classification: { ...plain.classification, promotionRule } });
      await new Promise((resolve) => setImmediate(resolve));
    },
    ruleNow: () => fleet.recordOf(parseKey(NAME, 3306))?.intent.promotionRule,
  };
}

it('registers what the query answers as soon as it is read, and again before it expires', async () => {
  const { answers, written, ruleNow, pass } = scene();
  await answers('Must_Not');
  expect([written, ruleNow()]).toEqual([['must_not'], 'must_not']);
  await answers('must_not');
  expect(written).toHaveLength(1);
  pass(6 * 60_000);
  await answers('must_not');
  await answers('prefer');
  expect([written, ruleNow()]).toEqual([['must_not', 'must_not', 'prefer'], 'prefer']);
});

it('leaves alone what people registered where there is no query or no row, and says once what is no rule', async () => {
  const { answers, written, warn } = scene();
  await answers(null);
  await answers('');
  await answers('best');
  await answers('best');
  expect(written).toEqual([]);
  expect(warn).toHaveBeenCalledTimes(1);
});
