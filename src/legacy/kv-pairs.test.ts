import { expect, test } from 'vitest';
import { kvPairsOf } from './kv-pairs.ts';

test('five pairs for a cluster, the main key first; unknown addresses are empty', () => {
  const pairs = kvPairsOf('mysql/master/', 'shop', { hostname: 'db1', port: 3306 }, { ipv4: '10.0.0.1', ipv6: '' });
  expect(pairs).toEqual([
    { key: 'mysql/master/shop', value: 'db1:3306' },
    { key: 'mysql/master/shop/hostname', value: 'db1' },
    { key: 'mysql/master/shop/port', value: '3306' },
    { key: 'mysql/master/shop/ipv4', value: '10.0.0.1' },
    { key: 'mysql/master/shop/ipv6', value: '' },
  ]);
});

test('an empty prefix is kept as a slash', () => {
  expect(kvPairsOf('/', 'shop', { hostname: 'h', port: 1 }, { ipv4: '', ipv6: '' })[0]?.key).toBe('/shop');
});
