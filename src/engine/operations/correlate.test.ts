import { expect, test } from 'vitest';
import { parseKey } from '../../model/instance-key.ts';
import { instanceOf, recordOf } from '../../model/testing/instances.ts';
import type { Step } from '../../plan/plan.ts';
import type { CorrelateOptions } from '../pseudo-gtid/answers.ts';
import { correlateFor } from './correlate.ts';

test('a search by Pseudo-GTID is done as it was asked for, and ends with either signal', async () => {
  const asked: CorrelateOptions[] = [];
  const [stop, step] = [new AbortController(), new AbortController()];
  const correlate = correlateFor(
    {
      recordOf: (key) => recordOf(instanceOf(key.hostname)),
      pseudoGtid: {
        correlate: async (_one, _other, options = {}) => {
          asked.push(options);
          return { kind: 'refused', code: 'different', reason: 'it is elsewhere' };
        },
      },
    },
    stop.signal,
    { strict: true, skipBinlogSearch: true },
  );
  const server = parseKey('a', 3306);
  expect(await correlate({ server } as Step, parseKey('b', 3306), step.signal)).toBe('it is elsewhere');
  expect(asked).toMatchObject([{ strict: true, skipBinlogSearch: true }]);
  stop.abort();
  expect(asked[0]?.signal?.aborted).toBe(true);
});
