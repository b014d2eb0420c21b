import { expect, test } from 'vitest';
import { durationWords, serverOf } from './readiness.ts';

test('times are told in the unit that fits', () => {
  expect([0, 139.6, 1_000, 2_460, 119_000, 180_000, null].map(durationWords)).toEqual([
    '0 ms',
    '140 ms',
    '1 s',
    '2.5 s',
    '119 s',
    '3 min',
    'not known',
  ]);
});

test('a missing server is nobody', () => {
  expect(serverOf(null)).toBe('nobody');
  expect(serverOf({ hostname: 'db1', port: 3306 })).toBe('db1:3306');
});
