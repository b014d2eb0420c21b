import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KvChange, KvEntry, KvPlace } from '../ports.ts';
import { writeCompared } from './write-compared.ts';

/** A place in memory; `between` happens after a read. */
function memory(between: () => void = () => undefined) {
  const held = new Map<string, KvEntry>();
  let version = 0;
  const swaps: string[][] = [];
  const put = (key: string, value: string): void => {
    version += 1;
    held.set(key, { value, version: String(version) });
  };
  const place: KvPlace = {
    name: 'a place',
    async read(keys) {
      const found = new Map(keys.flatMap((key) => (held.has(key) ? [[key, held.get(key) as KvEntry]] : [])));
      between();
      return found;
    },
    async swap(changes) {
      swaps.push(changes.map(({ key }) => key));
      if (changes.some(({ key, version: read }) => (held.get(key)?.version ?? null) !== read)) return false;
      for (const { key, value } of changes) put(key, value);
      return true;
    },
  };
  return { place, put, swaps, get: (key: string) => held.get(key)?.value };
}

const signal = AbortSignal.timeout(60_000);
const PAIRS = [
  { key: 'shop', value: 'new:1' },
  { key: 'shop/port', value: '1' },
];

describe('writing by compare-and-set', () => {
  it('writes what differs, and only that; nothing at all the second time', async () => {
    const { place, put, swaps } = memory();
    put('shop/port', '1');
    const write = () => writeCompared(place, PAIRS, { isCurrent: async () => true, isNew: false, signal });
    expect(await write()).toEqual({ kind: 'written', changed: 1 });
    expect(await write()).toEqual({ kind: 'written', changed: 0 });
    expect(swaps).toEqual([['shop']]);
  });

  it('an older claim writes nothing once the backend names a newer one', async () => {
    const { place, put, get, swaps } = memory();
    put('shop', 'newest:1');
    expect(await writeCompared(place, PAIRS, { isCurrent: async () => false, isNew: false, signal })).toEqual({
      kind: 'superseded',
    });
    expect([get('shop'), swaps]).toEqual(['newest:1', []]);
  });

  it('an older claim that believed itself current is stopped by the versions', async () => {
    // The newer writer claims and writes right after we asked whether we are current.
    const scene = memory();
    const { place, put, get } = scene;
    let asked = 0;
    const isCurrent = async (): Promise<boolean> => {
      asked += 1;
      if (asked > 1) return false;
      put('shop', 'newest:1');
      return true;
    };
    expect(await writeCompared(place, PAIRS, { isCurrent, isNew: false, signal })).toEqual({ kind: 'superseded' });
    expect(get('shop')).toBe('newest:1');
  });

  it('a server that is promoted again is written again, so that whoever wanted another in between is refused', async () => {
    const { place, put, get } = memory();
    for (const { key, value } of PAIRS) put(key, value);
    const other = PAIRS.map(({ key }) => ({ key, value: 'between:1' }));
    let asked = 0;
    const isCurrent = async (): Promise<boolean> => {
      asked += 1;
      if (asked > 1) return false;
      await writeCompared(place, PAIRS, { isCurrent: async () => true, isNew: true, signal });
      return true;
    };
    expect(await writeCompared(place, other, { isCurrent, isNew: true, signal })).toEqual({ kind: 'superseded' });
    expect(get('shop')).toBe('new:1');
  });

  it('a key that somebody else changes once is written over; one that is changed all the time is told', async () => {
    let rounds = 1;
    const scene = memory(() => {
      if (rounds > 0) scene.put('shop', `meddled${rounds}`);
      rounds -= 1;
    });
    expect((await writeCompared(scene.place, PAIRS, { isCurrent: async () => true, isNew: false, signal })).kind).toBe(
      'written',
    );
    expect(scene.get('shop')).toBe('new:1');
    rounds = 1_000;
    scene.put('shop', 'meddled');
    await expect(
      writeCompared(scene.place, PAIRS, { isCurrent: async () => true, isNew: false, signal }),
    ).rejects.toMatchObject({
      code: 'kv-contended',
    });
  });
});

/** Keys of one alias; the value names the server. */
const fiveOf = (server: string) => ['shop', 'shop/hostname', 'shop/port'].map((key) => ({ key, value: server }));

describe('writers of several epochs at once', () => {
  it.each([true, false])(
    'in whatever order they come to act, the newest is what stays (all keys at once: %s)',
    async (isAtomic) => {
      await fc.assert(
        fc.asyncProperty(
          fc.scheduler(),
          // The same server may be promoted again: a, b, a.
          fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 2, maxLength: 4 }),
          async (scheduler, servers) => {
            const held = new Map(fiveOf('a').map(({ key, value }) => [key, { value, version: '0' }]));
            let version = 0;
            let newest = -1;
            const put = (key: string, value: string): void => {
              version += 1;
              held.set(key, { value, version: String(version) });
            };
            const step = scheduler.scheduleFunction(async (work: () => boolean) => work());
            const place: KvPlace = {
              name: 'a place',
              async read(keys) {
                const found = new Map<string, KvEntry>();
                for (const key of keys) await step(() => found.set(key, held.get(key) as KvEntry) === found);
                return found;
              },
              async swap(changes) {
                const isAsRead = (change: KvChange): boolean => held.get(change.key)?.version === change.version;
                const put1 = ({ key, value }: KvChange): void => put(key, value);
                if (isAtomic)
                  return step(() => {
                    if (!changes.every(isAsRead)) return false;
                    changes.forEach(put1);
                    return true;
                  });
                for (const change of changes) {
                  const isDone = await step(() => {
                    if (!isAsRead(change)) return false;
                    put1(change);
                    return true;
                  });
                  if (!isDone) return false;
                }
                return true;
              },
            };
            const writer = async (epoch: number): Promise<void> => {
              const isClaimed = await step(() => {
                if (newest > epoch) return false;
                newest = epoch;
                return true;
              });
              if (!isClaimed) return;
              const isCurrent = (): Promise<boolean> => step(() => newest === epoch);
              await writeCompared(place, fiveOf(servers[epoch] ?? ''), { isCurrent, isNew: true, signal });
            };
            const writers = Promise.all(servers.map((_, epoch) => writer(epoch)));
            await scheduler.waitFor(writers);
            expect([...held.values()].map(({ value }) => value)).toEqual(fiveOf('').map(() => servers.at(-1)));
          },
        ),
        { numRuns: 300 },
      );
    },
  );
});
