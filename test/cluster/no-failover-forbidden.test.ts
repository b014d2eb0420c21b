import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FLAVOURS } from '../../lab/index.ts';
import { loadSqliteEngine } from '../../src/store/sqlite/engine.ts';
import { rounds } from '../support/checks.ts';
import type { Program } from '../support/program.ts';
import {
  closeScene,
  explained,
  explainedBy,
  openScene,
  pathOf,
  type Scene,
  watch,
  watchFor,
} from './no-failover-support.ts';

/** A statement straight to the program's own backend file, as other people's scripts do it. */
async function sql(program: Program, text: string): Promise<void> {
  const open = await loadSqliteEngine(process.versions.node);
  const connection = open(join(program.dir, 'orchestrator.sqlite3'));
  try {
    connection.exec('pragma busy_timeout = 5000');
    connection.exec(text);
  } finally {
    connection.close();
  }
}

const noRecoveries = async (program: Program): Promise<void> => expect(await program.api('audit-recovery')).toEqual([]);

describe.concurrent('a dead primary that people do not want replaced', () => {
  // What forbids it is nothing of a flavour.
  it.each(rounds(0, 1) === 1 ? FLAVOURS : (['mysql-9.7'] as const))(
    'on %s: every way to forbid it is named, and it is replaced when the last is lifted',
    async (flavour) => {
      const scene = await openScene(flavour);
      const others: Program[] = [];
      try {
        others.push(await watch(scene.topology, { RecoverMasterClusterFilters: ['another-cluster'] }));
        others.push(await watch(scene.topology, { RecoveryIgnoreHostnameFilters: ['127.0.0.1'] }));
        await forbidden(scene, others as [Program, Program]);
      } finally {
        await Promise.all(others.map((program) => program.close()));
        await closeScene(scene);
      }
    },
  );

  async function forbidden(scene: Scene, [unmatched, ignoring]: readonly [Program, Program]): Promise<void> {
    const { topology, program, cluster } = scene;
    const primary = pathOf(topology.primary);
    await program.api(`begin-downtime/${primary}/tester/upgrade/1h`);
    await topology.primary.kill();

    await explained(scene, /it is downtimed; end-downtime/);
    await explainedBy(unmatched, cluster, /RecoverMasterClusterFilters do not match/);
    await explainedBy(ignoring, cluster, /RecoveryIgnoreHostnameFilters/);

    await program.api('disable-global-recoveries');
    await program.api(`end-downtime/${primary}`);
    await explained(scene, /disabled globally; enable-global-recoveries/);
    await noRecoveries(program);

    await sql(
      program,
      `insert into database_instance_maintenance (hostname, port, maintenance_active, begin_timestamp, owner, reason)
       values ('${topology.primary.host}', ${topology.primary.port}, 1, datetime('now'), 'script', 'a test')`,
    );
    await explained(scene, /in maintenance; end-maintenance/);
    await program.api('enable-global-recoveries');
    await watchFor(1_000);
    await explained(scene, /in maintenance/);
    for (const one of [program, unmatched, ignoring]) await noRecoveries(one);

    await sql(program, 'delete from database_instance_maintenance');
    await program.waitFor('the recovery that nothing forbids any more', async () =>
      (await program.api<readonly { IsSuccessful: boolean }[]>('audit-recovery')).find((one) => one.IsSuccessful),
    );
    for (const one of [unmatched, ignoring]) await noRecoveries(one);
  }
});
