import { describe, expect, test } from 'vitest';
import type { PositionEquivalence } from '../../../src/engine/ports.ts';
import type { Backend } from './harness.ts';

const place = (hostname: string, file: string, position: number): PositionEquivalence => ({
  key: { hostname, port: 3306 },
  coordinates: { kind: 'binlog', file, position },
});

const A = place('a', 'bin.000001', 100);
const B = place('b', 'bin.000009', 4);
const C = place('c', 'mysql-bin.000002', 9_007_199_254_740_991);

export function equivalenceContract(backend: Backend): void {
  describe('clusters with Pseudo-GTID entries', () => {
    test('are known to every opener, once each, while their mark is young', async () => {
      const store = await backend.open();
      await store.marks.register('b:3306');
      await store.marks.register('a:3306');
      await store.marks.register('a:3306');
      expect(await store.marks.readSince(60)).toEqual(['a:3306', 'b:3306']);
      expect(await store.marks.readSince(-60)).toEqual([]);
    });
  });

  describe('equivalent positions', () => {
    test('are found from either side, and from nowhere else', async () => {
      const store = await backend.open();
      await store.equivalences.record(A, B);
      expect(await store.equivalences.find(A)).toEqual([B]);
      expect(await store.equivalences.find(B)).toEqual([A]);
      expect(await store.equivalences.find(place('a', 'bin.000001', 101))).toEqual([]);
      expect(await store.equivalences.find(place('a', 'bin.000002', 100))).toEqual([]);
      expect(await store.equivalences.find({ ...A, key: { hostname: 'a', port: 3307 } })).toEqual([]);
    });

    test('are dropped when the logs of a server began anew, whichever side they are on', async () => {
      const store = await backend.open();
      await store.equivalences.record(A, B);
      await store.equivalences.record(C, A);
      await store.equivalences.record(B, C);
      await store.equivalences.forget(A.key);
      expect(await store.equivalences.find(A)).toEqual([]);
      expect(await store.equivalences.find(B)).toEqual([C]);
    });

    test('one place may have several, recorded in both directions, each told once', async () => {
      const store = await backend.open();
      await store.equivalences.record(A, B);
      await store.equivalences.record(B, A);
      await store.equivalences.record(A, B);
      await store.equivalences.record(C, A);
      expect(new Set(await store.equivalences.find(A))).toEqual(new Set([B, C]));
      expect(await store.equivalences.find(A)).toHaveLength(2);
    });

    test('what was said last about a place and a server replaces what was said before', async () => {
      const store = await backend.open();
      const later = place('b', 'bin.000010', 44);
      await store.equivalences.record(A, B);
      await store.equivalences.record(A, later);
      expect(await store.equivalences.find(A)).toEqual([later]);
      expect(await store.equivalences.find(B)).toEqual([]);
    });

    test('the one heard of last comes first', async () => {
      const store = await backend.open();
      await store.equivalences.record(A, B);
      await store.equivalences.record(A, C);
      await backend.sql(
        `update master_position_equivalence set last_suggested = ${backend.ago(60)} where master2_hostname = 'b'`,
      );
      expect(await store.equivalences.find(A)).toEqual([C, B]);
    });

    test('relay logs are neither kept nor found', async () => {
      const store = await backend.open();
      const relay: PositionEquivalence = { ...A, coordinates: { ...A.coordinates, kind: 'relaylog' } };
      await store.equivalences.record(relay, B);
      expect(await store.equivalences.find(B)).toEqual([]);
      await store.equivalences.record(A, B);
      expect(await store.equivalences.find(relay)).toEqual([]);
    });

    test('purge() forgets those not heard of for a week', async () => {
      const store = await backend.open();
      await store.equivalences.record(A, B);
      await backend.sql(`update master_position_equivalence set last_suggested = ${backend.ago(8 * 86_400)}`);
      await store.equivalences.record(A, C);
      await store.purge();
      expect(await store.equivalences.find(A)).toEqual([C]);
    });
  });
}
