import { describe, expect, test } from 'vitest';
import type { Clock, Logger, ResolveStore } from '../engine/ports.ts';
import type { HostnameLookup } from './hostname-lookup.ts';
import { createHostnameResolver, type ResolverSettings } from './hostname-resolver.ts';

/** Time that moves when told; `sleepers` end when it passes their time. */
function createManualClock() {
  let nowMs = 1_000_000;
  const sleepers = new Set<{ readonly atMs: number; readonly resolve: () => void }>();
  const clock: Clock = {
    now: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const sleeper = { atMs: nowMs + ms, resolve };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          resolve();
        });
      }),
    every: () => () => {},
  };
  const advance = (ms: number): void => {
    nowMs += ms;
    for (const sleeper of sleepers) if (sleeper.atMs <= nowMs) sleeper.resolve();
  };
  return { clock, advance, sleepers };
}

const silent: Logger = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, fatal() {} };

function createMemoryStore(
  rows: Map<string, string> = new Map(),
): ResolveStore & { readonly rows: Map<string, string> } {
  return {
    rows,
    read: async (hostname) => rows.get(hostname) ?? null,
    write: async (hostname, resolved) => void rows.set(hostname, resolved),
    readAll: async () => rows,
    clear: async () => rows.clear(),
  };
}

function create(
  settings: Partial<ResolverSettings> = {},
  answers: Readonly<Record<string, string>> = {},
  store = createMemoryStore(),
) {
  const asked: string[] = [];
  const answer = async (hostname: string): Promise<string> => {
    asked.push(hostname);
    const found = answers[hostname];
    if (found === undefined) throw new Error(`${hostname} is not known`);
    return found;
  };
  const lookup: HostnameLookup = {
    canonicalName: answer,
    address: async (hostname) => `ip-of-${await answer(hostname)}`,
  };
  const time = createManualClock();
  const resolver = createHostnameResolver(
    { store, lookup, clock: time.clock, logger: silent },
    { method: 'cname', expiryMinutes: 60, rejectPattern: null, ...settings },
  );
  return { resolver, asked, store, ...time };
}

describe('methods', () => {
  test.each(['none', 'default', ''] as const)('%j leaves names and asks nobody', async (method) => {
    const { resolver, asked, store } = create({ method }, { db1: 'x' });
    expect(await resolver.resolve('db1')).toBe('db1');
    expect(asked).toEqual([]);
    expect(store.rows.size).toBe(0);
  });

  test('cname takes the canonical name without its last dot, and stores it', async () => {
    const { resolver, store } = create({}, { db1: 'db1.example.com.' });
    expect(await resolver.resolve('db1')).toBe('db1.example.com');
    expect(store.rows.get('db1')).toBe('db1.example.com');
  });

  test('ip takes the address', async () => {
    const { resolver } = create({ method: 'ip' }, { db1: 'db1' });
    expect(await resolver.resolve('db1')).toBe('ip-of-db1');
  });

  test('names that are none', async () => {
    const { resolver, asked } = create({}, {});
    await expect(resolver.resolve('')).rejects.toThrow('empty');
    await expect(resolver.resolve('a,b')).rejects.toMatchObject({ code: 'bad-hostname' });
    expect(await resolver.resolve('//db1')).toBe('//db1');
    expect(asked).toEqual([]);
  });

  test('a rejected answer leaves the original', async () => {
    const { resolver, store } = create({ rejectPattern: /^localhost/ }, { db1: 'localhost.localdomain' });
    expect(await resolver.resolve('db1')).toBe('db1');
    expect(store.rows.size).toBe(0);
  });
});

describe('cache', () => {
  test('successes hold until they expire', async () => {
    const { resolver, asked, advance } = create({ expiryMinutes: 10 }, { db1: 'a' });
    await resolver.resolve('db1');
    advance(10 * 60_000 - 1);
    await resolver.resolve('db1');
    expect(asked).toHaveLength(1);
    advance(1);
    await resolver.resolve('db1');
    expect(asked).toHaveLength(2);
  });

  test('failures hold a minute, and leave the name as it is', async () => {
    const { resolver, asked, advance } = create();
    expect(await resolver.resolve('db1')).toBe('db1');
    advance(59_999);
    await resolver.resolve('db1');
    expect(asked).toHaveLength(1);
    advance(1);
    await resolver.resolve('db1');
    expect(asked).toHaveLength(2);
    expect(resolver.entries()).toEqual([]);
  });

  test('while the name service fails, what the backend remembers holds', async () => {
    const { resolver } = create({}, {}, createMemoryStore(new Map([['db1', 'db1.example.com']])));
    expect(await resolver.resolve('db1')).toBe('db1.example.com');
  });

  test('one look-up for all who ask at once', async () => {
    const { resolver, asked } = create({}, { db1: 'a' });
    const answers = await Promise.all(Array.from({ length: 50 }, () => resolver.resolve('db1')));
    expect(new Set(answers)).toEqual(new Set(['a']));
    expect(asked).toHaveLength(1);
  });

  test('is filled from the backend, shown, and cleared with it', async () => {
    const { resolver, store } = create(
      { rejectPattern: /bad/ },
      {},
      createMemoryStore(
        new Map([
          ['a', 'b'],
          ['c', 'bad'],
        ]),
      ),
    );
    await resolver.load();
    expect(resolver.entries()).toEqual([{ hostname: 'a', resolved: 'b', expiresAtMs: 1_000_000 + 3_600_000 }]);
    await resolver.clear();
    expect(resolver.entries()).toEqual([]);
    expect(store.rows.size).toBe(0);
  });

  test('what a server says of itself is used, by every method', async () => {
    const { resolver, store } = create({ method: 'none', rejectPattern: /^localhost/ });
    expect(await resolver.learn('10.0.0.1', 'db1')).toBe(true);
    expect(await resolver.learn('10.0.0.2', 'localhost')).toBe(false);
    expect(await resolver.resolve('10.0.0.1')).toBe('db1');
    expect(await resolver.resolve('10.0.0.2')).toBe('10.0.0.2');
    expect([...store.rows]).toEqual([['10.0.0.1', 'db1']]);
  });
});

describe('addresses', () => {
  test.each(['none', 'cname', 'ip'] as const)(
    "are the system's with method %s; a name without one has none",
    async (method) => {
      const { resolver } = create({ method }, { db1: 'a' });
      expect(await resolver.addressOf('db1')).toBe('ip-of-a');
      expect(await resolver.addressOf('db2')).toBeNull();
    },
  );

  test('are remembered a minute, whatever they are, and asked for once', async () => {
    const { resolver, asked, advance } = create({ method: 'none' }, { db1: 'a' });
    await Promise.all(['db1', 'db2', 'db1', 'db2'].map((name) => resolver.addressOf(name)));
    advance(59_999);
    await resolver.addressOf('db1');
    expect(asked).toEqual(['db1', 'db2']);
    advance(1);
    await resolver.addressOf('db1');
    await resolver.clear();
    await resolver.addressOf('db1');
    expect(asked).toEqual(['db1', 'db2', 'db1', 'db1']);
  });

  test('are no names: listings do not show them, and nothing is stored', async () => {
    const { resolver, store } = create({ method: 'none' }, { db1: 'a' });
    await resolver.addressOf('db1');
    expect(resolver.entries()).toEqual([]);
    expect(store.rows.size).toBe(0);
  });
});

describe('trouble', () => {
  test('a name service that hangs is given two seconds', async () => {
    const time = createManualClock();
    const never = (): Promise<string> => new Promise(() => {});
    const resolver = createHostnameResolver(
      {
        store: createMemoryStore(),
        lookup: { canonicalName: never, address: never },
        clock: time.clock,
        logger: silent,
      },
      { method: 'cname', expiryMinutes: 60, rejectPattern: null },
    );
    const resolving = resolver.resolve('db1');
    expect([...time.sleepers].map((sleeper) => sleeper.atMs - time.clock.now())).toEqual([2_000]);
    time.advance(2_000);
    expect(await resolving).toBe('db1');
    const asking = resolver.addressOf('db1');
    time.advance(2_000);
    expect(await asking).toBeUndefined();
  });

  test('a backend that fails does not matter', async () => {
    const fails = () => Promise.reject(new Error('disk full'));
    const store = { read: fails, write: fails, readAll: fails, clear: fails };
    const lookup = { canonicalName: async () => 'a', address: fails };
    const resolver = createHostnameResolver(
      { store, lookup, clock: createManualClock().clock, logger: silent },
      { method: 'cname', expiryMinutes: 60, rejectPattern: null },
    );
    expect(await resolver.resolve('db1')).toBe('a');
  });
});
