import { expect, it } from 'vitest';
import { inventServer } from '../analysis/testing/records.ts';
import { type DoneOperation, doneMessage, troublesText } from './operation-facts.ts';
import { OPERATIONS } from './operations.ts';

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

it('a match tells where the replica reads on, when a search found it', () => {
  const words = OPERATIONS.find(({ kind }) => kind === 'match');
  if (words === undefined) throw new Error('no match');
  const subject = inventServer(11, { source: 1 });
  const note = 'place of the replica';
  const action = { kind: 'correlate', note, destination: at(1) };
  const plan = { stages: [{ lanes: [{ steps: [{ server: subject.key, action }] }] }] };
  const done = { plan, subject, moved: [subject], failed: [], leftovers: [] } as unknown as DoneOperation;
  const request = { kind: 'match', instance: subject.key, destination: at(1) } as const;
  const place = { kind: 'binlog', file: 'mysql-bin.000007', position: 1234 } as const;
  const message = (notes?: DoneOperation['notes']): string =>
    doneMessage(words, request, notes === undefined ? done : { ...done, notes });
  const below = `Instance ${subject.key.hostname}:11 matched below db:1`;
  expect(message(new Map([[note, place]]))).toBe(`${below} at mysql-bin.000007:1234`);
  expect(message()).toBe(below);
});
