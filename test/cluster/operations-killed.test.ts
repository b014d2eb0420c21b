import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type LabTopology, startTopology } from '../../lab/index.ts';
import { rounds } from '../support/checks.ts';
import { crashOperation } from '../support/crash-operation.ts';
import { replicationKinds } from '../support/operation-kinds.ts';
import { keyOf, type Operator, openOperator, sentenceOf, writeOperatorConfig } from '../support/operations.ts';
import { allSettings, expectSameData, expectTree, expectWritable } from '../support/operations-checks.ts';
import { type Load, startLoad } from '../support/operations-load.ts';
import { expectNothingLeft } from '../support/operations-scene.ts';

/** No operation tried here takes more deeds. */
const MOST_DEEDS = 60;
const TREE = '2>1 3>1 4>3';

/** A move up (4 below 1), which by coordinates has server 3 stand still for it. */
const MOVED = '2>1 3>1 4>1';

const KINDS = replicationKinds('mysql-9.7', 'mysql-5.6', 'mariadb-10.11');

/** Short: every so many deeds, and at another one on each flavour; long: after every deed, both ways. */
const STRIDE = rounds(30, 1);

describe.each(KINDS)('our own death in the middle of a move on $flavour by $by', ({ flavour, gtid }) => {
  let topology: LabTopology;
  let dir = '';
  let load: Load | null = null;
  let operator: Operator | null = null;

  beforeAll(async () => {
    topology = await startTopology({ flavour, gtid, tree: '1(2,3(4))' });
  });
  afterAll(() => topology?.close());
  afterEach(cleanUp);

  async function cleanUp(): Promise<void> {
    await load?.stop().catch(() => undefined);
    await operator?.close();
    load = null;
    operator = null;
    if (dir !== '') rmSync(dir, { recursive: true, force: true });
    await topology.reset();
  }

  /** Takes it back; gives the tree that is then to be. */
  async function undo({ orchestrator }: Operator, uid: string, context: string): Promise<string> {
    const leftovers = await orchestrator.operations.undo(uid, 'mender');
    // By coordinates the way back closes with the first transaction executed at the new place: then the replica stays there.
    if (gtid || leftovers.length === 0) expect(leftovers, context).toEqual([]);
    else expect(leftovers, context).toMatchObject([{ reason: expect.stringMatching(/is past/) }]);
    return leftovers.length === 0 ? TREE : MOVED;
  }

  async function finish({ orchestrator }: Operator, uid: string, context: string): Promise<string> {
    const outcome = await orchestrator.operations.finish(uid, 'mender');
    expect(outcome.kind, `${sentenceOf(outcome)}; ${context}`).toBe('done');
    return MOVED;
  }

  /** Lets a process of ours die after so many deeds, and brings things in order again by a new one. False when it did not die. */
  async function dieAndMend(deeds: number, how: 'undo' | 'finish'): Promise<boolean> {
    dir = mkdtempSync(join(tmpdir(), 'orchestrator-killed-'));
    const before = await allSettings(topology);
    load = await startLoad(topology.primary);
    const request = {
      kind: 'relocate',
      instance: keyOf(topology.server(4)),
      destination: keyOf(topology.primary),
    } as const;
    const crash = await crashOperation(topology, request, { configFile: writeOperatorConfig(dir), deeds });
    if (crash.kind === 'done') {
      expect(crash.outcome, crash.log).toBe('done');
      return false;
    }
    const context = `${how} after deed ${deeds}:\n${crash.log}`;
    operator = await openOperator(topology, { dir });
    const left = await operator.orchestrator.operations.unfinished();
    if (left.length === 0) {
      // Killed before it was written down, or after it was closed: nothing was begun, or all is done.
      await expectTree(topology, deeds < 3 ? TREE : MOVED);
    } else {
      expect(left, context).toMatchObject([{ requestedBy: 'tester', clusterName: expect.stringMatching(/./) }]);
      const uid = left[0]?.uid ?? '';
      const tree = how === 'undo' ? await undo(operator, uid, context) : await finish(operator, uid, context);
      await load.stop();
      await expectTree(topology, tree).catch((thrown: unknown) => {
        throw new Error(context, { cause: thrown });
      });
    }
    await load.stop();
    await expectSameData(topology, topology.primary);
    await expectWritable(topology, 1);
    expect(await allSettings(topology), context).toEqual(before);
    await expectNothingLeft(operator);
    return true;
  }

  it('the next start reports it, and undo and finish both lead to a whole topology', async () => {
    const ways = rounds(0, 1) === 1 ? (['undo', 'finish'] as const) : null;
    let turn = 0;
    const first = 1 + ((KINDS.findIndex((one) => one.flavour === flavour && one.gtid === gtid) * 5) % STRIDE);
    for (let deeds = first; deeds <= MOST_DEEDS; deeds += STRIDE) {
      let died = false;
      for (const how of ways ?? [(['undo', 'finish'] as const)[turn % 2] ?? 'undo']) {
        died = await dieAndMend(deeds, how);
        await cleanUp();
      }
      turn += 1;
      if (!died) return;
    }
    expect.unreachable('the operation has more deeds than are tried');
  }, 600_000);
});
