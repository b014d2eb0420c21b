import { expect } from 'vitest';
import { LAB_USERS, type Writer, type WriterOptions } from '../../lab/index.ts';
import type { Servers } from '../../src/engine/ports.ts';
import type { TakeoverKind } from '../../src/plan/operations/request.ts';
import { replicaState } from './checks.ts';
import { keyOf } from './operations.ts';
import type { OperationsScene } from './operations-scene.ts';
import { expectClosed, isWritable } from './safety.ts';

/** MariaDB does not keep the replication account where it could be asked for; and a takeover taken for a failure would show. */
export const TAKEOVER_CONFIG = {
  RecoverMasterClusterFilters: ['*'],
  MySQLReplicationUser: LAB_USERS.replication.user,
  MySQLReplicationPassword: LAB_USERS.replication.password,
};

/** The request to take over from server `from`; `designated`: the successor, null where it is to be chosen. */
export function takeoverRequest(scene: OperationsScene, kind: TakeoverKind, from: number, designated: number | null) {
  const record = scene.operator.orchestrator.fleet().recordOf(keyOf(scene.server(from)));
  const successor = designated === null ? null : keyOf(scene.server(designated));
  return { kind, clusterName: record?.position.clusterName ?? '', designated: successor };
}

export const takeOver = (scene: OperationsScene, ...request: [TakeoverKind, number, number | null]) =>
  scene.operator.orchestrator.takeover.run(takeoverRequest(scene, ...request), 'tester');

/** How many more rows the writers must get in after a takeover, and within what time, until they are taken to go on. */
const GOES_ON = { count: 50, withinMs: 20_000 };
/** In less time than a commit may wait for an acknowledgement. */
export const WITHOUT_WAITING = { count: 20, withinMs: 8_000 };

/** Writers that follow the primary, well under way. */
export async function startFollowing(scene: OperationsScene, options: WriterOptions = {}): Promise<Writer> {
  const writer = scene.topology.follow({ connections: 2, intervalMs: 4, ...options });
  await expect.poll(() => writer.acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(50);
  return writer;
}

/** The takeover (auto) has no troubles, and the writers go on at the successor. */
export async function expectTakenOver(
  scene: OperationsScene,
  writer: Writer,
  from: number,
  to: number,
  { count, withinMs } = GOES_ON,
): Promise<void> {
  const outcome = await takeOver(scene, 'graceful-master-takeover-auto', from, to);
  const expected = { kind: 'promoted', successor: keyOf(scene.server(to)), troubles: [] };
  expect(outcome, JSON.stringify(outcome)).toMatchObject(expected);
  const before = writer.acknowledged.length;
  await expect.poll(() => writer.acknowledged.length, { timeout: withinMs }).toBeGreaterThan(before + count);
}

/** The writers end; the server holds every row of which they were told OK. */
export async function expectNothingLost(scene: OperationsScene, writer: Writer, server: number): Promise<void> {
  const { acknowledged } = await writer.stop();
  expect(await scene.topology.lostWrites(server, acknowledged)).toEqual([]);
}

/** What a plain takeover leaves: the former primary follows the successor by configuration only, closed; the successor takes writes. */
export async function expectLeftAtRest(scene: OperationsScene, former: number, successor: number): Promise<void> {
  expect(await replicaState(scene.topology.flavour, scene.server(former))).toEqual({
    sourcePort: scene.server(successor).port,
    receiver: 'No',
    applier: 'No',
  });
  await expectClosed(scene.server(former));
  expect(await isWritable(scene.server(successor))).toBe(true);
}

export const FAULTS = ['not obeyed', 'obeyed, the answer lost'] as const;
export type Fault = (typeof FAULTS)[number];

/** The n-th command (from 0) fails, once. */
export interface Faults {
  kind: Fault;
  countdown: number;
  hit: string;
  /** Sessions of clients are always ended, since one clings to the server (`startClingingClient`); else they are so only where the closing does not come about at once, which no two runs have in common. */
  readonly withKills?: true;
}

/** The servers with such a fault. */
export const withFaults =
  (faults: Faults) =>
  (servers: Servers): Servers => ({
    ...servers,
    async execute(instance, command, options) {
      if (command.kind === 'kill-client-sessions' && faults.withKills !== true)
        return servers.execute(instance, command, options);
      const isHit = faults.countdown === 0;
      faults.countdown -= 1;
      if (!isHit) return servers.execute(instance, command, options);
      faults.hit = `${command.kind} on ${instance.key.port % 10}`;
      if (faults.kind === 'obeyed, the answer lost') await servers.execute(instance, command, options);
      return { kind: 'failed', failure: { kind: 'answered', errorNumber: null, message: `invented: ${faults.hit}` } };
    },
  });
