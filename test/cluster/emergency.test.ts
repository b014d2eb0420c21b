import { afterEach, describe, expect, it } from 'vitest';
import { vocabularyOf } from '../../lab/flavour.ts';
import { FLAVOURS, type Flavour, type LabServer, waitFor } from '../../lab/index.ts';
import { rounds, rowIds, waitFollows } from '../support/checks.ts';
import { useScene } from '../support/checks-scene.ts';
import { expectSameData, treeOf } from '../support/operations-checks.ts';
import { holdApplier } from '../support/writers.ts';
import { watchFor } from './no-failover-support.ts';

/** Nothing is replaced here: these are the deeds that a mere sight calls for, whether or not anything is recovered. */
const CONFIG = {
  RecoverMasterClusterFilters: [],
  InstancePollSeconds: 1,
  // A frozen server is given up after that; else after ten, but for primaries, which are asked in between.
  MySQLDiscoveryReadTimeoutSeconds: 1,
  ReasonableReplicationLagSeconds: 1,
};
const EDGES = [
  [2, 1],
  [3, 1],
  [4, 3],
] as const;
const HELD_ROWS = 50;

interface SeenInstance {
  readonly Key: { readonly Port: number };
  readonly ReplicationLagSeconds: { readonly Int64: number };
}

/** In the short form the first, where something could be lost by it: MariaDB forgets relay logs; MySQL 9.7 executes with workers. */
const CASES = [
  { frozen: 1, code: 'UnreachableMasterWithLaggingReplicas', replicas: [2, 3] },
  { frozen: 3, code: 'UnreachableIntermediateMasterWithLaggingReplicas', replicas: [4] },
] as const;

const TRIED: readonly Flavour[] = rounds(1, 2) === 2 ? FLAVOURS : ['mysql-9.7', 'mariadb-10.11'];

describe.each(TRIED)('emergency operations on %s', (flavour) => {
  const scene = useScene({ flavour, tree: '1(2,3(4))' });
  const words = vocabularyOf(flavour);
  let held: (() => void)[] = [];

  function letGo(): void {
    for (const release of held) release();
    held = [];
  }
  afterEach(() => {
    letGo();
    for (const server of scene.topology.servers.values()) server.resume();
  });

  /** For what ends at once, by the deed that it calls for: later it is called something else. */
  const waitDetected = (server: LabServer, code: string): Promise<unknown> =>
    scene.program.waitFor(`server ${server.number} to be detected as "${code}"`, async () =>
      scene.program
        .log()
        .some(
          ({ msg, server: name, analysis }) =>
            msg === 'failure detected' && name === `127.0.0.1:${server.port}` && analysis === code,
        ),
    );

  const waitCode = (server: LabServer, code: string): Promise<unknown> =>
    scene.program.waitFor(`server ${server.number} to be called "${code}"`, async () => {
      const { Details } = await scene.program.api<{
        Details: { AnalyzedInstanceKey: { Port: number }; Analysis: string }[];
      }>('replication-analysis');
      const of = Details.filter(({ AnalyzedInstanceKey }) => AnalyzedInstanceKey.Port === server.port);
      return of.map(({ Analysis }) => Analysis).join() === code;
    });

  /** How often the receiver of a replica was restarted. */
  const restartsOf = (replica: LabServer): number =>
    scene.program
      .log()
      .filter(({ msg, server }) => /^receiver restarted/.test(String(msg)) && server === `127.0.0.1:${replica.port}`)
      .length;

  /** Nobody was replaced or moved, everybody replicates, and all hold the same. */
  async function expectAsBefore(): Promise<void> {
    expect(await treeOf(scene.topology)).toBe(EDGES.map((edge) => edge.join('>')).join(' '));
    for (const [replica, source] of EDGES) await waitFollows(flavour, scene.server(replica), scene.server(source));
    await scene.server(1).query("INSERT INTO app.t VALUES (1, 'afterwards', '')");
    await expectSameData(scene.topology, scene.server(1));
    expect(await scene.program.api('audit-recovery')).toEqual([]);
  }

  /** Rows that these replicas have received and do not execute until letGo(); comes back when the program knows of the lag. */
  async function letLag(replicas: readonly LabServer[]): Promise<readonly number[]> {
    for (const replica of replicas) held.push(await holdApplier(replica));
    const ids = Array.from({ length: HELD_ROWS }, (_, index) => 1_000 + index);
    for (const id of ids) await scene.server(1).query("INSERT INTO app.t VALUES (?, 'held', '')", [id]);
    await scene.program.waitFor('the lag to be known', async () => {
      const all = await scene.program.api<SeenInstance[]>(`cluster/127.0.0.1:${scene.server(1).port}`);
      const lagging = all.filter(({ ReplicationLagSeconds }) => ReplicationLagSeconds.Int64 > 1);
      return replicas.every(({ port }) => lagging.some(({ Key }) => Key.Port === port));
    });
    return ids;
  }

  it.each(CASES.slice(0, rounds(1, CASES.length)))(
    '$code: its replicas look again once, keep what they have received, and replicate when it goes on',
    async ({ frozen, code, replicas }) => {
      await scene.start(CONFIG);
      const lagging = replicas.map(scene.server);
      const ids = await letLag(lagging);
      scene.server(frozen).pause();
      await waitDetected(scene.server(frozen), code);
      await scene.program.waitFor('the receivers to be restarted', async () =>
        lagging.every((replica) => restartsOf(replica) > 0),
      );
      await watchFor(1_500);
      // What had been received is executed while nobody is there to send it again.
      letGo();
      for (const replica of lagging) {
        await waitFor(
          async () => {
            const rows = await rowIds(replica);
            return ids.every((id) => rows.has(id));
          },
          { what: `server ${replica.number} to execute what it had received` },
        );
      }
      scene.server(frozen).resume();
      await expectAsBefore();
      expect(lagging.map(restartsOf)).toEqual(lagging.map(() => 1));
    },
  );

  it.runIf(rounds(0, 1) === 1)('AllMasterReplicasNotReplicating: starts nobody whom a person has stopped', async () => {
    await scene.start(CONFIG);
    const replicas = [scene.server(2), scene.server(3)];
    for (const replica of replicas) await replica.query(words.stopReplica);
    await waitCode(scene.server(1), 'AllMasterReplicasNotReplicating');
    await watchFor(1_000);
    for (const replica of replicas) {
      const status = await replica.replicaStatus();
      expect([status?.[words.receiverColumn], status?.[words.applierColumn]]).toEqual(['No', 'No']);
      await replica.query(words.startReplica);
    }
    await waitCode(scene.server(1), '');
    await expectAsBefore();
    expect(replicas.map(restartsOf)).toEqual([0, 0]);
  });
});
