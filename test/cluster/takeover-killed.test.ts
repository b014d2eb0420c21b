import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FLAVOURS, type LabTopology, startTopology, type Writer } from '../../lab/index.ts';
import { rounds, rowIds } from '../support/checks.ts';
import { crashOperation } from '../support/crash-operation.ts';
import { keyOf, type Operator, openOperator, sentenceOf, writeOperatorConfig } from '../support/operations.ts';
import { expectSameData, expectTree, expectWritable } from '../support/operations-checks.ts';
import { expectNothingLeft } from '../support/operations-scene.ts';
import { isWritable } from '../support/safety.ts';
import { TAKEOVER_CONFIG } from '../support/takeover.ts';

/** No takeover of three servers takes more deeds. */
const MOST_DEEDS = 120;
const BEFORE = '2>1 3>1';
const AFTER = '1>2 3>2';

/** Long form only: where the successor takes writes already there is no way back, so that every deed is gone on from. */
describe.runIf(rounds(0, 1) === 1).each(FLAVOURS)(
  'our own death in the middle of a takeover by file and position on %s',
  (flavour) => {
    let topology: LabTopology;
    let dir = '';
    let writer: Writer | null = null;
    let operator: Operator | null = null;

    beforeAll(async () => {
      topology = await startTopology({ flavour, gtid: false, tree: '1(2,3)' });
    });
    afterAll(() => topology?.close());
    afterEach(cleanUp);

    async function cleanUp(): Promise<void> {
      await writer?.stop().catch(() => undefined);
      await operator?.close();
      writer = null;
      operator = null;
      if (dir !== '') rmSync(dir, { recursive: true, force: true });
      await topology.reset();
    }

    /** Lets a process of ours die after so many deeds, and a new one go on, or take it back. False when it did not die. */
    async function dieAndMend(deeds: number, how: 'undo' | 'finish'): Promise<boolean> {
      dir = mkdtempSync(join(tmpdir(), 'orchestrator-killed-'));
      const config = { ...TAKEOVER_CONFIG, RecoverMasterClusterFilters: [] };
      const writing = topology.follow({ connections: 2, intervalMs: 4 });
      writer = writing;
      const request = {
        kind: 'graceful-master-takeover-auto',
        instance: keyOf(topology.primary),
        destination: keyOf(topology.server(2)),
      } as const;
      const configFile = writeOperatorConfig(dir, config);
      const crash = await crashOperation(topology, request, { configFile, deeds });
      if (crash.kind === 'done') {
        expect(crash.outcome, crash.log).toBe('done');
        return false;
      }
      const context = `${how} after deed ${deeds}:\n${crash.log}`;
      operator = await openOperator(topology, { dir, config });
      const [left] = await operator.orchestrator.operations.unfinished();
      const isOver = await isWritable(topology.server(2));
      let tree = left === undefined && isOver ? AFTER : BEFORE;
      if (left !== undefined && how === 'undo' && !isOver) {
        expect(await operator.orchestrator.operations.undo(left.uid, 'mender'), context).toEqual([]);
      } else if (left !== undefined) {
        const outcome = await operator.orchestrator.operations.finish(left.uid, 'mender');
        expect(outcome, `${sentenceOf(outcome)}; ${context}`).toMatchObject({ kind: 'done', failed: [] });
        tree = AFTER;
      }
      if (left !== undefined || isOver) {
        const [row] = await operator.orchestrator.recoveries({});
        expect(row, context).toMatchObject({ isSuccessful: tree === AFTER, endedAt: expect.stringMatching(/\d/) });
      }
      const primary = tree === AFTER ? 2 : 1;
      const before = writing.acknowledged.length;
      await expect.poll(() => writing.acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(before);
      const { acknowledged } = await writing.stop();
      await expectTree(topology, tree).catch((thrown: unknown) => {
        throw new Error(context, { cause: thrown });
      });
      expect(await topology.lostWrites(primary, acknowledged), context).toEqual([]);
      await expectSameData(topology, topology.server(primary));
      await expectWritable(topology, primary);
      await expectNothingLeft(operator);
      return true;
    }

    it('the next start reports it, and goes on with it or takes it back: nothing is lost, one takes writes', async () => {
      for (let deeds = 1; deeds <= MOST_DEEDS; deeds += 1) {
        const died = await dieAndMend(deeds, deeds % 2 === 0 ? 'undo' : 'finish');
        await cleanUp();
        if (!died) return;
      }
      expect.unreachable('the takeover has more deeds than are tried');
    }, 1_200_000);
  },
);

/** On MariaDB the lock that kept privileged accounts out dies with our process, too. */
describe('our own death right before the successor is opened', () => {
  let topology: LabTopology;
  let operator: Operator | null = null;
  const dir = mkdtempSync(join(tmpdir(), 'orchestrator-killed-'));

  beforeAll(async () => {
    topology = await startTopology({ flavour: 'mariadb-10.11', gtid: true, tree: '1(2,3)' });
  });
  afterAll(async () => {
    await operator?.close();
    await topology?.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it('a person opens the primary, and a privileged account writes there: who finishes it loses nothing, and one takes writes', async () => {
    const config = { ...TAKEOVER_CONFIG, RecoverMasterClusterFilters: [] };
    const request = {
      kind: 'graceful-master-takeover-auto',
      instance: keyOf(topology.primary),
      destination: keyOf(topology.server(2)),
    } as const;
    const crash = await crashOperation(topology, request, {
      configFile: writeOperatorConfig(dir, config),
      deeds: 'promote',
    });
    expect(crash.kind, crash.log).toBe('died');
    expect(await isWritable(topology.server(2)), crash.log).toBe(false);
    // First while it is closed: no lock keeps that account out any more.
    await topology.primary.query("INSERT INTO app.t VALUES (900001, 'root', 'while closed')");
    await topology.primary.query('SET GLOBAL read_only=0');
    // What the successor lacks when it is finished.
    await topology.server(2).query('STOP SLAVE SQL_THREAD');
    await topology.primary.query("INSERT INTO app.t VALUES (900002, 'root', 'while open')");
    operator = await openOperator(topology, { dir, config });
    const [left] = await operator.orchestrator.operations.unfinished();
    const start = (): void =>
      void topology
        .server(2)
        .query('START SLAVE SQL_THREAD')
        .catch(() => undefined);
    setTimeout(start, 300);
    const outcome = await operator.orchestrator.operations.finish(left?.uid ?? '', 'mender');
    expect(outcome, sentenceOf(outcome)).toMatchObject({ kind: 'done', failed: [] });
    await expectWritable(topology, 2);
    await expectTree(topology, AFTER);
    const ids = await rowIds(topology.server(2));
    expect([ids.has(900_001), ids.has(900_002)]).toEqual([true, true]);
    await expectSameData(topology, topology.server(2));
    await expectNothingLeft(operator);
  });
});
