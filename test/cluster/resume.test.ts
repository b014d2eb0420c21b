import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FLAVOURS, type Flavour, type LabServer, type LabTopology, startTopology, waitFor } from '../../lab/index.ts';
import { loadSqliteEngine } from '../../src/store/sqlite/engine.ts';
import { expectOneCluster, rounds, waitEnded, waitFollows, waitRecovered } from '../support/checks.ts';
import { crashProgram } from '../support/crash-program.ts';
import { writeOperatorConfig } from '../support/operations.ts';
import { type Program, startProgram } from '../support/program.ts';
import { expectClosed, isWritable } from '../support/safety.ts';

/** A failover with three replicas takes fewer deeds than this on every flavour (20 on mysql-9.7, 24 on the others). */
const MOST_DEEDS = 25;
/** The deed by which the phase `silenced` is written: intent, registration, intent, three receivers stopped, intent. */
const SILENCED = 7;
/** Deposed, promoting, applier stopped, source forgotten. */
const FORGOTTEN = 11;

/** Every third deed is tried, on one flavour (the simulator tries them all); the long form tries all on all. */
const deedsOf = (flavour: Flavour): number[] => {
  const own = FLAVOURS.indexOf(flavour);
  const all = Array.from({ length: MOST_DEEDS }, (_, index) => index + 1);
  return all.filter((deed) => rounds(deed % (3 * FLAVOURS.length), 3 * own) === 3 * own);
};

/** The short form leaves these out where another flavour shows the same. */
const CALLED_OFF: readonly Flavour[] = rounds(0, 1) === 1 ? FLAVOURS : ['mysql-9.7', 'mariadb-10.11'];
const FENCED: readonly Flavour[] = rounds(0, 1) === 1 ? FLAVOURS : ['mysql-5.6', 'mariadb-10.11'];

describe.each(FLAVOURS)('our own death in the middle of a failover on %s', (flavour) => {
  let topology: LabTopology;
  let dir: string;
  let program: Program | null = null;

  beforeAll(async () => {
    topology = await startTopology({ flavour, tree: '1(2,3,4)' });
  });
  afterAll(() => topology?.close());
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'orchestrator-resume-'));
    program = null;
  });
  afterEach(async () => {
    await program?.close();
    rmSync(dir, { recursive: true, force: true });
    await topology.reset();
  });

  const backendFile = (): string => join(dir, 'orchestrator.sqlite3');
  const seeds = (): string[] => [`127.0.0.1:${topology.primary.port}`];

  /** Kills the primary under a process of ours that dies after so many deeds; resolves when it is dead, or done before. */
  async function dieAfter(deeds: number): Promise<'died' | 'done'> {
    const configFile = writeOperatorConfig(dir, { RecoverMasterClusterFilters: ['*'], DiscoverySeeds: seeds() });
    return crashProgram({ configFile, dir, deeds, servers: 4, onReady: () => topology.primary.kill() });
  }

  async function startNext(): Promise<Program> {
    program = await startProgram({ seeds: seeds(), config: { SQLite3DataFile: backendFile() } });
    return program;
  }

  async function rowsOf(table: string): Promise<readonly Record<string, unknown>[]> {
    const open = await loadSqliteEngine(process.versions.node);
    const database = open(backendFile());
    try {
      database.exec('PRAGMA busy_timeout=5000');
      return database.prepare(`SELECT * FROM ${table}`).all();
    } finally {
      database.close();
    }
  }

  async function expectIntentClosed(running: Program): Promise<void> {
    await running.waitFor(
      'the intent to be closed',
      async () => (await rowsOf('orchestrator_recovery_intent')).length === 0,
    );
    for (const row of await rowsOf('topology_recovery')) expect(row.end_recovery).not.toBeNull();
  }

  const othersThan = (...some: readonly LabServer[]): LabServer[] =>
    [...topology.servers.values()].filter((server) => !some.includes(server));

  it.each(deedsOf(flavour))(
    'after deed %i: the next start leaves one writable primary that all follow',
    async (deed) => {
      const dead = topology.primary;
      const writer = topology.follow({ intervalMs: 5 });
      await dieAfter(deed);
      const running = await startNext();
      const { successor } = await waitRecovered(running, topology, dead);
      await expectIntentClosed(running);
      await waitFor(() => writer.acknowledged.some(({ server }) => server === successor.number), {
        what: 'writes on the successor',
      });
      await writer.stop();
      await expectOneCluster(topology, successor, othersThan(dead, successor));
      expect(await running.api('deposed-primaries')).toMatchObject([{ key: { port: dead.port } }]);
    },
  );

  it.each(CALLED_OFF.filter((name) => name === flavour))(
    'before the point of no return, and the primary is back: it is called off, and all follow it again (%s)',
    async () => {
      const primary = topology.primary;
      expect(await dieAfter(SILENCED)).toBe('died');
      await primary.restart({ readOnly: false });
      const running = await startNext();
      const recovery = await waitEnded(running, primary);
      expect(recovery.IsSuccessful).toBe(false);
      await expectIntentClosed(running);
      for (const replica of othersThan(primary)) await waitFollows(flavour, replica, primary);
      expect(await isWritable(primary)).toBe(true);
      expect(await running.api('deposed-primaries')).toEqual([]);
    },
  );

  it.each(FENCED.filter((name) => name === flavour))(
    'after the point of no return, and the primary is back, writable: it is fenced, the recovery finished (%s)',
    async () => {
      const old = topology.primary;
      expect(await dieAfter(FORGOTTEN)).toBe('died');
      await old.restart({ readOnly: false });
      const running = await startNext();
      await waitFor(async () => !(await isWritable(old)), { what: 'the old primary to be fenced' });
      const { successor } = await waitRecovered(running, topology, old);
      await expectIntentClosed(running);
      await expectOneCluster(topology, successor, othersThan(old, successor));
      await running.waitFor('the return to be noted', async () => {
        const [deposed] = await running.api<{ fencedAtMs: number | null }[]>('deposed-primaries');
        return deposed?.fencedAtMs != null;
      });
      await expectClosed(old);
    },
  );
});
