import { expect, it } from 'vitest';
import { troublesText } from './operation-facts.ts';

const at = (port: number) => ({ hostname: 'db', port });

it('troubles: who was left where it is, what failed, what could not be put back', () => {
  expect(troublesText({ failed: [], leftovers: [] })).toBe('');
  expect(
    troublesText({
      plan: { left: [{ server: at(1), reason: 'it lags' }] },
      failed: [{ server: at(2), reason: 'it is gone' }],
      leftovers: [{ server: at(3), reason: 'it is gone too' }],
    }),
  ).toBe('db:1: it lags; db:2: it is gone; db:3: is not as it was before: it is gone too');
});
