import { errnoOf } from './connection.ts';
import { type Flavour, vocabularyOf } from './flavour.ts';
import { type Globals, restoreGlobals } from './globals.ts';
import { connectReplica, waitReplicating } from './replication.ts';
import type { LabServer } from './server.ts';
import type { ServerSpec, TopologySpec } from './spec.ts';
import { APP_SCHEMA_SQL, LAB_USERS } from './users.ts';
import { waitFor } from './wait.ts';

const NO_SUCH_THREAD = 1094;
const KEPT_DATABASES = ['information_schema', 'performance_schema', 'mysql', 'sys', 'app'];
const KEPT_USERS = [
  ...Object.values(LAB_USERS).map((user) => user.user),
  'mysql.sys',
  'mysql.session',
  'mysql.infoschema',
  'mariadb.sys',
  'mysql',
];

export interface ResetDeps {
  readonly spec: TopologySpec;
  readonly server: (number: number) => LabServer;
  /** Global variables as they were after the first start, by server number. */
  readonly globals: ReadonlyMap<number, Globals>;
}

/**
 * Brings every server back to its first state, the quick way: nothing is restarted that still runs as planned. A server
 * that cannot be cleaned by statements gets a new data folder. Steps, each finished everywhere before the next: all run
 * and none replicates; databases and users are cleaned; logs and variables are emptied; the tree is wired.
 */
export async function resetTopology(deps: ResetDeps): Promise<void> {
  const { servers, flavour } = deps.spec;
  await each(servers, async (planned) => {
    const server = deps.server(planned.number);
    await server.proxy?.heal();
    server.resume();
    if (!server.isAlive() || !server.runsAsPlanned()) {
      if (server.isAlive()) await server.kill();
      await server.restart().catch(() => server.startAfresh());
    }
    await detach(flavour, server).catch(() => server.startAfresh());
  });
  await each(servers, async (planned) => {
    const server = deps.server(planned.number);
    await clean(flavour, server).catch(() => server.startAfresh());
  });
  await each(servers, (planned) => forget(deps, deps.server(planned.number)));
  await wireTree(deps.spec, deps.server);
}

/** Connects every replica to its planned source, sets who is writable, and waits until all replicate. */
export async function wireTree(spec: TopologySpec, server: (number: number) => LabServer): Promise<void> {
  const replicas = spec.servers.filter((planned) => planned.source !== null);
  await each(replicas, async (planned) => {
    const replica = server(planned.number);
    await connectReplica(spec.flavour, replica, server(planned.source ?? 0), spec.gtid);
    await setReadOnly(spec, replica);
  });
  await each(replicas, (planned) => waitReplicating(spec.flavour, server(planned.number)));
}

async function setReadOnly(spec: TopologySpec, replica: LabServer): Promise<void> {
  await replica.query('SET GLOBAL read_only=1');
  if (spec.flavour === 'mysql-9.7' && spec.superReadOnly) await replica.query('SET GLOBAL super_read_only=1');
}

/**
 * Ends other people's sessions, opens the server for writes and ends its replication. Binlog senders stay until all
 * receivers are stopped: a receiver that lost its sender would first wait a second before it stops.
 */
async function detach(flavour: Flavour, server: LabServer): Promise<void> {
  await wakeSemiSyncWaiters(flavour, server);
  await killSessions(server, "command NOT LIKE 'Binlog Dump%'");
  if (flavour === 'mysql-9.7') await server.query('SET GLOBAL super_read_only=0');
  await server.query('SET GLOBAL read_only=0');
  await stopReplication(flavour, server);
  if ((await server.query(vocabularyOf(flavour).showReplicaStatus)).length > 0) throw new Error('still a replica');
}

/** Brings databases and users back, unlogged. */
async function clean(flavour: Flavour, server: LabServer): Promise<void> {
  await killSessions(server, 'TRUE');
  await server.query('SET SESSION sql_log_bin=0');
  await server.query('SET SESSION lock_wait_timeout=10');
  const databases = (await server.query('SHOW DATABASES')).map((row) => String(Object.values(row)[0]));
  for (const name of databases.filter((known) => !KEPT_DATABASES.includes(known))) {
    await server.query(`DROP DATABASE \`${name}\``);
  }
  if (!(await isAppPristine(server))) {
    await server.query('DROP DATABASE IF EXISTS app');
    for (const sql of APP_SCHEMA_SQL) await server.query(sql);
  }
  await dropUsers(server);
  if (flavour === 'mysql-9.7') await server.query('RESET PERSIST');
  await server.query('SET SESSION sql_log_bin=1');
}

async function forget({ spec, globals }: ResetDeps, server: LabServer): Promise<void> {
  const before = globals.get(server.number);
  if (before !== undefined) await restoreGlobals(server, before);
  for (const sql of vocabularyOf(spec.flavour).emptyBinlog) {
    // Refused for the moment it takes a killed binlog sender to go.
    await waitFor(() => server.query(sql), { what: `server ${server.number}: ${sql}`, deadlineMs: 10_000 });
  }
}

/** A commit waiting for an acknowledgement cannot be killed; it goes on when the feature is switched off. */
async function wakeSemiSyncWaiters(flavour: Flavour, server: LabServer): Promise<void> {
  const variable = flavour === 'mysql-9.7' ? 'rpl_semi_sync_source_enabled' : 'rpl_semi_sync_master_enabled';
  if ((await server.query(`SHOW GLOBAL VARIABLES LIKE '${variable}'`)).length === 0) return;
  await server.query(`SET GLOBAL ${variable}=0`);
}

async function killSessions(server: LabServer, condition: string): Promise<void> {
  const others = "user NOT IN ('system user', 'event_scheduler') AND id<>CONNECTION_ID()";
  const sql = `SELECT id FROM information_schema.processlist WHERE ${others} AND ${condition}`;
  for (const row of await server.query(sql)) {
    await server.query(`KILL ${Number(row.id ?? row.ID)}`).catch((thrown: unknown) => {
      if (errnoOf(thrown) !== NO_SUCH_THREAD) throw thrown;
    });
  }
}

async function stopReplication(flavour: Flavour, server: LabServer): Promise<void> {
  const words = vocabularyOf(flavour);
  if (flavour === 'mariadb-10.11') {
    await server.query('STOP ALL SLAVES');
    for (const row of await server.query('SHOW ALL SLAVES STATUS')) {
      await server.query(`RESET SLAVE '${String(row.Connection_name ?? '')}' ALL`);
    }
    return;
  }
  await server.query(words.stopReplica);
  await server.query(words.resetReplica);
}

async function isAppPristine(server: LabServer): Promise<boolean> {
  const tables = await server.query(
    "SELECT table_name, (SELECT GROUP_CONCAT(column_name, column_type ORDER BY ordinal_position) FROM information_schema.columns c WHERE c.table_schema='app' AND c.table_name=t.table_name) AS cols FROM information_schema.tables t WHERE table_schema='app'",
  );
  if (
    tables.length !== 1 ||
    !/^idbigint(\(20\))?,whovarchar\(64\),payloadvarchar\(255\)$/.test(String(tables[0]?.cols))
  )
    return false;
  return (await server.query('SELECT 1 FROM app.t LIMIT 1')).length === 0;
}

async function dropUsers(server: LabServer): Promise<void> {
  for (const row of await server.query('SELECT user, host FROM mysql.user')) {
    const user = String(row.user ?? row.User);
    if (!KEPT_USERS.includes(user)) await server.query(`DROP USER '${user}'@'${String(row.host ?? row.Host)}'`);
  }
}

async function each(planned: readonly ServerSpec[], work: (planned: ServerSpec) => Promise<unknown>): Promise<void> {
  // All to their end, so that a failure leaves nothing running in the background.
  const results = await Promise.allSettled(planned.map(work));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
