import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FLAVOURS, type Flavour, type LabServer, type LabTopology, startTopology } from '../../lab/index.ts';
import type { OperationKind } from '../../src/plan/operations/request.ts';
import { keyOf, type Operator, openOperator } from '../support/operations.ts';
import { useOperationsScene } from '../support/operations-scene.ts';

/** Statements that a reading never sends, by the counters of the server. */
const DEEDS = [
  'Com_change_master',
  'Com_change_replication_source',
  'Com_slave_start',
  'Com_slave_stop',
  'Com_replica_start',
  'Com_replica_stop',
  'Com_start_slave',
  'Com_stop_slave',
  'Com_start_all_slaves',
  'Com_stop_all_slaves',
  'Com_reset',
  'Com_insert',
  'Com_purge',
  'Com_flush',
  'Com_kill',
  'Com_commit',
];

/** How often each such statement was sent to a server since its start. */
async function deedsOn(server: LabServer): Promise<Readonly<Record<string, number>>> {
  const rows = await server.query("SHOW GLOBAL STATUS LIKE 'Com_%'");
  const counts = rows.map((row) => [String(row.Variable_name), Number(row.Value)] as const);
  return Object.fromEntries(counts.filter(([name]) => DEEDS.includes(name)));
}

/** What is asked, and the rule that refuses it. */
type Nonsense = readonly [string, readonly [OperationKind, number, number?], string];

describe.each(FLAVOURS)('what cannot be is refused on %s before any statement is sent', (flavour) => {
  const withoutUpdates = { 'mysql-9.7': '--skip-log-replica-updates', 'mariadb-10.11': '--skip-log-slave-updates' };
  const scene = useOperationsScene({
    flavour,
    tree: '1(2(5),3,4)',
    serverSettings: {
      // MySQL 5.6 cannot have GTIDs without it.
      ...(flavour === 'mysql-5.6' ? {} : { 3: [withoutUpdates[flavour]] }),
      5: ['--binlog-format=STATEMENT'],
    },
  });

  const nonsense: readonly Nonsense[] = [
    ['below itself', ['relocate', 2, 2], 'same-server'],
    ['below its own replica', ['relocate', 2, 5], 'descendant'],
    ['the primary below the replica of its replica', ['relocate', 1, 5], 'descendant'],
    ['a server that does not replicate', ['repoint', 1], 'not-a-replica'],
    ['below one that logs rows, from one that logs statements', ['relocate', 5, 1], 'binlog-format'],
    ['itself by GTID', ['move-gtid', 4, 4], 'same-server'],
    ['no place known to be equal', ['move-equivalent', 4, 2], 'no-equivalence'],
    ['Pseudo-GTID where there is none', ['match', 4, 2], 'no-pseudo-gtid'],
    ['below no sibling', ['move-below', 4, 5], 'not-siblings'],
    ['a replica that replicates already is skipped', ['skip-query', 4], 'applier-running'],
    ['the source of nobody goes up', ['move-up', 1], 'not-a-replica'],
    ['below the top there is no way up', ['move-up', 2], 'source-is-top'],
  ];

  it('nonsense', async () => {
    const servers = [...scene.topology.servers.values()];
    for (const [what, words, rule] of nonsense) {
      const before = await Promise.all(servers.map(deedsOn));
      const refusal = await scene.operator.refused(...words);
      expect(await Promise.all(servers.map(deedsOn)), what).toEqual(before);
      expect(
        refusal.objections.map((objection) => objection.rule),
        what,
      ).toEqual([rule]);
      expect(refusal.reason, what).toMatch(/./);
    }
  });

  it.runIf(flavour !== 'mysql-5.6')('below a server that does not log what it applies', async () => {
    const refusal = await scene.operator.refused('relocate', 4, 3);
    expect(refusal.objections.map(({ rule }) => rule)).toEqual(['no-replica-updates']);
  });

  it('servers that nobody knows, as instance and as destination', async () => {
    const { orchestrator } = scene.operator;
    const unknown = { hostname: '127.0.0.1', port: 1 };
    const replica = keyOf(scene.server(4));
    for (const [instance, destination] of [
      [unknown, replica],
      [replica, unknown],
    ] as const) {
      const outcome = await orchestrator.operations.run({ kind: 'relocate', instance, destination }, 'tester');
      expect(outcome).toMatchObject({ kind: 'refused', refusal: { objections: [{ rule: 'unknown-server' }] } });
    }
    expect(orchestrator.fleet().recordOf(unknown)).toBeNull();
  });

  it('a server that was killed since it was last read', async () => {
    await scene.server(2).kill();
    for (const [server, destination] of [
      [4, 2],
      [2, 4],
    ] as const) {
      const refusal = await scene.operator.refused('relocate', server, destination);
      expect(refusal.objections.map(({ rule }) => rule)).toContain('not-valid');
    }
  });

  it('a server under maintenance by somebody else', async () => {
    const { operator } = scene;
    const slow = operator.run('delay-replication', 4, null, { delaySeconds: 0 });
    const other = await operator.run('relocate', 4, 1);
    const first = await slow;
    // Whoever came first holds the lock; the other is told so, or finds it free again.
    for (const outcome of [first, other]) {
      if (outcome.kind === 'refused') expect(outcome.refusal.reason).toMatch(/is in maintenance since|not-/);
    }
    expect([first.kind, other.kind]).toContain('done');
  });
});

describe('servers that cannot follow each other', () => {
  const topologies = new Map<Flavour, LabTopology>();
  let operator: Operator | null = null;

  beforeAll(async () => {
    for (const flavour of FLAVOURS) topologies.set(flavour, await startTopology({ flavour, tree: '1(2)' }));
    for (const topology of topologies.values()) {
      if (operator === null) operator = await openOperator(topology);
      for (const server of topology.servers.values()) await operator.orchestrator.discover(keyOf(server));
    }
  });
  afterAll(async () => {
    await operator?.close();
    await Promise.all([...topologies.values()].map((topology) => topology.close()));
  });

  it.each([
    ['mysql-5.6', 'mysql-9.7', 'version'],
    ['mysql-9.7', 'mariadb-10.11', 'version'],
    ['mariadb-10.11', 'mysql-9.7', 'flavour'],
    ['mariadb-10.11', 'mysql-5.6', 'flavour'],
    ['mysql-5.6', 'mariadb-10.11', 'version'],
  ] as const)('%s below %s', async (below, above, rule) => {
    const [replica, source] = [topologies.get(below)?.server(2), topologies.get(above)?.server(1)];
    if (replica === undefined || source === undefined || operator === null) throw new Error('the servers are not up');
    const before = await Promise.all([replica, source].map(deedsOn));
    for (const kind of ['relocate', 'move-gtid', 'repoint'] as const) {
      const outcome = await operator.orchestrator.operations.run(
        { kind, instance: keyOf(replica), destination: keyOf(source) },
        'tester',
      );
      expect(outcome, kind).toMatchObject({ kind: 'refused', refusal: { objections: [{ rule }] } });
    }
    expect(await Promise.all([replica, source].map(deedsOn))).toEqual(before);
  });
});
