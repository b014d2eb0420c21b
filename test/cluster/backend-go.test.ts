import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecoveryJson } from '../../src/legacy/recovery-json.ts';
import { type Program, startProgram } from '../support/program.ts';
import { type CommandRun, makeWorkplace, openSqlite, type Workplace } from './program-support.ts';

/** A backend that the Go program left: four MariaDB servers (none of them runs), one failover, a downtime, a tag, an alias. */
const GO_BACKEND = join(import.meta.dirname, '..', 'golden', 'go-backend.db');

/** The file is old: nothing in it may look forgotten or run out, whenever the test runs. */
const CONFIG = { UnseenInstanceForgetHours: 1_000_000, AuditPurgeDays: 0 };
const KEEP_DOWNTIME = `UPDATE database_instance_downtime SET end_timestamp = datetime('now', '+1 hour') WHERE reason = 'planned'`;

/** The file was copied before anybody submitted a pool: as a load balancer's script would with plain SQL. */
const SUBMIT_POOL = `INSERT INTO database_instance_pool (hostname, port, pool, registered_at) VALUES
  ('127.0.0.1', 11001, 'reads', datetime('now')), ('127.0.0.1', 11003, 'reads', datetime('now'))`;

async function takeOver(file: string): Promise<void> {
  copyFileSync(GO_BACKEND, file);
  const database = await openSqlite(file);
  for (const sql of [KEEP_DOWNTIME, SUBMIT_POOL]) database.exec(sql);
  database.close();
}

/** Servers by the snapshot of the topology that they are in, oldest first. */
async function snapshotsOf(file: string): Promise<readonly (readonly number[])[]> {
  const database = await openSqlite(file);
  const rows = database
    .prepare('SELECT snapshot_unix_timestamp AS taken, port FROM database_instance_topology_history ORDER BY 1, 2')
    .all();
  database.close();
  const byTime = new Map<number, number[]>();
  for (const { taken, port } of rows) byTime.set(Number(taken), [...(byTime.get(Number(taken)) ?? []), Number(port)]);
  return [...byTime.values()];
}

interface ApiInstance {
  readonly Key: { readonly Port: number };
  readonly ClusterName: string;
  readonly IsDowntimed: boolean;
  readonly DowntimeOwner: string;
  readonly DowntimeReason: string;
  readonly IsCandidate: boolean;
  readonly PromotionRule: string;
  readonly IsLastCheckValid: boolean;
}

describe('a SQLite backend that the Go program left, its servers gone', () => {
  let workplace: Workplace;
  let program: Program;
  let file: string;
  beforeAll(async () => {
    workplace = makeWorkplace();
    file = join(workplace.dir, 'go.sqlite');
    await takeOver(file);
    program = await startProgram({ seeds: [], config: { ...CONFIG, SQLite3DataFile: file } });
  });
  afterAll(async () => {
    await program?.close();
    workplace?.remove();
  });

  test('the old failover is in the history, with its steps and its detection', async () => {
    const recoveries = await program.api<RecoveryJson[]>('audit-recovery');
    expect(recoveries).toHaveLength(1);
    expect(recoveries[0]).toMatchObject({
      Id: 1,
      AnalysisEntry: { AnalyzedInstanceKey: { Hostname: '127.0.0.1', Port: 11000 }, Analysis: 'DeadMaster' },
      SuccessorKey: { Port: 11002 },
      IsSuccessful: true,
      IsActive: false,
      Acknowledged: true,
      AcknowledgedComment: 'seen',
      RecoveryStartTimestamp: '2026-11-21 05:26:36',
    });
    const steps = await program.api<{ Message: string }[]>(
      `audit-recovery-steps/${encodeURIComponent(recoveries[0]?.UID ?? '')}`,
    );
    expect(steps.length).toBeGreaterThan(10);
    expect(await program.api<RecoveryJson[]>('audit-recovery/alias/shop')).toHaveLength(1);
    const detections = await program.api<RecoveryJson[]>('audit-failure-detection');
    expect(detections.at(-1)).toMatchObject({ Id: 1, RelatedRecoveryId: 1 });
  });

  test('clusters, alias, downtimes, the tag and the candidate are there', async () => {
    expect(await program.api('clusters')).toEqual(['127.0.0.1:11000', '127.0.0.1:11002']);
    const info =
      await program.api<{ ClusterName: string; ClusterAlias: string; CountInstances: number }[]>('clusters-info');
    expect(
      info.map(({ ClusterName, ClusterAlias, CountInstances }) => [ClusterName, ClusterAlias, CountInstances]),
    ).toEqual([
      ['127.0.0.1:11000', '127.0.0.1:11000', 1],
      ['127.0.0.1:11002', 'shop', 3],
    ]);
    const downtimed = await program.api<ApiInstance[]>('downtimed');
    expect(
      downtimed.map(({ Key, DowntimeOwner, DowntimeReason }) => [Key.Port, DowntimeOwner, DowntimeReason]),
    ).toEqual([
      [11000, 'vm', 'lost-in-recovery'],
      [11003, 'dba', 'planned'],
    ]);
    const candidate = await program.api<ApiInstance>('instance/127.0.0.1/11002');
    expect(candidate).toMatchObject({ IsCandidate: true, PromotionRule: 'prefer', ClusterName: '127.0.0.1:11002' });
    expect(await program.api('topology-tags/127.0.0.1:11002')).toMatchObject({
      Details: expect.stringMatching(/127\.0\.0\.1:11003.*role=analytics/),
    });
  });

  test('its pool is served, and its snapshot stays beside a new one', async () => {
    const members = [
      { Hostname: '127.0.0.1', Port: 11001 },
      { Hostname: '127.0.0.1', Port: 11003 },
    ];
    expect(await program.api('cluster-pool-instances/127.0.0.1:11002')).toMatchObject({
      Code: 'OK',
      Details: { reads: members },
    });
    expect(await program.api('tag-value/127.0.0.1/11003/role')).toBe('analytics');
    const all = [11000, 11001, 11002, 11003];
    expect(await snapshotsOf(file)).toEqual([all]);
    expect(await program.api('snapshot-topologies')).toMatchObject({ Code: 'OK' });
    expect(await snapshotsOf(file)).toEqual([all, all]);
  });

  test('its servers, all gone for long, are shown as dead and nothing is recovered', async () => {
    await program.waitFor('all to be looked at', async () => {
      const all = await program.api<ApiInstance[]>('all-instances');
      return all.length === 4 && all.every(({ IsLastCheckValid }) => !IsLastCheckValid);
    });
    await program.waitFor('the analysis', async () =>
      JSON.stringify(await program.api('replication-analysis')).includes('DeadMasterAndReplicas'),
    );
    expect(await program.api<RecoveryJson[]>('audit-recovery')).toHaveLength(1);
  });
});

describe('the command line on a backend that the Go program left', () => {
  let workplace: Workplace;
  const run = async (...args: readonly string[]): Promise<CommandRun> => {
    const result = await workplace.cli(...args);
    expect(result.exitCode, `${args.join(' ')}: ${result.stderr}`).toBe(0);
    return result;
  };
  beforeAll(async () => {
    workplace = makeWorkplace(CONFIG);
    await takeOver(workplace.sqliteFile);
  });
  afterAll(() => workplace?.remove());

  test('tells clusters, topology and analysis with no server reachable', async () => {
    expect((await run('-c', 'clusters-alias')).stdout).toBe(
      '127.0.0.1:11000\t127.0.0.1:11000\n127.0.0.1:11002\tshop\n',
    );
    const tree = (await run('-c', 'topology', '-i', '127.0.0.1:11001')).stdout;
    expect(tree.split('\n').map((line) => line.replace(/\s*\[.*$/, ''))).toEqual([
      '127.0.0.1:11002',
      '- 127.0.0.1:11001',
      '- 127.0.0.1:11003',
      '',
    ]);
    expect(tree).toMatch(/^- 127\.0\.0\.1:11003\s+\[0s,unchecked,10\.11\.19-MariaDB\S*,ro,ROW,>>,GTID,downtimed\]$/m);
    expect((await run('-c', 'which-cluster-master', '-alias', '127.0.0.1:11002')).stdout).toBe('127.0.0.1:11002\n');
    expect((await run('-c', 'which-downtimed-instances')).stdout).toBe('127.0.0.1:11000\n127.0.0.1:11003\n');
    expect((await run('-c', 'which-lost-in-recovery')).stdout).toBe('127.0.0.1:11000\n');
    expect((await run('-c', 'replication-analysis')).stdout).toBe('');
    expect((await run('-c', 'which-cluster-alias', '-i', '127.0.0.1:11003')).stdout).toBe('shop\n');
    expect((await run('-c', 'tags', '-i', '127.0.0.1:11003')).stdout).toBe('role=analytics\n');
    expect((await run('-c', 'tagged', '-tag', 'role=analytics')).stdout).toBe('127.0.0.1:11003\n');
    expect((await run('-c', 'cluster-pool-instances')).stdout).toContain('127.0.0.1:11003');
  });
});
