import { describe, expect, it } from 'vitest';
import { FLAVOURS, type Flavour } from '../../lab/index.ts';
import { registerCandidate, replicaState, rounds } from '../support/checks.ts';
import { useScene } from '../support/checks-scene.ts';
import { treeOf } from '../support/operations-checks.ts';
import { isWritable } from '../support/safety.ts';
import { TAKEOVER_CONFIG } from '../support/takeover.ts';

/** What has nothing to do with the flavour. */
const TRIED: readonly Flavour[] = rounds(1, 2) === 2 ? FLAVOURS : ['mysql-9.7'];

interface Answer {
  readonly Code: string;
  readonly Message: string;
}

describe.each(TRIED)('who takes over when it is ordered, on %s', (flavour) => {
  const scene = useScene({ flavour, tree: '1(2,3(4))' });

  const order = (kind: string, designated: number | null): Promise<Answer> => {
    const { port } = scene.topology.primary;
    const named = designated === null ? '' : `/127.0.0.1/${scene.server(designated).port}`;
    return scene.program.api<Answer>(`${kind}/127.0.0.1:${port}${named}`);
  };

  it('nobody who is no direct replica, or stands in another region; and nothing is changed', async () => {
    await scene.start({
      ...TAKEOVER_CONFIG,
      PreventCrossRegionMasterFailover: true,
      DetectRegionQuery: `SELECT IF(@@port = ${scene.server(2).port}, 'there', 'here')`,
    });
    expect(await order('graceful-master-takeover', 4)).toMatchObject({
      Code: 'ERROR',
      Message: expect.stringMatching(/is not a direct replica/),
    });
    expect(await order('graceful-master-takeover', null)).toMatchObject({
      Code: 'ERROR',
      Message: expect.stringMatching(/target instance not indicated/),
    });
    expect(await order('graceful-master-takeover', 2)).toMatchObject({
      Code: 'ERROR',
      Message: expect.stringMatching(/PreventCrossRegionMasterFailover/),
    });
    expect(await treeOf(scene.topology)).toBe('2>1 3>1 4>3');
    for (const number of [1, 2, 3]) expect(await isWritable(scene.server(number))).toBe(number === 1);
    // "auto" looks for another: the one that stands here.
    expect(await order('graceful-master-takeover-auto', null)).toMatchObject({ Code: 'OK' });
    expect(await isWritable(scene.server(3))).toBe(true);
  });

  it.runIf(rounds(0, 1) === 1)('auto: the preferred one, though nobody names it', async () => {
    const program = await scene.start(TAKEOVER_CONFIG);
    await registerCandidate(program, scene.server(3), 'prefer');
    expect(await order('graceful-master-takeover-auto', null)).toMatchObject({ Code: 'OK' });
    expect(await treeOf(scene.topology)).toBe('1>3 2>3 4>3');
    for (const number of [1, 2, 3]) expect(await isWritable(scene.server(number))).toBe(number === 3);
    // Back to the only one it may be: the plain kind needs no name then.
    await program.api(`relocate/127.0.0.1/${scene.server(2).port}/127.0.0.1/${scene.server(1).port}`);
    await program.api(`relocate/127.0.0.1/${scene.server(4).port}/127.0.0.1/${scene.server(1).port}`);
    const answer = await program.api<Answer>(`graceful-master-takeover/127.0.0.1:${scene.server(3).port}`);
    expect(answer).toMatchObject({ Code: 'OK' });
    expect(await isWritable(scene.server(1))).toBe(true);
    expect(await replicaState(flavour, scene.server(3))).toMatchObject({
      sourcePort: scene.server(1).port,
      receiver: 'No',
    });
  });
});
