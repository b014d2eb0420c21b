import { setTimeout as sleep } from 'node:timers/promises';
import { vocabularyOf } from '../../../lab/flavour.ts';
import { type CutFrom, type CutMode, type LabServer, waitFor } from '../../../lab/index.ts';
import { allOf, between, type ChaosScene, pick, restartAs, writableNow } from './scene.ts';

/** What may follow of a fault: another primary, the same one, or either. */
export type Aftermath = 'failover' | 'same-primary' | 'either';

export interface Fault {
  readonly name: string;
  readonly aftermath: Aftermath;
  /** With the primary dies a replica that may have acknowledged; where it throws its relay log away at its start, rows go with it. */
  readonly crashesAcknowledger?: true;
  /** Does it to the servers (or to us), and leaves them so; `settle` brings back what died. */
  strike(scene: ChaosScene, primary: LabServer): Promise<void>;
}

const LONG_MS = 60_000;

/** Waits until a server other than this one takes writes. */
const replaced = (scene: ChaosScene, primary: LabServer): Promise<unknown> =>
  waitFor(async () => (await writableNow(scene)).some((server) => server !== primary), {
    what: `server ${primary.number} to be replaced`,
    deadlineMs: LONG_MS,
    intervalMs: 20,
  });

const othersOf = (scene: ChaosScene, primary: LabServer): readonly LabServer[] =>
  allOf(scene).filter((server) => server !== primary);

async function cutFor(server: LabServer, mode: CutMode, from: CutFrom, ms: number): Promise<void> {
  await server.proxy?.cut(mode, { from });
  await sleep(ms);
  await server.proxy?.heal();
}

export const FAULTS: readonly Fault[] = [
  {
    name: 'the primary is killed',
    aftermath: 'failover',
    async strike(scene, primary) {
      await primary.kill();
      await replaced(scene, primary);
    },
  },
  {
    name: 'the primary is killed and a supervisor starts it again, writable',
    aftermath: 'either',
    async strike(scene, primary) {
      await primary.kill();
      await sleep(between(scene, 0, 3_000));
      await restartAs(scene, primary, 'primary');
    },
  },
  {
    name: 'the primary and a replica are killed',
    aftermath: 'failover',
    crashesAcknowledger: true,
    async strike(scene, primary) {
      const victim = pick(scene, othersOf(scene, primary));
      await Promise.all([primary.kill(), victim.kill()]);
      // Under semi-sync nobody is promoted before the replica, which alone may hold what it acknowledged, is back.
      await sleep(between(scene, 0, 3_000));
      await restartAs(scene, victim, 'replica');
      await replaced(scene, primary);
    },
  },
  {
    name: 'a replica dies while the primary is replaced',
    aftermath: 'failover',
    crashesAcknowledger: true,
    async strike(scene, primary) {
      const victim = pick(scene, othersOf(scene, primary));
      const killing = primary.kill();
      await sleep(between(scene, 0, 400));
      await Promise.all([killing, victim.kill()]);
      await sleep(between(scene, 0, 3_000));
      await restartAs(scene, victim, 'replica');
      // A recovery that could not go on blocks the next one until somebody says so.
      await waitFor(
        async () => {
          if ((await writableNow(scene)).some((server) => server !== primary)) return true;
          await scene.program.api('ack-all-recoveries?comment=chaos');
          return false;
        },
        { what: 'one of the rest to take writes', deadlineMs: LONG_MS, intervalMs: 500 },
      );
    },
  },
  {
    name: 'the primary stands still for long',
    aftermath: 'failover',
    async strike(scene, primary) {
      primary.pause();
      await replaced(scene, primary);
      await sleep(between(scene, 0, 2_000));
      primary.resume();
    },
  },
  {
    name: 'the primary stands still for a moment',
    aftermath: 'either',
    async strike(scene, primary) {
      primary.pause();
      await sleep(between(scene, 50, 4_000));
      primary.resume();
    },
  },
  {
    name: 'the primary is cut off from everybody',
    aftermath: 'failover',
    async strike(scene, primary) {
      await primary.proxy?.cut(pick(scene, ['blackhole', 'refuse'] as const));
      await replaced(scene, primary);
      await sleep(between(scene, 0, 2_000));
      await primary.proxy?.heal();
    },
  },
  {
    name: 'the primary is cut off from us alone',
    aftermath: 'same-primary',
    strike: (scene, primary) =>
      cutFor(primary, pick(scene, ['blackhole', 'reset'] as const), 'others', between(scene, 200, 4_000)),
  },
  {
    name: 'the primary is cut off from its replicas alone',
    aftermath: 'same-primary',
    strike: (scene, primary) =>
      cutFor(primary, pick(scene, ['blackhole', 'reset'] as const), 'servers', between(scene, 200, 4_000)),
  },
  {
    name: 'a replica is killed',
    aftermath: 'same-primary',
    strike: (scene, primary) => pick(scene, othersOf(scene, primary)).kill(),
  },
  {
    name: 'a replica stands still for a while',
    aftermath: 'same-primary',
    async strike(scene, primary) {
      const victim = pick(scene, othersOf(scene, primary));
      victim.pause();
      await sleep(between(scene, 200, 4_000));
      victim.resume();
    },
  },
  {
    name: 'the replication of a replica is stopped, then the primary killed',
    aftermath: 'failover',
    async strike(scene, primary) {
      await pick(scene, othersOf(scene, primary)).query(vocabularyOf(scene.topology.flavour).stopReplica);
      await sleep(between(scene, 0, 1_500));
      await primary.kill();
      await replaced(scene, primary);
    },
  },
  {
    name: 'we are killed together with the primary, and start again',
    aftermath: 'failover',
    async strike(scene, primary) {
      await primary.kill();
      await sleep(between(scene, 0, 300));
      await scene.program.kill();
      await scene.program.start();
      await replaced(scene, primary);
    },
  },
  {
    name: 'we stand still while the primary dies',
    aftermath: 'failover',
    async strike(scene, primary) {
      process.kill(scene.program.pid, 'SIGSTOP');
      await primary.kill();
      await sleep(between(scene, 0, 4_000));
      process.kill(scene.program.pid, 'SIGCONT');
      await replaced(scene, primary);
    },
  },
  {
    name: 'we stand still while nothing happens',
    aftermath: 'same-primary',
    async strike(scene) {
      process.kill(scene.program.pid, 'SIGSTOP');
      await sleep(between(scene, 500, 6_000));
      process.kill(scene.program.pid, 'SIGCONT');
    },
  },
  {
    name: 'the primary is taken over gracefully',
    aftermath: 'either',
    async strike(scene, primary) {
      const answer = await scene.program.api<{ Code: string; Message: string }>(
        `graceful-master-takeover-auto/127.0.0.1/${primary.port}`,
      );
      scene.tell(`takeover: ${answer.Code} ${answer.Message}`);
    },
  },
  {
    name: 'the primary is killed during a graceful takeover',
    aftermath: 'either',
    async strike(scene, primary) {
      const asked = scene.program
        .api<{ Code: string; Message: string }>(`graceful-master-takeover-auto/127.0.0.1/${primary.port}`)
        .catch((thrown: unknown) => ({ Code: 'no answer', Message: String(thrown) }));
      await sleep(between(scene, 0, 150));
      await primary.kill();
      const { Code, Message } = await asked;
      scene.tell(`takeover: ${Code} ${Message}`);
      await waitFor(async () => (await writableNow(scene)).length > 0, {
        what: 'somebody to take writes',
        deadlineMs: LONG_MS,
      });
    },
  },
];
