import { expect, test } from 'vitest';
import { createFleetCache } from './fleet-cache.ts';

interface Item {
  readonly name: string;
}
const NOW_MS = 5_000;

/** Counts what is encoded. */
function counting() {
  const shaped: string[] = [];
  let moment = '';
  return {
    shaped,
    pass: () => {
      moment += '.';
    },
    how: {
      moment: () => moment,
      shape: (item: Item) => {
        shaped.push(item.name);
        return { Name: item.name, Moment: moment };
      },
    },
  };
}

test('only what has changed is encoded again; the text is that of the whole list', () => {
  const cache = createFleetCache();
  const { shaped, pass, how } = counting();
  const [a, b] = [{ name: 'a' }, { name: 'b' }];
  const list = (version: number, items: readonly Item[] | null) => {
    const answer = cache.encodedList('list', version, NOW_MS, () => items, how);
    if (answer.kind !== 'encoded') throw new Error(answer.kind);
    return answer;
  };
  const first = list(1, [a, b]);
  expect(JSON.parse(first.json)).toEqual([
    { Name: 'a', Moment: '' },
    { Name: 'b', Moment: '' },
  ]);
  const newB = { name: 'new b' };
  const second = list(2, [a, newB]);
  expect(second.json).toBe('[{"Name":"a","Moment":""},{"Name":"new b","Moment":""}]');
  expect(shaped).toEqual(['a', 'b', 'new b']);
  expect(second.etag).not.toBe(first.etag);
  expect(list(3, [a, b]).etag).toBe(first.etag);
  expect(list(4, [b, a]).etag).not.toBe(first.etag);
  pass();
  expect(list(5, [a, b]).json).toBe('[{"Name":"a","Moment":"."},{"Name":"b","Moment":"."}]');
  expect([list(6, []).json, list(7, null).json]).toEqual(['[]', 'null']);
});

test('asked again in the same version and second, nothing is even selected', () => {
  const cache = createFleetCache();
  const { how } = counting();
  let selected = 0;
  const ask = (nowMs: number) =>
    cache.encodedList<Item>(
      'list',
      1,
      nowMs,
      () => {
        selected += 1;
        return [];
      },
      how,
    );
  expect(ask(NOW_MS)).toBe(ask(NOW_MS + 999));
  ask(NOW_MS + 1000);
  expect(selected).toBe(2);
});
