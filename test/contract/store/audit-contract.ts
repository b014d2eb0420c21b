import { describe, expect, test } from 'vitest';
import type { Backend } from './harness.ts';
import { PRIMARY, REPLICA, RESOLVED, sampleDetection, sampleRecovery } from './samples.ts';

export function auditContract(backend: Backend): void {
  describe('audit', () => {
    test('entries read back newest first, by page and by server', async () => {
      const store = await backend.open();
      for (let index = 0; index < 21; index++) await store.audit.write('test', null, '', `entry ${index}`);
      await store.audit.write('begin-downtime', REPLICA, 'db1:3306', 'größer');
      const page = await store.audit.read({});
      expect(page).toHaveLength(20);
      expect(page[0]).toMatchObject({
        type: 'begin-downtime',
        key: REPLICA,
        clusterName: 'db1:3306',
        message: 'größer',
      });
      expect(page[0]?.at).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
      expect(await store.audit.read({ page: 1 })).toHaveLength(2);
      const [, second, third] = page;
      expect(await store.audit.read({ limit: 2, beforeId: page[0]?.auditId ?? 0 })).toEqual([second, third]);
      expect(await store.audit.read({ key: REPLICA })).toHaveLength(1);
      expect(await store.audit.read({ key: PRIMARY })).toEqual([]);
    });

    test('without AuditToBackendDB nothing is written', async () => {
      const store = await backend.open({ auditToBackendDb: false });
      await store.audit.write('test', PRIMARY, '', 'silence');
      expect(await store.audit.read({})).toEqual([]);
    });

    test('the changelog of analyses grows with changes only', async () => {
      const store = await backend.open();
      for (const analysis of ['DeadMaster', 'DeadMaster', 'NoProblem', 'NoProblem', 'DeadMaster']) {
        await store.audit.recordAnalysisChange(PRIMARY, analysis);
      }
      const rows = await backend.sql('select analysis from database_instance_analysis_changelog order by changelog_id');
      expect(rows.map((row) => row.analysis)).toEqual(['DeadMaster', 'NoProblem', 'DeadMaster']);
      expect(await backend.sql('select analysis from database_instance_last_analysis')).toEqual([
        { analysis: 'DeadMaster' },
      ]);
      for (const analysis of ['NoProblem', 'UnreachableMaster', 'NoProblem']) {
        await store.audit.recordAnalysisChange(REPLICA, analysis);
      }
      const changes = await store.audit.readAnalysisChanges();
      expect(changes.map(({ key, analysis }) => `${key.hostname} ${analysis}`)).toEqual([
        'db1 DeadMaster',
        'db1 NoProblem',
        'db1 DeadMaster',
        'db2 UnreachableMaster',
        'db2 NoProblem',
      ]);
      expect(changes[0]?.at).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    });

    test('purge() deletes what is older than its time and nothing else', async () => {
      const store = await backend.open();
      const { ago, sql } = backend;
      const DAYS = 86_400;
      await store.audit.write('old', null, '', '');
      await sql(`update audit set audit_timestamp = ${ago(8 * DAYS)}`);
      await store.audit.write('new', null, '', '');
      await store.recoveries.registerDetection(sampleDetection());
      await store.recoveries.registerRecovery(sampleRecovery('old'));
      await store.recoveries.resolveRecovery('old', RESOLVED);
      await store.recoveries.acknowledge({}, 'ops', '');
      await sql(`update topology_recovery set start_active_period = ${ago(8 * DAYS)}`);
      await store.recoveries.registerRecovery(sampleRecovery('running'));
      await store.intent.registerCandidate(PRIMARY, 'must_not');
      await sql(`update candidate_database_instance set last_suggested = ${ago(3700)}`);
      await store.intent.registerCandidate(REPLICA, 'prefer');
      await store.resolve.write('short', 'short.example.com');
      await store.purge();
      expect((await store.audit.read({})).map((entry) => entry.type)).toEqual(['new']);
      expect((await store.recoveries.readRecoveries({})).map((recovery) => recovery.uid)).toEqual(['running']);
      expect((await store.intent.read()).candidates).toEqual(new Map([['db2:3307', 'prefer']]));
      expect(await store.resolve.read('short')).toBe('short.example.com');
    });

    test('purge() ends maintenance past its end or begun by a node that is gone', async () => {
      const store = await backend.open();
      const { ago, sql } = backend;
      const insert = (host: string, isBounded: number, end: string, token: string) =>
        sql(`insert into database_instance_maintenance (hostname, port, maintenance_active, begin_timestamp, end_timestamp, owner, reason,
          processing_node_hostname, processing_node_token, explicitly_bounded)
          values ('${host}', 1, 1, ${ago(3600)}, ${end}, 'ops', '', 'n', '${token}', ${isBounded})`);
      await store.nodes.beat({ hostname: 'n', token: 'alive', command: '', version: '' });
      await insert('over', 1, ago(10), 'alive');
      await insert('bounded', 1, ago(-3600), 'gone');
      await insert('orphaned', 0, 'null', 'gone');
      await insert('held', 0, 'null', 'alive');
      await store.purge();
      expect((await store.intent.read()).maintenance).toEqual(new Set(['bounded:1', 'held:1']));
    });
  });
}
