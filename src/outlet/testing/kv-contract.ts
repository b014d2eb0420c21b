import { expect, it } from 'vitest';
import type { KvPlace } from '../../engine/ports.ts';

const signal = (): AbortSignal => AbortSignal.timeout(10_000);

/** What every key-value store promises; `open` gives one, and a prefix for its keys that nobody used before. */
export function kvContract(open: () => { readonly place: KvPlace; readonly prefix: string }): void {
  it('absent keys are absent; what is put is read back, empty values and other letters too', async () => {
    const { place, prefix } = open();
    const [main, sub, other] = [`${prefix}ä shop`, `${prefix}ä shop/ipv6`, `${prefix}ä shop/port`];
    expect(await place.read([main, sub], signal())).toEqual(new Map());
    const changes = [
      { key: main, value: 'db1:3306', version: null },
      { key: sub, value: '', version: null },
    ];
    expect(await place.swap(changes, signal())).toBe(true);
    const found = await place.read([main, sub, other], signal());
    expect([...found].map(([key, { value }]) => [key, value])).toEqual([
      [main, 'db1:3306'],
      [sub, ''],
    ]);
  });

  it('a key goes over what was read, once: the second of two writers is told', async () => {
    const { place, prefix } = open();
    const key = `${prefix}shop`;
    expect(await place.swap([{ key, value: 'a', version: null }], signal())).toBe(true);
    const version = (await place.read([key], signal())).get(key)?.version ?? null;
    // Also where nothing was changed since the key was made: the version of that is 0 in some stores.
    expect(await place.swap([{ key, value: 'b', version }], signal())).toBe(true);
    expect(await place.swap([{ key, value: 'c', version }], signal())).toBe(false);
    expect((await place.read([key], signal())).get(key)?.value).toBe('b');
  });

  it('a key that was absent and is there now is left alone', async () => {
    const { place, prefix } = open();
    const key = `${prefix}shop`;
    expect(await place.swap([{ key, value: 'a', version: null }], signal())).toBe(true);
    expect(await place.swap([{ key, value: 'b', version: null }], signal())).toBe(false);
    expect((await place.read([key], signal())).get(key)?.value).toBe('a');
  });
}

/** For stores that change several keys at once: none is changed when one was not as it had been read. */
export function kvAtomicContract(open: () => { readonly place: KvPlace; readonly prefix: string }): void {
  it('all keys, or none', async () => {
    const { place, prefix } = open();
    const [first, second] = [`${prefix}shop`, `${prefix}shop/port`];
    await place.swap([{ key: first, value: 'a', version: null }], signal());
    const version = (await place.read([first], signal())).get(first)?.version ?? null;
    await place.swap([{ key: second, value: '1', version: null }], signal());
    const changes = [
      { key: first, value: 'b', version },
      { key: second, value: '2', version: null },
    ];
    expect(await place.swap(changes, signal())).toBe(false);
    expect((await place.read([first], signal())).get(first)?.value).toBe('a');
  });
}
