import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LabTopology, startTopology } from '../../lab/index.ts';
import { expectOneCluster, rounds, waitRecovered } from '../support/checks.ts';
import { crashProgram } from '../support/crash-program.ts';
import { writeOperatorConfig } from '../support/operations.ts';
import { type Program, startProgram } from '../support/program.ts';
import { expectClosed } from '../support/safety.ts';

/** An order on three servers takes about so many deeds; by the first it is not even registered. The short form tries some. */
const ALL = Array.from({ length: 19 }, (_, index) => index + 2);
const SHORT = { 'mysql-9.7': [7], 'mariadb-10.11': [14] } as const;

describe.each(['mysql-9.7', 'mariadb-10.11'] as const)(
  'our own death while a live primary is replaced on %s',
  (flavour) => {
    let topology: LabTopology;
    let dir: string;
    let program: Program | null = null;

    beforeAll(async () => {
      topology = await startTopology({ flavour, tree: '1(2,3)' });
    });
    afterAll(() => topology?.close());
    beforeEach(() => {
      dir = mkdtempSync(join(tmpdir(), 'orchestrator-forced-'));
      program = null;
    });
    afterEach(async () => {
      await program?.close();
      rmSync(dir, { recursive: true, force: true });
      await topology.reset();
    });

    const seeds = (): string[] => [`127.0.0.1:${topology.primary.port}`];

    /** Orders server 3 to be the primary, in a process that dies after so many deeds. */
    async function dieAfter(deeds: number): Promise<void> {
      const configFile = writeOperatorConfig(dir, { DiscoverySeeds: seeds() });
      await crashProgram({ configFile, dir, deeds, servers: 3, designatedPort: topology.server(3).port });
    }

    it.each(rounds(0, 1) === 1 ? ALL : SHORT[flavour])(
      'after deed %i: the next start makes the named one primary, and the old one takes no writes',
      async (deed) => {
        const [old, other, named] = [topology.primary, topology.server(2), topology.server(3)];
        const writer = topology.follow({ intervalMs: 5 });
        await expect.poll(() => writer.acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(10);
        await dieAfter(deed);
        program = await startProgram({
          seeds: seeds(),
          config: { SQLite3DataFile: join(dir, 'orchestrator.sqlite3'), RecoverMasterClusterFilters: [] },
        });
        const { successor } = await waitRecovered(program, topology, old);
        expect(successor.number).toBe(3);
        const before = writer.acknowledged.length;
        await expect.poll(() => writer.acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(before + 10);
        const { acknowledged } = await writer.stop();
        expect(await topology.lostWrites(3, acknowledged)).toEqual([]);
        await expectOneCluster(topology, named, [other]);
        await expectClosed(old);
      },
    );
  },
);
