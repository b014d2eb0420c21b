import { join } from 'node:path';
import { expect } from 'vitest';
import { vocabularyOf } from '../../lab/flavour.ts';
import { type Flavour, type LabServer, type LabTopology, waitFor } from '../../lab/index.ts';
import type { RecoveryJson } from '../../src/legacy/recovery-json.ts';
import { loadSqliteEngine } from '../../src/store/sqlite/engine.ts';
import type { Program } from './program.ts';
import { expectClosed, isWritable, SafetyViolation } from './safety.ts';

/** ORCHESTRATOR_LONG=1 asks for the long form: `long` instead of `short` rounds. */
export const rounds = (short: number, long: number): number => (process.env.ORCHESTRATOR_LONG === '1' ? long : short);

/** What a replica says of its replication; null when it has no source. */
export interface ReplicaState {
  readonly sourcePort: number;
  readonly receiver: string;
  readonly applier: string;
}

export async function replicaState(flavour: Flavour, server: LabServer): Promise<ReplicaState | null> {
  const status = await server.replicaStatus();
  if (status === null) return null;
  const words = vocabularyOf(flavour);
  return {
    sourcePort: Number(status.Source_Port ?? status.Master_Port),
    receiver: String(status[words.receiverColumn]),
    applier: String(status[words.applierColumn]),
  };
}

/** Waits until a server follows `source` with both threads running. */
export async function waitFollows(flavour: Flavour, server: LabServer, source: LabServer): Promise<void> {
  const wanted = { sourcePort: source.port, receiver: 'Yes', applier: 'Yes' };
  let seen: ReplicaState | null = null;
  await waitFor(
    async () => {
      seen = await replicaState(flavour, server);
      return JSON.stringify(seen) === JSON.stringify(wanted);
    },
    { what: `server ${server.number} to follow server ${source.number}`, explain: () => JSON.stringify(seen) },
  );
}

/** All ids of app.t, as a set. */
export async function rowIds(server: LabServer): Promise<ReadonlySet<number>> {
  return new Set((await server.query('SELECT id FROM app.t')).map(({ id }) => Number(id)));
}

/** Everything a server executed: GTID text of its flavour. */
export async function executedOf(flavour: Flavour, server: LabServer): Promise<string> {
  const variable = flavour === 'mariadb-10.11' ? '@@global.gtid_current_pos' : '@@global.gtid_executed';
  return String((await server.query(`SELECT ${variable} AS gtids`))[0]?.gtids).replace(/\s/g, '');
}

/**
 * The whole cluster is one again: `siblings` follow `primary` (source, threads), hold the same rows, have nothing of their own,
 * and only `primary` takes writes. No writer may run any more.
 */
export async function expectOneCluster(
  topology: LabTopology,
  primary: LabServer,
  siblings: readonly LabServer[],
): Promise<void> {
  const { flavour } = topology;
  for (const sibling of siblings) {
    await waitFollows(flavour, sibling, primary);
    await topology.waitCaughtUp(sibling.number, primary.number);
    await expectNothingErrant(topology, sibling, primary);
    await expectClosed(sibling);
  }
  expect(await isWritable(primary), `server ${primary.number} is writable`).toBe(true);
  expect(await replicaState(flavour, primary)).toBeNull();
}

/** A server has executed nothing that its primary has not. */
export async function expectNothingErrant(
  { flavour }: LabTopology,
  server: LabServer,
  primary: LabServer,
): Promise<void> {
  const own = await executedOf(flavour, server);
  if (flavour === 'mariadb-10.11') {
    await waitFor(async () => (await executedOf(flavour, server)) === (await executedOf(flavour, primary)), {
      what: `server ${server.number} (${own}) to stand where server ${primary.number} stands`,
    });
    return;
  }
  const [row] = await primary.query('SELECT GTID_SUBTRACT(?, @@global.gtid_executed) AS errant', [own]);
  if (row?.errant !== '')
    throw new SafetyViolation(`server ${server.number} has executed what its primary has not: ${row?.errant}`);
}

export interface InstanceLike {
  readonly Key: { readonly Hostname: string; readonly Port: number };
  readonly MasterKey: { readonly Hostname: string; readonly Port: number };
  readonly ReadOnly: boolean;
  readonly GtidErrant: string;
  readonly IsLastCheckValid: boolean;
  readonly IsDowntimed: boolean;
  readonly DowntimeReason: string;
}

export const instanceOf = (program: Program, server: LabServer): Promise<InstanceLike> =>
  program.api<InstanceLike>(`instance/127.0.0.1/${server.port}`);

/** Waits until the program has read every server of the topology, and the tree is in its model. */
export async function waitDiscovered(program: Program, topology: LabTopology): Promise<void> {
  const { port } = topology.primary;
  await program.waitFor('all servers to be discovered', async () => {
    const all = await program.api<InstanceLike[]>(`cluster/127.0.0.1:${port}`);
    return all.length === topology.servers.size && all.every(({ IsLastCheckValid }) => IsLastCheckValid);
  });
}

/** The server of the topology that a recovery promoted, when the recovery (of `failed`) has ended successfully. */
export async function waitRecovered(
  program: Program,
  topology: LabTopology,
  failed: LabServer,
  deadlineMs = 30_000,
  after = '',
): Promise<{ readonly successor: LabServer; readonly recovery: RecoveryJson }> {
  const recovery = await waitEnded(program, failed, deadlineMs, after);
  expect(recovery, JSON.stringify(recovery.AllErrors)).toMatchObject({ IsSuccessful: true });
  const successor = [...topology.servers.values()].find(({ port }) => port === recovery.SuccessorKey?.Port);
  if (successor === undefined) throw new Error(`no server ${recovery.SuccessorKey?.Port}`);
  return { successor, recovery };
}

/** The newest recovery of `failed`, later than that with UID `after`, when it has ended and is off its feet (its steps end with its closing line). */
export async function waitEnded(
  program: Program,
  failed: LabServer,
  deadlineMs = 30_000,
  after = '',
): Promise<RecoveryJson> {
  return program.waitFor(
    `the recovery of server ${failed.number} to end`,
    async () => {
      const newest = (await program.api<RecoveryJson[]>('audit-recovery')).find(
        ({ AnalysisEntry }) => AnalysisEntry.AnalyzedInstanceKey.Port === failed.port,
      );
      if (newest === undefined || newest.UID === after || newest.RecoveryEndTimestamp === '') return null;
      const steps = await stepsOf(program, newest.UID);
      return steps.some((step) => /^Recovery (complete|failed)|called off/.test(step)) ? newest : null;
    },
    deadlineMs,
  );
}

export async function stepsOf(program: Program, uid: string): Promise<readonly string[]> {
  const steps = await program.api<{ Message: string }[]>(`audit-recovery-steps/${encodeURIComponent(uid)}`);
  return steps.map(({ Message }) => Message);
}

/** Runs a statement in the program's own SQLite backend, as an operator's script would; gives its rows. */
export async function backendRows(program: Program, sql: string): Promise<readonly Record<string, unknown>[]> {
  const open = await loadSqliteEngine(process.versions.node);
  const database = open(join(program.dir, 'orchestrator.sqlite3'));
  try {
    database.exec('PRAGMA busy_timeout=5000');
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

/** Registers a promotion rule the way operators' tools without API do: a row in the backend; waits until the program knows it. */
export async function registerCandidate(program: Program, server: LabServer, rule: string): Promise<void> {
  await backendRows(
    program,
    `INSERT INTO candidate_database_instance (hostname, port, last_suggested, promotion_rule)
     VALUES ('127.0.0.1', ${server.port}, datetime('now'), '${rule}')`,
  );
  await program.waitFor(
    `server ${server.number} to be known as ${rule}`,
    async () =>
      (await program.api<{ PromotionRule: string }>(`instance/127.0.0.1/${server.port}`)).PromotionRule === rule,
  );
}
