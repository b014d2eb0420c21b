import { expect, test } from 'vitest';
import { editDistance, nearestWord } from './suggest.ts';

test('edit distance', () => {
  expect(editDistance('', 'abc')).toBe(3);
  expect(editDistance('kitten', 'sitting')).toBe(3);
  expect(editDistance('same', 'same')).toBe(0);
});

test('the nearest word, none when none is near', () => {
  const known = ['ListenAddress', 'ListenSocket', 'RaftNodes'];
  expect(nearestWord('ListenAdress', known)).toBe('ListenAddress');
  expect(nearestWord('listensockt', known)).toBe('ListenSocket');
  expect(nearestWord('Zebra', known)).toBeNull();
});
