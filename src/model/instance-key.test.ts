import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareKeys,
  formatKey,
  isDetachedKey,
  isHostName,
  isUsableKey,
  parseKey,
  reattachedKey,
  sameKey,
} from './instance-key.ts';

describe('addresses of servers', () => {
  it.each([
    ['db1:3307', { hostname: 'db1', port: 3307 }],
    ['db1', { hostname: 'db1', port: 3306 }],
    [' 10.0.0.1:3306 ', { hostname: '10.0.0.1', port: 3306 }],
    ['[::1]:3307', { hostname: '::1', port: 3307 }],
    ['[fe80::1%2]', { hostname: 'fe80::1%2', port: 3306 }],
    ['//db1:3307', { hostname: '//db1', port: 3307 }],
  ])('reads %j', (text, key) => expect(parseKey(text, 3306)).toEqual(key));

  it.each(['', ' ', ':3306', 'db1:', 'db1:0', 'db1:65536', 'db1:x', 'a b', 'a,b:1', '::1', '[::1', '[]:1'])(
    'refuses %j',
    (text) => {
      expect(() => parseKey(text, 3306)).toThrowError(
        expect.objectContaining({ code: 'bad-instance-key', message: expect.stringContaining('host:port') }),
      );
    },
  );

  it('reads back what it writes', () => {
    const hostname = fc.oneof(
      fc.domain(),
      fc.ipV4(),
      fc.ipV6(),
      fc.domain().map((name) => `//${name}`),
    );
    fc.assert(
      fc.property(hostname, fc.integer({ min: 1, max: 65535 }), (host, port) => {
        expect(parseKey(formatKey({ hostname: host, port }), 1)).toEqual({ hostname: host, port });
      }),
    );
  });

  it('orders by host, then by port as a number', () => {
    const sorted = ['b:1', 'a:10', 'a:9'].map((text) => parseKey(text, 1)).sort(compareKeys);
    expect(sorted.map(formatKey)).toEqual(['a:9', 'a:10', 'b:1']);
    expect(sameKey(parseKey('a', 9), parseKey('a:9', 1))).toBe(true);
    expect(sameKey(parseKey('a', 9), parseKey('a', 8))).toBe(false);
  });

  it('knows detached addresses and those that can be asked', () => {
    const detached = parseKey('//a:1', 3306);
    expect(isDetachedKey(detached)).toBe(true);
    expect(reattachedKey(detached)).toEqual({ hostname: 'a', port: 1 });
    expect(reattachedKey(reattachedKey(detached))).toEqual({ hostname: 'a', port: 1 });
    const usable = (hostname: string, port: number) => isUsableKey({ hostname, port });
    expect([usable('a', 1), usable('', 1), usable('_', 1), usable('a', 0), usable('//a', 1)]).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it('takes no list for the name of a host', () => {
    expect(['db1', '10.0.0.5', 'fe80::1', '', '10.0.0.5,192.168.0.5'].map(isHostName)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});
