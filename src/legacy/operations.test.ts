import { expect, test } from 'vitest';
import { OPERATION_KINDS } from '../plan/operations/request.ts';
import { OPERATIONS } from './operations.ts';

test('every kind of operation has one row, and no name is used twice', () => {
  expect(OPERATIONS.map(({ kind }) => kind).toSorted()).toEqual([...OPERATION_KINDS].toSorted());
  for (const names of [OPERATIONS.flatMap(({ paths }) => paths), OPERATIONS.flatMap(({ commands }) => commands)]) {
    expect(new Set(names).size).toBe(names.length);
  }
});

test('a sentence each', () => {
  for (const { doc, kind } of OPERATIONS) expect(doc, kind).toMatch(/^[A-Z].*\.$/);
});
