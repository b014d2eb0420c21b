import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Flavour, type LabServer, type LabTopology, waitFor } from '../../lab/index.ts';
import { replicaState } from './checks.ts';
import { isWritable, SafetyViolation } from './safety.ts';

/** Every table of the application with its number of rows and checksum, as one text. */
export async function contentsOf(server: LabServer): Promise<string> {
  const tables = await server.query(
    "SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'app' ORDER BY 1",
  );
  const names = tables.map((row) => `app.\`${String(row.name)}\``);
  const sums = await server.query(`CHECKSUM TABLE ${names.join(', ')}`);
  const counts = await server.query(
    `${names.map((name, index) => `SELECT ${index} AS at, COUNT(*) AS n FROM ${name}`).join(' UNION ALL ')} ORDER BY 1`,
  );
  return names.map((name, index) => `${name} ${String(counts[index]?.n)}/${String(sums[index]?.Checksum)}`).join(' ');
}

/** Waits until every server holds the same rows as `primary`, byte by byte; no writer may run any more. */
export async function expectSameData(topology: LabTopology, primary: LabServer): Promise<void> {
  const wanted = await contentsOf(primary);
  for (const server of topology.servers.values()) {
    if (server === primary) continue;
    let seen = '';
    await waitFor(
      async () => {
        seen = await contentsOf(server);
        return seen === wanted;
      },
      {
        what: `server ${server.number} to hold the rows of server ${primary.number}`,
        deadlineMs: 30_000,
        intervalMs: 50,
        explain: async () => `${JSON.stringify(await complaintsOf(server))}\n${seen}\nwanted ${wanted}`,
      },
    );
  }
}

/** What a replica says is wrong with it. */
async function complaintsOf(server: LabServer): Promise<Record<string, unknown>> {
  const status = (await server.replicaStatus()) ?? {};
  return Object.fromEntries(
    Object.entries(status).filter(([name]) => /Running|Error|Host|Port|Log_(File|Pos)/.test(name)),
  );
}

/** Whom each server follows, by number: `2>1 3>1 4>2`; servers without a source are left out. */
export async function treeOf(topology: LabTopology): Promise<string> {
  const numbers = new Map([...topology.servers.values()].map((server) => [server.port, server.number]));
  const edges: string[] = [];
  for (const server of [...topology.servers.values()].toSorted((a, b) => a.number - b.number)) {
    const state = await replicaState(topology.flavour, server);
    if (state !== null) edges.push(`${server.number}>${numbers.get(state.sourcePort) ?? '?'}`);
  }
  return edges.join(' ');
}

/** The tree is this one, and everybody in it replicates with both threads. `tree` as treeOf writes it. */
export async function expectTree(topology: LabTopology, tree: string): Promise<void> {
  expect(await treeOf(topology)).toBe(tree);
  for (const edge of tree.split(' ')) {
    const server = topology.server(Number(edge.split('>')[0]));
    await waitFor(
      async () => {
        const state = await replicaState(topology.flavour, server);
        return state?.receiver === 'Yes' && state.applier === 'Yes';
      },
      {
        what: `server ${server.number} to replicate (${edge})`,
        explain: async () => JSON.stringify(await complaintsOf(server)),
      },
    );
  }
}

/** Only these servers take writes. */
export async function expectWritable(topology: LabTopology, ...numbers: readonly number[]): Promise<void> {
  const open: number[] = [];
  for (const server of topology.servers.values()) if (await isWritable(server)) open.push(server.number);
  const extra = open.filter((number) => !numbers.includes(number));
  if (extra.length > 0) throw new SafetyViolation(`servers ${extra.join(', ')} take writes, and must not`);
  expect(open).toEqual(numbers);
}

/** Columns that a move must change: the address, the place, and who was found there. */
const MOVING = /^(Number_of_lines|Master_log_(name|pos)|Relay_log_(name|pos)|Host|Port|Uuid|Number_of_workers|Id)$/i;

/**
 * Everything that is set of a replica's replication beside whom it follows and how far it is: account with password, TLS, retries,
 * heartbeat, auto-position, delay, filters, read_only, semi-sync; as the server itself stores it.
 */
export async function replicationSettings(
  flavour: Flavour,
  server: LabServer,
): Promise<Readonly<Record<string, string>>> {
  const stored = flavour === 'mariadb-10.11' ? mariadbFile(server) : await mysqlTables(server);
  const status = Object.entries((await server.replicaStatus()) ?? {})
    .filter(([name]) => /^(Replicate_|Using_Gtid|SQL_Delay|Auto_Position|Channel_Name)/.test(name))
    .map(([name, value]) => [name, String(value)] as const);
  const variables = await server.query(
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('read_only', 'super_read_only') OR Variable_name LIKE 'rpl_semi_sync%enabled'",
  );
  const globals = variables.map((row) => [String(row.Variable_name), String(row.Value)] as const);
  return Object.fromEntries([...stored, ...status, ...globals]);
}

async function mysqlTables(server: LabServer): Promise<(readonly [string, string])[]> {
  const all: (readonly [string, string])[] = [];
  for (const table of ['slave_master_info', 'slave_relay_log_info']) {
    const [row] = await server.query(`SELECT * FROM mysql.${table}`);
    for (const [name, value] of Object.entries(row ?? {})) {
      if (!MOVING.test(name)) all.push([`${table}.${name}`, String(value)]);
    }
  }
  return all;
}

/** master.info: line 1 counts lines; 2, 3 are the place, 4 and 7 the address; behind END_MARKER is rubbish. A primary has none. */
function mariadbFile(server: LabServer): (readonly [string, string])[] {
  const file = join(server.dataDir, 'master.info');
  const [text = ''] = existsSync(file) ? readFileSync(file, 'utf8').split('END_MARKER') : [];
  const lines = text.split('\n');
  return lines.flatMap((line, index) =>
    [0, 1, 2, 3, 6].includes(index) ? [] : [[`master.info:${index + 1}`, line] as const],
  );
}

/** The settings of all servers, by number. */
export async function allSettings(topology: LabTopology): Promise<ReadonlyMap<number, unknown>> {
  const entries = [...topology.servers.values()].map(
    async (server) => [server.number, await replicationSettings(topology.flavour, server)] as const,
  );
  return new Map(await Promise.all(entries));
}

/** Waits until a replica has got the replication account `user`, made on its primary, with its rights. */
export async function waitAccount(server: LabServer, user: string): Promise<void> {
  await waitFor(
    async () => {
      const rights = (await server.query(`SHOW GRANTS FOR '${user}'@'%'`)).flatMap((row) => Object.values(row));
      return rights.some((right) => String(right).includes('REPLICATION SLAVE'));
    },
    { what: `server ${server.number} to know the account ${user}` },
  );
}

/** Statements on a server, closed for writes or not, and not into its log. */
export async function unlogged(server: LabServer, ...statements: readonly string[]): Promise<void> {
  const superReadOnly = (await server.query("SHOW GLOBAL VARIABLES LIKE 'super_read_only'"))[0]?.Value === 'ON';
  if (superReadOnly) await server.query('SET GLOBAL super_read_only=0');
  await server.query('SET SESSION sql_log_bin=0');
  try {
    for (const sql of statements) await server.query(sql);
  } finally {
    await server.query('SET SESSION sql_log_bin=1');
    if (superReadOnly) await server.query('SET GLOBAL super_read_only=1');
  }
}
