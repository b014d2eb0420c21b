import { createHash } from 'node:crypto';
import type { Answer } from './answer.ts';

/** How the items of a list become text. */
export interface ItemShape<T> {
  /** All that the shape of an item depends on besides the item itself: what changes by the mere passing of time. */
  readonly moment: (item: T) => string;
  readonly shape: (item: T) => unknown;
}

export interface FleetCache {
  /**
   * The answer called `name` for this version of the fleet, encoded once per version and second however many ask. Several
   * fields tell ages in seconds, therefore the second. The ETag is a digest of the text: it changes only if the text does.
   */
  encoded(name: string, version: number, nowMs: number, build: () => unknown): Answer;
  /**
   * The same for a list whose items are kept one by one: of a thousand servers some dozens have changed since somebody asked
   * last, only these are encoded again. One item always has the same shape, whatever list it is in.
   */
  encodedList<T extends object>(
    name: string,
    version: number,
    nowMs: number,
    select: () => readonly T[] | null,
    how: ItemShape<T>,
  ): Answer;
}

interface Encoded {
  readonly json: string;
  readonly digest: string;
}

const encode = (json: string): Encoded => ({ json, digest: createHash('sha1').update(json).digest('base64url') });

/** `maxEntries` bounds how many different lists are kept; the cache forgets them when the moment passes, items when they are gone. */
export function createFleetCache(maxEntries = 256): FleetCache {
  const entries = new Map<string, Answer>();
  const items = new WeakMap<object, Encoded & { readonly moment: string }>();
  let latest = '';

  function remembered(name: string, version: number, nowMs: number, build: () => Encoded): Answer {
    const now = `${version}.${Math.floor(nowMs / 1000)}`;
    if (now !== latest) {
      entries.clear();
      latest = now;
    }
    const known = entries.get(name);
    if (known !== undefined) return known;
    const { json, digest } = build();
    const answer: Answer = { kind: 'encoded', json, etag: `"${digest}"` };
    if (entries.size < maxEntries) entries.set(name, answer);
    return answer;
  }

  function encodedItem<T extends object>(item: T, how: ItemShape<T>): Encoded {
    const moment = how.moment(item);
    const known = items.get(item);
    if (known?.moment === moment) return known;
    const fresh = { ...encode(JSON.stringify(how.shape(item))), moment };
    items.set(item, fresh);
    return fresh;
  }

  return {
    encoded: (name, version, nowMs, build) =>
      remembered(name, version, nowMs, () => encode(JSON.stringify(build() ?? null))),
    encodedList: (name, version, nowMs, select, how) =>
      remembered(name, version, nowMs, () => {
        const list = select();
        if (list === null) return encode('null');
        const parts = list.map((item) => encodedItem(item, how));
        const digests = encode(parts.map(({ digest }) => digest).join(' '));
        return { json: `[${parts.map(({ json }) => json).join(',')}]`, digest: digests.digest };
      }),
  };
}
