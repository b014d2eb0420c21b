import { describe, expect, it } from 'vitest';
import { FLAVOURS } from '../../lab/index.ts';
import type { Readiness } from '../../src/plan/readiness/readiness.ts';
import { waitRecovered } from '../support/checks.ts';
import { useScene } from '../support/checks-scene.ts';
import { cli, client, keyOf } from './program-support.ts';

describe.each(FLAVOURS)('failover readiness on %s', (flavour) => {
  const scene = useScene({ flavour, tree: '1(2,3,4)' });

  it('names who is promoted when the primary dies the next moment', async () => {
    const program = await scene.start({ InstancePollSeconds: 1 });
    const { topology } = scene;
    const dead = topology.primary;
    const hint = encodeURIComponent(keyOf(dead));
    const ask = (): Promise<Readiness> => program.api<Readiness>(`failover-readiness/${hint}`);

    const ready = await program.waitFor('the cluster to be ready', async () => {
      const answer = await ask();
      return answer.verdict === 'ready' && answer;
    });
    expect(ready.loss).toMatchObject({ kind: 'nothing-known', transactions: 0 });
    expect(ready.candidates.map(({ rank }) => rank)).toEqual([1, 2, 3]);

    await program.api(`register-candidate/127.0.0.1/${scene.server(3).port}/prefer`);
    await program.api('disable-global-recoveries');
    const blocked = await program.waitFor('both to be seen', async () => {
      const answer = await ask();
      return answer.successor?.port === scene.server(3).port && answer.verdict === 'blocked' && answer;
    });
    expect(blocked.blockers.map(({ rule }) => rule)).toEqual(['globally-disabled']);
    await program.api('enable-global-recoveries');
    await scene.server(4).kill();
    const degraded = await program.waitFor('the dead replica to be missed', async () => {
      const answer = await ask();
      return answer.verdict === 'degraded' && answer;
    });
    expect(degraded.warnings).toMatchObject([{ rule: 'no-answer', servers: [keyOf(scene.server(4))] }]);

    const said = `degraded: ${keyOf(scene.server(3))} would replace ${keyOf(dead)}`;
    const asking = ['-c', 'failover-readiness', '-i', keyOf(dead)] as const;
    const fromClient = await client(program, ...asking);
    expect(fromClient.stdout, fromClient.stderr).toContain(said);
    // A command of its own knows what the backend knows, which is told once a second.
    await program.waitFor('the command line to know as much', async () =>
      (await cli(program, ...asking)).stdout.includes(said),
    );

    const asked = await ask();
    await dead.kill();
    const { successor } = await waitRecovered(program, topology, dead);
    expect(successor.port).toBe(asked.successor?.port);
    const metrics = await (await fetch(`${program.url}/metrics`)).text();
    expect(metrics).toMatch(/orchestrator_failover_readiness\{cluster="127\.0\.0\.1:\d+"\} [012]/);
  });
});
