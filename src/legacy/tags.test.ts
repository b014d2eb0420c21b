import { expect, test } from 'vitest';
import { matchesTags, parseTag, parseTagConditions, tagList, tagText } from './tags.ts';

test('a tag is a name, or a name and a value that may hold anything', () => {
  expect(parseTag('a')).toEqual({ name: 'a', value: null });
  expect(parseTag(' a = b=c ')).toEqual({ name: 'a', value: 'b=c' });
  expect(parseTag('a=')).toEqual({ name: 'a', value: '' });
  for (const text of ['', ' ', '=b']) expect(() => parseTag(text)).toThrow('NewTag: empty tag name');
});

test('a search is fulfilled when every part of it is', () => {
  const tags = { a: '1', b: '' };
  for (const [text, found] of [
    ['a', true],
    ['a=1', true],
    ['a=2', false],
    ['a=1,b', true],
    ['a,~c', true],
    ['a,~b', false],
    ['~a=2', true],
    ['c', false],
    ['toString', false],
  ] as const) {
    expect(matchesTags(tags, parseTagConditions(text)), text).toBe(found);
  }
  expect(() => parseTagConditions('a,,b')).toThrow('empty tag name');
});

test('listings', () => {
  expect(tagList({ b: '', a: '1' })).toEqual(['a=1', 'b=']);
  expect([parseTag('a'), parseTag('a='), parseTag('a=b')].map(tagText)).toEqual(['a', 'a', 'a=b']);
});
