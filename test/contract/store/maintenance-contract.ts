import { describe, expect, test } from 'vitest';
import type { Backend } from './harness.ts';
import { PRIMARY, REPLICA, sampleRecovery } from './samples.ts';

export function maintenanceContract(backend: Backend): void {
  describe('maintenance', () => {
    const rows = () => backend.sql('select * from database_instance_maintenance order by 1');

    test('a lock is begun, seen, and ended; its row stays as history', async () => {
      const store = await backend.open();
      const begun = await store.maintenance.begin(REPLICA, 'ops', 'Umzug nach Köln', null);
      if (begun.kind !== 'begun') throw new Error('not begun');
      const [active, ...others] = await store.maintenance.readActive();
      expect(others).toEqual([]);
      expect(active).toEqual({
        maintenanceId: begun.maintenanceId,
        key: REPLICA,
        owner: 'ops',
        reason: 'Umzug nach Köln',
        beganAt: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
        secondsElapsed: expect.any(Number),
      });
      // UTC, whatever zone the server lives in; the bound is loose because clocks and machines are.
      expect(Math.abs(Date.parse(`${active?.beganAt.replace(' ', 'T')}Z`) - Date.now())).toBeLessThan(60_000);
      expect(active?.secondsElapsed).toBeLessThan(60);
      expect((await store.intent.read()).maintenance).toEqual(new Set(['db2:3307']));
      expect(await store.maintenance.end(REPLICA)).toBe(true);
      expect(await store.maintenance.end(REPLICA)).toBe(false);
      expect(await store.maintenance.readActive()).toEqual([]);
      const [row] = await rows();
      expect(row).toMatchObject({ maintenance_active: null, explicitly_bounded: 0, owner: 'ops' });
      expect(row?.end_timestamp).toMatch(/^\d{4}-/);
    });

    test('a row says which node began it, and whether it has a bound', async () => {
      const store = await backend.open({ node: { hostname: 'node-b', token: 'token-b' } });
      await store.maintenance.begin(PRIMARY, 'ops', 'r', 600);
      await store.maintenance.begin(REPLICA, 'x'.repeat(200), 'r', null);
      const [bounded, unbounded] = await rows();
      expect(bounded).toMatchObject({
        maintenance_active: 1,
        processing_node_hostname: 'node-b',
        processing_node_token: 'token-b',
        explicitly_bounded: 1,
      });
      const spanMs = Date.parse(String(bounded?.end_timestamp)) - Date.parse(String(bounded?.begin_timestamp));
      expect(spanMs).toBe(600_000);
      expect(unbounded).toMatchObject({ explicitly_bounded: 0, end_timestamp: null, owner: 'x'.repeat(128) });
    });

    test('who comes second is told who holds the server', async () => {
      const [one, other] = [await backend.open(), await backend.open()];
      const begun = await one.maintenance.begin(REPLICA, 'ops', 'move below db3:3306', 600);
      const refused = await other.maintenance.begin(REPLICA, 'dba', 'mine', 600);
      expect(begun.kind).toBe('begun');
      expect(refused).toMatchObject({
        kind: 'held',
        by: { key: REPLICA, owner: 'ops', reason: 'move below db3:3306', maintenanceId: expect.any(Number) },
      });
      expect((await other.maintenance.begin(PRIMARY, 'dba', 'mine', 600)).kind).toBe('begun');
      await one.maintenance.end(REPLICA);
      expect((await other.maintenance.begin(REPLICA, 'dba', 'mine', 600)).kind).toBe('begun');
    });

    test('a lock ended by its id is ended once, and a later one of the same server stays', async () => {
      const store = await backend.open();
      const first = await store.maintenance.begin(REPLICA, 'ops', 'first', null);
      const firstId = first.kind === 'begun' ? first.maintenanceId : 0;
      expect(await store.maintenance.endById(firstId)).toBe(true);
      await store.maintenance.begin(REPLICA, 'ops', 'second', null);
      expect(await store.maintenance.endById(firstId)).toBe(false);
      expect(await store.maintenance.readActive()).toMatchObject([{ reason: 'second' }]);
    });

    test('of several connections that want one server, exactly one gets it, in every round', async () => {
      const stores = await Promise.all(
        ['a', 'b', 'c', 'd'].map((token) => backend.open({ node: { hostname: token, token } })),
      );
      for (let round = 0; round < 20; round++) {
        const key = { hostname: `h${round}`, port: 3306 };
        const outcomes = await Promise.all(
          stores.map((store, index) =>
            store.maintenance.begin(key, `owner ${index}`, 'race', index % 2 === 0 ? null : 600),
          ),
        );
        const winner = outcomes.findIndex((outcome) => outcome.kind === 'begun');
        expect(outcomes.filter((outcome) => outcome.kind === 'begun')).toHaveLength(1);
        for (const outcome of outcomes) {
          if (outcome.kind === 'held') expect(outcome.by).toMatchObject({ key, owner: `owner ${winner}` });
        }
      }
    });

    test('beginning and ending at the same time never leaves two holders, nor a failure', async () => {
      const stores = await Promise.all(
        ['a', 'b', 'c'].map((token) => backend.open({ node: { hostname: token, token } })),
      );
      let holders = 0;
      let taken = 0;
      await Promise.all(
        stores.map(async (store) => {
          for (let round = 0; round < 30; round++) {
            const outcome = await store.maintenance.begin(REPLICA, 'ops', 'race', 600);
            if (outcome.kind === 'held') continue;
            holders += 1;
            taken += 1;
            expect(await store.maintenance.readActive()).toMatchObject([{ maintenanceId: outcome.maintenanceId }]);
            expect(holders).toBe(1);
            holders -= 1;
            expect(await store.maintenance.endById(outcome.maintenanceId)).toBe(true);
          }
        }),
      );
      expect(taken).toBeGreaterThan(0);
      expect(await stores[0]?.maintenance.readActive()).toEqual([]);
    });

    test('a lock past its bound is over at once: nobody sees it, the next one takes the server', async () => {
      const store = await backend.open();
      await store.maintenance.begin(REPLICA, 'ops', 'late', 600);
      await backend.sql(`update database_instance_maintenance set end_timestamp = ${backend.ago(5)}`);
      expect(await store.maintenance.readActive()).toEqual([]);
      expect((await store.intent.read()).maintenance.size).toBe(0);
      expect(await store.recoveries.registerRecovery(sampleRecovery('u', { key: REPLICA }))).toMatchObject({
        kind: 'registered',
      });
      expect((await store.maintenance.begin(REPLICA, 'dba', 'mine', 600)).kind).toBe('begun');
      expect(await store.maintenance.readActive()).toMatchObject([{ owner: 'dba' }]);
      expect((await rows()).map((row) => row.maintenance_active)).toEqual([null, 1]);
    });

    test('an end that a script wrote counts, though it did not say "explicitly bounded"', async () => {
      const store = await backend.open();
      for (const [host, end] of [
        ['over', backend.ago(5)],
        ['held', backend.ago(-600)],
      ]) {
        await backend.sql(
          `insert into database_instance_maintenance (hostname, port, maintenance_active, begin_timestamp, end_timestamp, owner, reason)
           values ('${host}', 1, 1, ${backend.ago(60)}, ${end}, 'script', '')`,
        );
      }
      await store.purge();
      expect((await store.maintenance.readActive()).map(({ key }) => key.hostname)).toEqual(['held']);
      expect(
        await backend.sql("select maintenance_active as a from database_instance_maintenance where hostname = 'over'"),
      ).toEqual([{ a: null }]);
    });

    test('a bound beyond the last second there is, is kept as far as it goes', async () => {
      const store = await backend.open();
      expect((await store.maintenance.begin(REPLICA, 'ops', 'for ever', 1e10)).kind).toBe('begun');
      expect(await store.maintenance.readActive()).toHaveLength(1);
    });

    test('purge() deletes locks that ended long ago, and no others', async () => {
      const store = await backend.open();
      for (const reason of ['old', 'recent']) {
        await store.maintenance.begin(REPLICA, 'ops', reason, null);
        await store.maintenance.end(REPLICA);
      }
      await store.maintenance.begin(REPLICA, 'ops', 'active', null);
      await backend.sql(
        `update database_instance_maintenance set end_timestamp = ${backend.ago(8 * 86_400)} where reason = 'old'`,
      );
      await store.purge();
      expect((await rows()).map((row) => row.reason)).toEqual(['recent', 'active']);
    });

    test('beginning, ending and expiring move the change token', async () => {
      const store = await backend.open();
      const tokens = [await store.intent.changeToken()];
      await store.maintenance.begin(REPLICA, 'ops', 'r', 600);
      tokens.push(await store.intent.changeToken());
      await backend.sql(`update database_instance_maintenance set end_timestamp = ${backend.ago(5)}`);
      await store.purge();
      tokens.push(await store.intent.changeToken());
      expect(tokens[1]).not.toBe(tokens[0]);
      expect(tokens[2]).not.toBe(tokens[1]);
    });
  });
}
