import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type LabTopology, startTopology } from '../../lab/index.ts';
import { type InstanceLike, instanceOf, waitDiscovered, waitFollows, waitRecovered } from '../support/checks.ts';
import { type Program, startProgram } from '../support/program.ts';
import { expectClosed, isWritable } from '../support/safety.ts';
import { backendSql, keyOf } from './program-support.ts';

/** Words and ways of operators' scripts: rows in the backend, no API. The program must honour them within seconds. */
describe('decisions that people write into the backend while the program runs', () => {
  let topology: LabTopology;
  let program: Program;
  beforeAll(async () => {
    topology = await startTopology({ flavour: 'mariadb-10.11', tree: '1(2,3)' });
    program = await startProgram({ seeds: [keyOf(topology.primary)] });
    await waitDiscovered(program, topology);
  });
  afterAll(async () => {
    await program?.close();
    await topology?.close();
  });

  const explained = (pattern: RegExp) =>
    program.waitFor(
      `an explanation like ${pattern}`,
      async () =>
        (await program.api<{ sentence: string }[]>('explanations')).find(({ sentence }) => pattern.test(sentence)),
      20_000,
    );

  test('candidate, downtime and maintenance are honoured, and so is their end', async () => {
    const { primary } = topology;
    const wanted = topology.server(3);
    await backendSql(
      program,
      `INSERT INTO candidate_database_instance (hostname, port, promotion_rule, last_suggested)
       VALUES ('127.0.0.1', ${wanted.port}, 'prefer', datetime('now'))`,
      `INSERT INTO database_instance_downtime (hostname, port, downtime_active, begin_timestamp, end_timestamp, owner, reason)
       VALUES ('127.0.0.1', ${primary.port}, 1, datetime('now'), datetime('now', '+1 hour'), 'dba', 'new disks')`,
    );
    await program.waitFor(
      'both rows to be known',
      async () => {
        const candidate = await program.api<{ PromotionRule: string }>(`instance/127.0.0.1/${wanted.port}`);
        const downtimed: InstanceLike = await instanceOf(program, primary);
        return (
          candidate.PromotionRule === 'prefer' && downtimed.IsDowntimed && downtimed.DowntimeReason === 'new disks'
        );
      },
      15_000,
    );

    await primary.kill();
    await explained(/downtime/);
    expect(await program.api('audit-recovery')).toEqual([]);

    await backendSql(
      program,
      `BEGIN;
       INSERT INTO database_instance_maintenance (hostname, port, maintenance_active, begin_timestamp, owner, reason)
       VALUES ('127.0.0.1', ${primary.port}, 1, datetime('now'), 'dba', 'new disks');
       DELETE FROM database_instance_downtime WHERE port = ${primary.port};
       COMMIT;`,
    );
    await explained(/maintenance/);
    expect(await program.api('audit-recovery')).toEqual([]);
    await expectClosed(topology.server(2));
    await expectClosed(wanted);

    await backendSql(
      program,
      `UPDATE database_instance_maintenance SET maintenance_active = NULL, end_timestamp = datetime('now')
       WHERE port = ${primary.port}`,
    );
    const { successor } = await waitRecovered(program, topology, primary);
    expect(successor.number).toBe(3);
    await waitFollows('mariadb-10.11', topology.server(2), wanted);
    expect(await isWritable(wanted)).toBe(true);
  });

  test('the global switch, too', async () => {
    await backendSql(program, 'INSERT INTO global_recovery_disable (disable_recovery) VALUES (1)');
    await program.waitFor(
      'recoveries to be off',
      async () => (await program.api<{ Details: string }>('check-global-recoveries')).Details === 'disabled',
      15_000,
    );
    await backendSql(program, 'DELETE FROM global_recovery_disable');
    await program.waitFor(
      'recoveries to be on',
      async () => (await program.api<{ Details: string }>('check-global-recoveries')).Details === 'enabled',
      15_000,
    );
  });
});
