import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { FLAVOURS, type LabTopology, startTopology, waitFor } from '../../lab/index.ts';
import type { Servers } from '../../src/engine/ports.ts';
import { expectOneCluster, rounds, rowIds, waitRecovered } from '../support/checks.ts';
import { useScene } from '../support/checks-scene.ts';
import { watchWritable } from '../support/checks-writable.ts';
import type { Engine } from '../support/engine.ts';
import { expectClosed, expectNoneLost, isWritable } from '../support/safety.ts';
import { isRefusedToWrite } from '../support/writers.ts';

const FENCED_WITHIN_MS = 5_000;
/** A supervisor restarts the dead primary after this time, writable as it was. */
const DELAYS_MS = Array.from({ length: rounds(1, 10) }, () => [300, 3_000]).flat();

describe.each(FLAVOURS)('a replaced primary on %s', (flavour) => {
  const scene = useScene({ flavour, tree: '1(2,3,4)' });

  it.each(DELAYS_MS)('that is restarted writable %i ms after its death is fenced', async (delayMs) => {
    const program = await scene.start({ AuditToBackendDB: true });
    const { topology } = scene;
    const dead = topology.primary;
    const writer = topology.follow({ connections: 2 });
    const watch = watchWritable(topology);
    await waitFor(() => writer.acknowledged.length >= 100, { what: '100 rows' });
    await dead.kill();
    const killedAtMs = performance.timeOrigin + performance.now();
    // On a machine under load it may take longer: a primary that is back before that is simply the primary still.
    const isReplaced = async (): Promise<boolean> =>
      (await Promise.all(scene.others(dead).map(isWritable))).includes(true);
    await Promise.all([
      sleep(delayMs),
      waitFor(isReplaced, { what: 'a successor to take writes', deadlineMs: 30_000 }),
    ]);
    const restartedAtMs = performance.timeOrigin + performance.now();
    await dead.restart({ readOnly: false });
    const backAtMs = performance.now();
    await waitFor(async () => !(await isWritable(dead)), {
      what: 'the returned server to be fenced',
      deadlineMs: FENCED_WITHIN_MS,
    });
    console.log(
      `${flavour}: restarted after ${delayMs} ms, closed ${Math.round(performance.now() - backAtMs)} ms after it answered`,
    );
    const { successor } = await waitRecovered(program, topology, dead);
    const deposed = await program.waitFor('the API to show the fence', async () => {
      const [one] = await program.api<{ key: { port: number }; fencedAtMs: number | null }[]>('deposed-primaries');
      return one !== undefined && one.fencedAtMs !== null ? one : null;
    });
    expect(deposed.key.port).toBe(dead.port);
    if (flavour === 'mysql-9.7') {
      // The fence sets offline_mode for a moment and takes it back: the server shall be looked at.
      const [row] = await dead.query('SELECT @@global.super_read_only AS ro, @@global.offline_mode AS off');
      expect([Number(row?.ro), Number(row?.off)]).toEqual([1, 0]);
    }
    expect(await isRefusedToWrite(dead)).toBe(true);

    const before = writer.acknowledged.length;
    await waitFor(() => writer.acknowledged.length > before + 50, { what: 'writes to go on' });
    const report = await writer.stop();
    const { longestOverlapMs, between } = await watch.stop();
    console.log(
      `${flavour}: two writable servers (${between.join(' and ')}) for at most ${Math.round(longestOverlapMs)} ms`,
    );
    // Some 50 ms; no closer than the fence itself is waited for, since whatever else runs here delays us and the sampling.
    expect(longestOverlapMs).toBeLessThan(FENCED_WITHIN_MS);
    // What the dead server acknowledged just before it died may be read just after.
    const later = report.acknowledged.filter(
      ({ server, atMs }) => atMs > (server === dead.number ? restartedAtMs : killedAtMs),
    );
    expect(later.filter(({ server }) => server === dead.number)).toEqual([]);
    expectNoneLost(
      later.map(({ id }) => id),
      await rowIds(successor),
    );
    await expectOneCluster(topology, successor, scene.others(dead, successor));
    await expectClosed(dead);

    const audit = await program.api<{ AuditType: string; Message: string }[]>(`audit/instance/127.0.0.1/${dead.port}`);
    expect(audit.find(({ AuditType }) => AuditType === 'fence-deposed-primary')?.Message).toMatch(
      /returned and was fenced/,
    );
    const explanations = await program.api<{ sentence: string }[]>('explanations');
    const returned = expect.stringMatching(new RegExp(`127\\.0\\.0\\.1:${dead.port} returned and was fenced`));
    expect(explanations.map(({ sentence }) => sentence)).toContainEqual(returned);
  });
});

/** In the long form only: what is decided is tested without servers (lift-fence.test.ts). */
const isPlayed = rounds(0, 1) > 0;

describe.runIf(isPlayed).each(FLAVOURS)('a primary that comes back while its successor hangs, on %s', (flavour) => {
  let engine: Engine | null = null;
  let topology: LabTopology | null = null;
  afterEach(async () => {
    await engine?.close();
    await topology?.close();
  });

  it('is fenced, and takes writes again once the recovery is called off: nobody has replaced it', async () => {
    const lab = await startTopology({ flavour, tree: '1(2,3)' });
    topology = lab;
    const { primary } = lab;
    await primary.query("INSERT INTO app.t VALUES (1, 'l', 'x')");
    for (const number of [2, 3]) await lab.waitCaughtUp(number);
    let hasHung = false;
    const wrapServers = (servers: Servers): Servers => ({
      ...servers,
      async execute(instance, command, options) {
        if (command.kind !== 'stop-applier' || hasHung) return servers.execute(instance, command, options);
        hasHung = true;
        await primary.restart({ readOnly: false });
        await waitFor(async () => !(await isWritable(primary)), { what: 'the primary to be fenced' });
        return { kind: 'failed', failure: { kind: 'deadline', errorNumber: null, message: 'STOP hangs' } };
      },
    });
    const { keyOf, openEngine } = await import('../support/engine.ts');
    const open = await openEngine(lab, {
      mode: 'continuous',
      config: { RecoverMasterClusterFilters: ['*'], AuditToBackendDB: true },
      wrapServers,
    });
    engine = open;
    await primary.kill();
    await waitFor(async () => ((await open.orchestrator.recoveries({}))[0]?.endedAt ?? '') !== '', {
      what: 'the recovery to end',
      deadlineMs: 60_000,
    });
    const [record] = await open.orchestrator.recoveries({});
    expect(record).toMatchObject({ isSuccessful: false, successor: null });
    expect(record?.errors.join('\n')).toMatch(/answers again/);
    expect(record?.errors.join('\n')).not.toMatch(/read-only since/);
    const steps = await open.orchestrator.recoverySteps(record?.uid ?? '');
    expect(steps.map(({ message }) => message).join('\n')).toMatch(/takes writes again, as before/);
    expect(await isWritable(primary)).toBe(true);
    expect(await open.orchestrator.deposedPrimaries()).toEqual([]);
    for (const number of [2, 3]) await lab.waitReplicating(number);
    for (const number of [2, 3]) await expectClosed(lab.server(number));
    expect((await open.orchestrator.discover(keyOf(primary))).instance?.isReadOnly).toBe(false);
  });
});
