import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openConnection } from '../../lab/connection.ts';
import { FLAVOURS, type Flavour, LAB_USERS, type LabServer } from '../../lab/index.ts';
import {
  closeScene,
  expectQuiet,
  explained,
  keyOf,
  openScene,
  pathOf,
  type Scene,
  seesAll,
  watchFor,
} from './no-failover-support.ts';

/** What is said of a primary that is alive after all. */
const ALIVE = /accepts new connections|still hears? from it|session to it is open|answers\./;

/** What has nothing to do with the flavour is tried on one of them; with ORCHESTRATOR_LONG=1 on all. */
const isThorough = (flavour: Flavour): boolean => flavour === 'mysql-9.7' || process.env.ORCHESTRATOR_LONG === '1';
const STUTTERS = process.env.ORCHESTRATOR_LONG === '1' ? 20 : 3;

const THREADS: Readonly<Record<Flavour, { readonly applier: string; readonly words: 'REPLICA' | 'SLAVE' }>> = {
  'mysql-9.7': { applier: 'SQL_THREAD', words: 'REPLICA' },
  'mysql-5.6': { applier: 'SQL_THREAD', words: 'SLAVE' },
  'mariadb-10.11': { applier: 'SQL_THREAD', words: 'SLAVE' },
};

async function cycles(server: LabServer, stoppedMs: number, runningMs: number, count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) {
    server.pause();
    await sleep(stoppedMs);
    server.resume();
    await sleep(runningMs);
  }
}

async function sessions(server: LabServer, count: number): Promise<readonly Connection[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const connection = await openConnection({
        user: LAB_USERS.application,
        host: server.host,
        port: server.directPort,
      });
      connection.on('error', () => undefined);
      return connection;
    }),
  );
}

/** Ends sessions of one user on a server; `what` is a condition on information_schema.processlist. */
async function killSessions(server: LabServer, what: string): Promise<number> {
  const rows = await server.query(`SELECT id FROM information_schema.processlist WHERE ${what}`);
  for (const row of rows) await server.query(`KILL ${Number(row.id ?? row.ID)}`).catch(() => undefined);
  return rows.length;
}

async function setPassword(flavour: Flavour, server: LabServer, password: string): Promise<void> {
  await server.query(
    flavour === 'mysql-5.6'
      ? `SET PASSWORD FOR 'orc'@'%' = PASSWORD('${password}')`
      : `ALTER USER 'orc'@'%' IDENTIFIED BY '${password}'`,
  );
}

describe.each(FLAVOURS)('no failover on %s', (flavour) => {
  let scene: Scene;
  const replicas = (): readonly LabServer[] => [scene.topology.server(2), scene.topology.server(3)];
  const onReplicas = (verb: 'STOP' | 'START', threads = ''): Promise<unknown> =>
    Promise.all(replicas().map((replica) => replica.query(`${verb} ${THREADS[flavour].words} ${threads}`)));

  beforeAll(async () => {
    scene = await openScene(flavour);
  });
  afterAll(() => closeScene(scene));

  it('when the primary stutters: 0.9 s of every second it does nothing', async () => {
    await expectQuiet(scene, ALIVE, () => cycles(scene.topology.primary, 900, 100, STUTTERS));
  });

  it('when the primary stands still for two seconds, as a virtual machine that is moved', async () => {
    await expectQuiet(scene, ALIVE, () => cycles(scene.topology.primary, 2_000, 0, 1));
  });

  it('when all writes are locked out, writers pile up and queries take long', async () => {
    const { primary } = scene.topology;
    const writers = await sessions(primary, 40);
    try {
      await expectQuiet(scene, ALIVE, async () => {
        await primary.query('FLUSH TABLES WITH READ LOCK');
        const stuck = writers.map((writer, index) =>
          writer
            .query(index % 2 === 0 ? 'SELECT SLEEP(2)' : `INSERT INTO app.t VALUES (${7_000 + index}, 'stuck', '')`)
            .catch(() => undefined),
        );
        await watchFor(2_500);
        await primary.query('UNLOCK TABLES');
        await Promise.all(stuck);
      });
    } finally {
      for (const writer of writers) writer.destroy();
    }
  });

  it.runIf(isThorough(flavour))('when other programs take the processors', async () => {
    const hogs: ChildProcess[] = Array.from({ length: 6 }, () =>
      spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
    );
    try {
      await expectQuiet(scene, ALIVE, () => watchFor(3_000));
    } finally {
      for (const hog of hogs) hog.kill('SIGKILL');
    }
  });

  it.runIf(isThorough(flavour))('when a replica dies', async () => {
    const [, dying] = replicas() as [LabServer, LabServer];
    await expectQuiet(scene, ALIVE, async () => {
      await dying.kill();
      await scene.program.waitFor('the dead replica to be noticed', async () => {
        const { IsLastCheckValid } = await scene.program.api<{ IsLastCheckValid: boolean }>(
          `instance/${pathOf(dying)}`,
        );
        return !IsLastCheckValid;
      });
      await watchFor(500);
      await dying.restart();
      await scene.topology.waitReplicating(dying.number);
    });
    await scene.program.api(`discover/${pathOf(dying)}`);
    await seesAll(scene.program, scene.topology);
  });

  it('when somebody kills our sessions again and again', async () => {
    await expectQuiet(scene, ALIVE, async () => {
      for (let turn = 0; turn < 10; turn += 1) {
        await killSessions(scene.topology.primary, "user='orc'");
        await sleep(100);
      }
    });
  });

  it('when the appliers stand still', async () => {
    await expectQuiet(scene, ALIVE, async () => {
      await onReplicas('STOP', THREADS[flavour].applier);
      await watchFor(1_500);
      await onReplicas('START', THREADS[flavour].applier);
    });
  });

  it('when an operator stops all replicas and the primary lives', async () => {
    await expectQuiet(scene, ALIVE, async () => {
      await onReplicas('STOP');
      await watchFor(1_500);
      await onReplicas('START');
    });
  });

  it.runIf(isThorough(flavour))('when this program is frozen for three seconds', async () => {
    await expectQuiet(scene, ALIVE, async () => {
      process.kill(scene.program.pid, 'SIGSTOP');
      await sleep(3_000);
      process.kill(scene.program.pid, 'SIGCONT');
      await watchFor(1_000);
    });
  });

  it.runIf(isThorough(flavour))('when this program is killed and started again', async () => {
    await expectQuiet(scene, ALIVE, async () => {
      await scene.program.kill();
      await scene.program.start();
      await seesAll(scene.program, scene.topology);
      await watchFor(500);
    });
  });

  it('when our password is wrong: says 1045 and what to check', async () => {
    const { primary } = scene.topology;
    await expectQuiet(scene, /1045/, async () => {
      await setPassword(flavour, primary, 'changed');
      await Promise.all(replicas().map((replica) => scene.topology.waitCaughtUp(replica.number)));
      for (const server of scene.topology.servers.values()) await killSessions(server, "user='orc'");
      await explained(scene, /error 1045/);
      await watchFor(1_000);
      await setPassword(flavour, primary, LAB_USERS.orchestrator.password);
    });
  });

  it('when every connection of the primary is taken and our session was killed: says 1040', async () => {
    const { primary } = scene.topology;
    const taken = await sessions(primary, 14);
    try {
      await expectQuiet(scene, /1040/, async () => {
        await primary.query('SET GLOBAL max_connections=10');
        expect(await killSessions(primary, "user='orc' OR command LIKE 'Binlog Dump%'")).toBeGreaterThan(0);
        await explained(scene, /error 1040/);
        await watchFor(1_000);
        await primary.query('SET GLOBAL max_connections=151');
      });
    } finally {
      for (const one of taken) one.destroy();
    }
  });

  it.runIf(isThorough(flavour))(
    'when an operator stopped all replicas before the primary died; by hand it heals',
    async () => {
      await onReplicas('STOP');
      await seesStopped();
      await scene.topology.primary.kill();
      const sentence = await explained(scene, /stopped by an operator.*by hand/);
      expect(sentence).toContain(keyOf(replicas()[0] as LabServer));
      await watchFor(1_000);
      expect(await scene.program.api('audit-recovery')).toEqual([]);

      const healed = await scene.program.api<{ Code: string; Message: string; Details: { Port: number } }>(
        `recover/${pathOf(scene.topology.primary)}`,
      );
      expect(healed).toMatchObject({ Code: 'OK' });
      const [promoted, other] = replicas().toSorted((a) => (a.port === healed.Details.Port ? -1 : 1)) as [
        LabServer,
        LabServer,
      ];
      expect((await promoted.query('SELECT @@global.read_only AS ro'))[0]).toEqual({ ro: 0 });
      // What an operator stopped is re-pointed and left for the operator to start.
      await promoted.query("INSERT INTO app.t VALUES (-1, 'after', 'the recovery by hand')");
      await other.query(`START ${THREADS[flavour].words}`);
      await scene.topology.waitCaughtUp(other.number, promoted.number);
    },
  );

  async function seesStopped(): Promise<void> {
    await Promise.all(
      replicas().map((replica) =>
        scene.program.waitFor(`${keyOf(replica)} to be seen stopped`, async () => {
          await scene.program.api(`refresh/${pathOf(replica)}`);
          const seen = await scene.program.api<{ ReplicationIOThreadRuning: boolean }>(`instance/${pathOf(replica)}`);
          return !seen.ReplicationIOThreadRuning;
        }),
      ),
    );
  }
});
