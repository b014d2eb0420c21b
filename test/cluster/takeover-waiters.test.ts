import { afterEach, describe, expect, it } from 'vitest';
import { waitFor } from '../../lab/index.ts';
import type { ForcedKind } from '../../src/engine/takeover/outcome.ts';
import type { TakeoverKind } from '../../src/plan/operations/request.ts';
import { rounds, rowIds } from '../support/checks.ts';
import { keyOf } from '../support/operations.ts';
import { expectSameData, expectTree, expectWritable, treeOf } from '../support/operations-checks.ts';
import { useOperationsScene } from '../support/operations-scene.ts';
import { expectClosed, isWritable } from '../support/safety.ts';
import { acknowledgeOnly, SEMI_SYNC_FLAVOURS, startWaiter, type Waiter, wordsOf } from '../support/semi-sync.ts';
import { TAKEOVER_CONFIG } from '../support/takeover.ts';

const AN_HOUR_MS = 3_600_000;
const ROW = 4_711;

/** What keeps the only acknowledger from acknowledging. Whoever asks a frozen one waits long for no answer. */
const HINDRANCES = rounds(1, 2) === 1 ? (['stopped'] as const) : (['stopped', 'frozen'] as const);

describe.each(SEMI_SYNC_FLAVOURS)('a commit that waits for an acknowledgement that never comes, on %s', (flavour) => {
  const scene = useOperationsScene(
    { flavour, tree: '1(2,3)', semiSync: { timeoutMs: AN_HOUR_MS } },
    { mode: 'continuous', config: TAKEOVER_CONFIG },
  );
  const { receiver } = wordsOf(flavour);
  let waiter: Waiter | null = null;

  afterEach(() => {
    waiter?.close();
    scene.server(3).resume();
  });

  /** Server 3 alone acknowledges, and is kept from it: a commit waits on the primary, and its row has come to server 2. */
  async function letOneWait(hindrance: 'stopped' | 'frozen', isDowntimed: boolean): Promise<Waiter> {
    await acknowledgeOnly(scene.topology, [3]);
    const acknowledger = scene.server(3);
    if (hindrance === 'stopped') await acknowledger.query(`STOP ${receiver}`);
    await scene.operator.discoverAll();
    if (isDowntimed) {
      await scene.operator.orchestrator.beginDowntime(keyOf(acknowledger), 'tester', 'out of order', 600);
    }
    if (hindrance === 'frozen') acknowledger.pause();
    const waiting = await startWaiter(scene.server(1), ROW);
    waiter = waiting;
    await waitFor(async () => (await rowIds(scene.server(2))).has(ROW), { what: 'the row on server 2' });
    expect((await rowIds(scene.server(1))).has(ROW)).toBe(false);
    return waiting;
  }

  async function takeOver(kind: TakeoverKind | ForcedKind, designated: number) {
    const { takeover, forced } = scene.operator.orchestrator;
    const rest = { clusterName: `127.0.0.1:${scene.server(1).port}`, designated: keyOf(scene.server(designated)) };
    const outcome = kind.startsWith('force')
      ? await forced.run({ kind: kind as ForcedKind, ...rest }, 'tester')
      : await takeover.run({ kind: kind as TakeoverKind, ...rest }, 'tester');
    return outcome;
  }

  const letGo = async (hindrance: 'stopped' | 'frozen'): Promise<void> => {
    if (hindrance === 'frozen') scene.server(3).resume();
    else await scene.server(3).query(`START ${receiver}`);
  };

  /** Everything is as it was: the primary is open, also when the acknowledgement comes at last, and everybody follows it. */
  async function expectRestored(hindrance: 'stopped' | 'frozen'): Promise<void> {
    for (const number of [1, 2]) expect(await isWritable(scene.server(number))).toBe(number === 1);
    await letGo(hindrance);
    expect(await treeOf(scene.topology)).toBe('2>1 3>1');
    await scene.server(1).query("INSERT INTO app.t VALUES (1, 'afterwards', '')");
    await scene.topology.waitReplicating(3);
    await expectTree(scene.topology, '2>1 3>1');
    await expectSameData(scene.topology, scene.server(1));
    await expectWritable(scene.topology, 1);
    expect((await rowIds(scene.server(1))).has(ROW)).toBe(true);
  }

  it.each(HINDRANCES)(
    'a takeover is carried out or taken back, and the client is not told OK (acknowledger %s)',
    async (hindrance) => {
      const waiting = await letOneWait(hindrance, hindrance === 'frozen');
      const outcome = await takeOver('graceful-master-takeover-auto', 2);
      await waitFor(() => waiting.told() !== null, { what: 'the client to be told' });
      expect(waiting.told()).not.toBe('OK');
      if (flavour === 'mysql-9.7') {
        // A commit that waits is not released by being killed there, and keeps the primary from being closed.
        expect(outcome).toMatchObject({
          kind: 'failed',
          reason: expect.stringContaining('everything is as it was before'),
        });
        return expectRestored(hindrance);
      }
      expect(outcome).toMatchObject({ kind: 'promoted', successor: keyOf(scene.server(2)), troubles: [] });
      expect((await rowIds(scene.server(2))).has(ROW)).toBe(true);
      await expectClosed(scene.server(1));
      expect(await isWritable(scene.server(2))).toBe(true);
      await letGo(hindrance);
      if (hindrance === 'stopped') await expectTree(scene.topology, '1>2 3>2');
      await expectSameData(scene.topology, scene.server(2));
    },
  );

  it.each(HINDRANCES)(
    'force-master-takeover fences first; the client is not told OK (acknowledger %s)',
    async (hindrance) => {
      const waiting = await letOneWait(hindrance, false);
      const outcome = await takeOver('force-master-takeover', 2);
      expect(outcome, JSON.stringify(outcome)).toMatchObject({ kind: 'promoted', successor: keyOf(scene.server(2)) });
      await waitFor(() => waiting.told() !== null, { what: 'the client to be told' });
      expect(waiting.told()).not.toBe('OK');
      expect((await rowIds(scene.server(2))).has(ROW)).toBe(true);
      await expectClosed(scene.server(1));
      expect(await isWritable(scene.server(2))).toBe(true);
      // The row was released by the fence: what the former primary has, its successor has.
      await expect.poll(async () => (await rowIds(scene.server(1))).has(ROW), { timeout: 10_000 }).toBe(true);
    },
  );

  it.runIf(rounds(0, 1) === 1)(
    'a takeover by the one that does not acknowledge is refused: the client goes on waiting, and is told OK when it does',
    async () => {
      const waiting = await letOneWait('stopped', false);
      const outcome = await takeOver('graceful-master-takeover-auto', 3);
      expect(outcome).toMatchObject({ kind: 'refused' });
      expect(waiting.told()).toBeNull();
      await expectRestored('stopped');
      expect(waiting.told()).toBe('OK');
      for (const number of [2, 3]) expect((await rowIds(scene.server(number))).has(ROW)).toBe(true);
    },
  );
});
