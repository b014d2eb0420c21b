import { describe, expect, test } from 'vitest';
import type { Backend } from './harness.ts';
import { PRIMARY, REPLICA, SAMPLE_DEPOSED, SECOND, sampleRecord } from './samples.ts';

/** Far in the future, so that the downtime is in force whenever the test runs. */
const LATER_MS = Date.UTC(2035, 0, 1);
const BEFORE_MS = Date.UTC(2026, 0, 1);

export function intentContract(backend: Backend): void {
  describe('intent', () => {
    test('an empty backend holds no intent', async () => {
      const store = await backend.open();
      const intent = await store.intent.read();
      expect(intent.isRecoveryDisabled).toBe(false);
      expect([intent.downtimes, intent.maintenance, intent.candidates, intent.tags].map((map) => map.size)).toEqual([
        0, 0, 0, 0,
      ]);
    });

    test('a downtime begins, is renewed, and ends', async () => {
      const store = await backend.open();
      const downtime = { owner: 'ops', reason: 'Umzug nach Köln', beginAtMs: BEFORE_MS, endAtMs: LATER_MS };
      await store.intent.beginDowntime(REPLICA, { ...downtime, reason: 'first' });
      await store.intent.beginDowntime(REPLICA, downtime);
      expect((await store.intent.read()).downtimes).toEqual(new Map([['db2:3307', downtime]]));
      expect(await store.intent.endDowntime(REPLICA)).toBe(true);
      expect(await store.intent.endDowntime(REPLICA)).toBe(false);
      expect((await store.intent.read()).downtimes.size).toBe(0);
    });

    test('a downtime without end in sight is kept until the last second there is', async () => {
      const store = await backend.open();
      const endAtMs = Date.UTC(2126, 0, 1);
      await store.intent.beginDowntime(REPLICA, { owner: 'ops', reason: 'r', beginAtMs: 0, endAtMs });
      const downtime = (await store.intent.read()).downtimes.get('db2:3307');
      expect(downtime?.endAtMs).toBeGreaterThan(LATER_MS);
    });

    test('a downtime past its end counts no more, and expire() deletes it', async () => {
      const store = await backend.open();
      await store.intent.beginDowntime(REPLICA, {
        owner: 'ops',
        reason: 'r',
        beginAtMs: BEFORE_MS,
        endAtMs: BEFORE_MS + SECOND,
      });
      expect((await store.intent.read()).downtimes.size).toBe(0);
      await store.recoveries.expire();
      expect(await backend.sql('select * from database_instance_downtime')).toEqual([]);
    });

    test('what was lost in a recovery stays downtimed past its end', async () => {
      const store = await backend.open();
      const reason = 'lost-in-recovery';
      await store.intent.beginDowntime(REPLICA, {
        owner: 'orchestrator',
        reason,
        beginAtMs: BEFORE_MS,
        endAtMs: BEFORE_MS + SECOND,
      });
      await store.recoveries.expire();
      const downtime = (await store.intent.read()).downtimes.get('db2:3307');
      expect(downtime).toMatchObject({ reason, beginAtMs: BEFORE_MS });
      expect((downtime?.endAtMs ?? 0) - Date.now()).toBeGreaterThan(364 * 86_400 * SECOND);
    });

    test('who is published under an alias is told, or who replaced it since; every change of it shows', async () => {
      const store = await backend.open();
      const other = await backend.open();
      const published = async () => (await store.intent.read()).published.get('shop');
      const seen = new Set<string>();
      const changes = async (work: () => Promise<unknown>): Promise<void> => {
        await work();
        const token = await store.intent.changeToken();
        expect([...seen]).not.toContain(token);
        seen.add(token);
      };
      const claim = { alias: 'shop', primary: PRIMARY, epoch: 1 };
      await changes(async () => undefined);
      expect(await published()).toBeUndefined();
      await changes(() => store.kv.claim(claim, [], () => true));
      expect(await published()).toEqual(PRIMARY);
      await changes(() => store.recoveries.saveDeposed(SAMPLE_DEPOSED));
      expect(await published()).toEqual(REPLICA);
      await changes(() => other.recoveries.removeDeposed(PRIMARY));
      expect(await published()).toEqual(PRIMARY);
      await changes(() => other.kv.claim({ ...claim, primary: REPLICA, epoch: 2 }, [], () => true));
      expect(await published()).toEqual(REPLICA);
    });

    test('registered promotion rules are listed with the time at which they expire', async () => {
      const store = await backend.open();
      await store.intent.registerCandidate(REPLICA, 'prefer');
      await store.intent.registerCandidate(PRIMARY, 'must_not');
      const candidates = await store.intent.readCandidates();
      expect(candidates).toMatchObject([
        { key: PRIMARY, promotionRule: 'must_not' },
        { key: REPLICA, promotionRule: 'prefer' },
      ]);
      const [first] = candidates;
      const ms = (text = ''): number => Date.parse(`${text.replace(' ', 'T')}Z`);
      expect(ms(first?.expiresAt) - ms(first?.lastSuggestedAt)).toBe(3_600 * SECOND);
    });

    test('what people and scripts write shows in the snapshot and in loaded servers', async () => {
      const store = await backend.open();
      await store.servers.saveServers([sampleRecord(REPLICA, PRIMARY)]);
      await store.intent.registerCandidate(REPLICA, 'prefer_not');
      await store.intent.registerCandidate(REPLICA, 'prefer');
      await store.intent.setClusterAlias('db1:3306', 'shop');
      await store.intent.setClusterAliasOverride('db1:3306', 'Laden');
      await backend.sql(
        `insert into database_instance_tags (hostname, port, tag_name, tag_value, last_updated) values ('db2', 3307, 'role', 'reports', ${backend.ago(0)})`,
      );
      await backend.sql(
        "insert into database_instance_maintenance (hostname, port, maintenance_active, owner, reason) values ('db2', 3307, 1, 'ops', 'move')",
      );
      await backend.sql(
        "insert into database_instance_maintenance (hostname, port, maintenance_active, owner, reason) values ('db1', 3306, null, 'ops', 'over')",
      );
      await backend.sql(
        `insert into cluster_domain_name (cluster_name, domain_name, last_registered) values ('db1:3306', 'shop.example.com', ${backend.ago(0)})`,
      );
      await backend.sql(
        `insert into hostname_unresolve (hostname, unresolved_hostname, last_registered) values ('db2', 'db2.virtual', ${backend.ago(0)})`,
      );
      const intent = await store.intent.read();
      expect(intent.maintenance).toEqual(new Set(['db2:3307']));
      expect(intent.candidates).toEqual(new Map([['db2:3307', 'prefer']]));
      expect(intent.tags).toEqual(new Map([['db2:3307', { role: 'reports' }]]));
      expect(intent.clusterAliases).toEqual(new Map([['db1:3306', 'shop']]));
      expect(intent.aliasOverrides).toEqual(new Map([['db1:3306', 'Laden']]));
      const [server] = await store.servers.loadServers();
      expect(server?.intent).toEqual({
        downtime: null,
        inMaintenance: true,
        promotionRule: 'prefer',
        isCandidate: true,
        tags: { role: 'reports' },
        unresolvedHostname: 'db2.virtual',
      });
      expect(server?.position).toMatchObject({ clusterAlias: 'Laden', clusterDomain: 'shop.example.com' });
    });

    test('an alias belongs to one cluster: taking it takes it from the other', async () => {
      const store = await backend.open();
      await store.intent.setClusterAlias('db1:3306', 'shop');
      await store.intent.setClusterAlias('db2:3307', 'shop');
      expect((await store.intent.read()).clusterAliases).toEqual(new Map([['db2:3307', 'shop']]));
    });

    test('a renamed cluster takes alias, override and domain along, over what stood there', async () => {
      const store = await backend.open();
      await store.intent.setClusterAlias('db1:3306', 'shop');
      await store.intent.setClusterAliasOverride('db1:3306', 'laden');
      await store.intent.setClusterAlias('db2:3307', 'old');
      await store.intent.renameCluster('db1:3306', 'db2:3307');
      const intent = await store.intent.read();
      expect(intent.clusterAliases).toEqual(new Map([['db2:3307', 'shop']]));
      expect(intent.aliasOverrides).toEqual(new Map([['db2:3307', 'laden']]));
    });

    test('the global switch goes off and on, also twice', async () => {
      const store = await backend.open();
      for (const disabled of [true, true, false, false]) {
        await store.intent.setRecoveryDisabled(disabled);
        expect((await store.intent.read()).isRecoveryDisabled).toBe(disabled);
      }
    });

    test('the change token stands still while nothing changes, and moves with any change', async () => {
      const store = await backend.open();
      const other = await backend.open();
      const first = await store.intent.changeToken();
      await store.intent.read();
      expect(await store.intent.changeToken()).toBe(first);
      await store.intent.beginDowntime(REPLICA, { owner: 'ops', reason: 'a', beginAtMs: BEFORE_MS, endAtMs: LATER_MS });
      const own = await store.intent.changeToken();
      expect(own).not.toBe(first);
      await other.intent.beginDowntime(REPLICA, { owner: 'ops', reason: 'b', beginAtMs: BEFORE_MS, endAtMs: LATER_MS });
      const foreign = await store.intent.changeToken();
      expect(foreign).not.toBe(own);
      await backend.sql('insert into global_recovery_disable (disable_recovery) values (1)');
      expect(await store.intent.changeToken()).not.toBe(foreign);
    });
  });
}
