import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FLAVOURS, type LabServer, waitFor } from '../../lab/index.ts';
import {
  expectNothingErrant,
  instanceOf,
  registerCandidate,
  replicaState,
  rounds,
  stepsOf,
  waitEnded,
  waitFollows,
  waitRecovered,
} from '../support/checks.ts';
import { useScene } from '../support/checks-scene.ts';
import { linesOf } from '../support/lines-of.ts';
import type { Program } from '../support/program.ts';
import { expectClosed, isWritable } from '../support/safety.ts';

const AUTOMATIC = { RecoverIntermediateMasterClusterFilters: ['*'], RecoverMasterClusterFilters: ['*'] };

const sentenceAbout = (program: Program, server: LabServer, pattern: RegExp): Promise<string> =>
  program.waitFor(`a sentence like ${pattern}`, async () => {
    const all = await program.api<{ server?: { port: number }; sentence: string }[]>('explanations');
    return all.find((one) => one.server?.port === server.port && pattern.test(one.sentence))?.sentence;
  });

describe.each(FLAVOURS)('a dead intermediate source on %s', (flavour) => {
  const scene = useScene({ flavour, tree: '1(2(4,5),3)' });

  /** Nothing is lost: every server that is left has what the writer was told to be written. */
  async function expectNothingLost(acknowledged: Parameters<typeof scene.topology.lostWrites>[1]): Promise<void> {
    const { topology } = scene;
    for (const server of [3, 4, 5].map(scene.server)) {
      await topology.waitCaughtUp(server.number, 1);
      await expectNothingErrant(topology, server, scene.server(1));
      await expectClosed(server);
      expect(await topology.lostWrites(server.number, acknowledged)).toEqual([]);
    }
    expect(await isWritable(scene.server(1))).toBe(true);
  }

  it('has its replicas moved below its sibling, under writes, with hooks and history', async () => {
    const notes = join(scene.topology.dir, 'hooks');
    const note = (name: string): string[] => [
      `echo '${name} {instanceType} {successorPort} {isSuccessful}' >> ${notes}`,
    ];
    const program = await scene.start({
      ...AUTOMATIC,
      OnFailureDetectionProcesses: note('detected'),
      PreFailoverProcesses: note('pre'),
      PostIntermediateMasterFailoverProcesses: note('intermediate'),
      PostMasterFailoverProcesses: note('primary'),
      PostFailoverProcesses: note('post'),
    });
    const { topology } = scene;
    const dead = scene.server(2);
    const writer = topology.follow();
    await waitFor(() => writer.acknowledged.length >= 50, { what: '50 rows' });
    await dead.kill();
    const { successor, recovery } = await waitRecovered(program, topology, dead);
    expect(successor.number).toBe(3);
    expect(recovery.LostReplicas).toEqual([]);
    expect(recovery.AnalysisEntry.Analysis).toMatch(/^DeadIntermediateMaster/);
    for (const number of [4, 5]) await waitFollows(flavour, scene.server(number), successor);
    const { acknowledged } = await writer.stop();
    await expectNothingLost(acknowledged);
    await waitFor(() => linesOf(notes).some((line) => line.startsWith('post')), { what: 'the last hook' });
    const port = String(successor.port);
    expect(linesOf(notes)).toEqual([
      'detected intermediate-master {successorPort} false',
      'pre intermediate-master {successorPort} false',
      `intermediate intermediate-master ${port} true`,
      `post intermediate-master ${port} true`,
    ]);
    // It was a replica all the time: it comes back as one, without replicas of its own.
    await dead.restart({ readOnly: true });
    await waitFollows(flavour, dead, scene.server(1));
    expect(await instanceOf(program, dead)).toMatchObject({ IsDowntimed: false });
  });

  it.runIf(flavour === 'mariadb-10.11' || rounds(1, 2) === 2)(
    'has its replicas regrouped, and their leader moved up, where no sibling may have them',
    async () => {
      const program = await scene.start(AUTOMATIC);
      const { topology } = scene;
      await registerCandidate(program, scene.server(3), 'must_not');
      const dead = scene.server(2);
      const writer = topology.follow();
      await waitFor(() => writer.acknowledged.length >= 50, { what: '50 rows' });
      await dead.kill();
      const { successor } = await waitRecovered(program, topology, dead);
      expect([4, 5]).toContain(successor.number);
      await waitFollows(flavour, successor, scene.server(1));
      await waitFollows(flavour, scene.server(successor.number === 4 ? 5 : 4), successor);
      const { acknowledged } = await writer.stop();
      await expectNothingLost(acknowledged);
    },
  );
});

describe('a dead intermediate source', () => {
  const flavour = 'mysql-9.7';
  const scene = useScene({ flavour, tree: '1(2(4,5),3)' });

  it('is left alone, with a sentence, where the filters do not match; by hand it is recovered', async () => {
    const program = await scene.start({ RecoverIntermediateMasterClusterFilters: ['elsewhere'] });
    const { topology } = scene;
    const dead = scene.server(2);
    const writer = topology.follow();
    await waitFor(() => writer.acknowledged.length >= 50, { what: '50 rows' });
    await dead.kill();
    await sentenceAbout(program, dead, /RecoverIntermediateMasterClusterFilters do not match/);
    expect(await program.api('audit-recovery')).toEqual([]);
    expect(await replicaState(flavour, scene.server(4))).toMatchObject({ sourcePort: dead.port });
    // A replica dies as well: the other one goes where nobody has to be regrouped.
    await registerCandidate(program, scene.server(3), 'must_not');
    await scene.server(5).kill();
    const outcome = await program.api<{ Code: string; Message: string }>(`recover/127.0.0.1/${dead.port}`);
    expect(outcome).toMatchObject({ Code: 'OK' });
    const recovery = await waitEnded(program, dead);
    expect(recovery).toMatchObject({ IsSuccessful: true, SuccessorKey: { Port: scene.server(1).port } });
    expect(recovery.LostReplicas.map(({ Port }) => Port)).toEqual([scene.server(5).port]);
    expect((await stepsOf(program, recovery.UID)).join('\n')).toMatch(/Plan D/);
    await waitFollows(flavour, scene.server(4), scene.server(1));
    const { acknowledged } = await writer.stop();
    await topology.waitCaughtUp(4, 1);
    expect(await topology.lostWrites(4, acknowledged)).toEqual([]);
  });

  it('is recovered to the end by the next process when ours dies in the middle', async () => {
    const died = join(scene.topology.dir, 'died');
    const program = await scene.start({
      ...AUTOMATIC,
      PreFailoverProcesses: [`test -e ${died} || { touch ${died}; kill -9 $PPID; sleep 5; }`],
    });
    const dead = scene.server(2);
    await dead.kill();
    await waitFor(() => existsSync(died), { what: 'the program to be killed' });
    await program.kill();
    for (const number of [4, 5])
      expect(await replicaState(flavour, scene.server(number))).toMatchObject({ sourcePort: dead.port });
    await program.start();
    const { recovery } = await waitRecovered(program, scene.topology, dead, 60_000);
    expect((await stepsOf(program, recovery.UID)).join('\n')).toMatch(/Going on with the recovery/);
    const living = [1, 3, 4, 5].map((number) => scene.server(number).port);
    for (const server of [4, 5].map(scene.server)) {
      const isMoved = async (): Promise<boolean> => {
        const state = await replicaState(flavour, server);
        return (
          state !== null && living.includes(state.sourcePort) && state.receiver === 'Yes' && state.applier === 'Yes'
        );
      };
      await waitFor(isMoved, { what: `server ${server.number} to follow a living server` });
    }
  });
});
