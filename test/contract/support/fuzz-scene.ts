import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compose } from '../../../src/compose.ts';
import type { Logger } from '../../../src/engine/ports.ts';
import { createFakeServers } from '../../../src/engine/testing/fakes.ts';
import { createAgentsServer } from '../../../src/http/agents-server.ts';
import { parseKey } from '../../../src/model/instance-key.ts';
import { instanceOf, replicationOf } from '../../../src/model/testing/instances.ts';
import type { SqlRow } from '../../../src/store/database.ts';
import { loadSqliteEngine } from '../../../src/store/sqlite/engine.ts';
import { loadFile } from '../../support/load-config.ts';
import { NO_TLS } from './http-server.ts';

/** Nobody listens at these; the engine talks to invented servers instead. */
const PRIMARY = '127.0.0.1:1';
/** The last one has a name long enough for expressions that never end. */
const REPLICAS = ['127.0.0.1:2', '127.0.0.1:3', `${'a'.repeat(60)}.example:4`];

export interface FuzzScene {
  readonly url: string;
  readonly agentsUrl: string;
  /** Warnings and worse that the program logged. */
  readonly complaints: readonly string[];
  /** Runs SQL beside the program. */
  sql(text: string): readonly SqlRow[];
  /** Tables, indexes and the like with the statement that made them. */
  schema(): readonly SqlRow[];
  /** Grows whenever the program has written. */
  dataVersion(): number;
  /** Table → number of its rows that hold none of these texts in any column. */
  countRowsWithout(texts: readonly string[]): ReadonlyMap<string, number>;
  close(): Promise<void>;
}

function loggerInto(complaints: string[]): Logger {
  const quiet = (): void => undefined;
  const complain = (fields: object, message: string): void => {
    const { err, ...rest } = fields as { err?: unknown };
    complaints.push(`${message} ${JSON.stringify(rest)} ${err instanceof Error ? (err.stack ?? '') : ''}`);
  };
  return { trace: quiet, debug: quiet, info: quiet, warn: complain, error: complain, fatal: complain };
}

/** The whole program over an SQLite file, with a primary and two replicas that are invented, and a table that nobody may touch. */
export async function openFuzzScene(): Promise<FuzzScene> {
  const folder = mkdtempSync(join(tmpdir(), 'orchestrator-fuzz-'));
  const file = join(folder, 'orchestrator.sqlite3');
  const explicitPath = join(folder, 'orchestrator.conf.json');
  const settings = {
    ListenAddress: '127.0.0.1:0',
    AgentsServerPort: '127.0.0.1:0',
    ServeAgentsHttp: true,
    HostnameResolveMethod: 'none',
    MySQLHostnameResolveMethod: 'none',
    BackendDB: 'sqlite',
    SQLite3DataFile: file,
  };
  writeFileSync(explicitPath, JSON.stringify(settings));
  const servers = createFakeServers();
  for (const name of [PRIMARY, ...REPLICAS]) {
    const replication = name === PRIMARY ? null : replicationOf(PRIMARY);
    servers.put(name, instanceOf(name, { replication, isReadOnly: name !== PRIMARY }));
  }
  const complaints: string[] = [];
  const logger = loggerInto(complaints);
  const app = await compose(loadFile(explicitPath), {
    mode: 'one-shot',
    logger,
    programFolder: import.meta.dirname,
    version: 'test',
    wrapServers(real) {
      void real.close();
      return servers;
    },
  });
  const { orchestrator } = app;
  for (const name of [PRIMARY, ...REPLICAS]) await orchestrator.discover(parseKey(name, 1));
  const { url } = await app.serve();
  const forAgents = await createAgentsServer(
    { agents: orchestrator.agents, logger },
    { ...NO_TLS, listenAddress: '127.0.0.1:0' },
  );
  const database = (await loadSqliteEngine(process.versions.node))(file);
  database.exec('pragma busy_timeout = 5000');
  database.exec('create table fuzz_sentinel (word text)');
  database.exec("insert into fuzz_sentinel values ('untouched')");
  const sql = (text: string): readonly SqlRow[] => database.prepare(text).all();
  const schema = () => sql('select type, name, sql from sqlite_master order by type, name');
  return {
    url,
    agentsUrl: `http://127.0.0.1:${forAgents.port}`,
    complaints,
    sql,
    schema,
    dataVersion: () => Number(sql('pragma data_version')[0]?.data_version),
    countRowsWithout(texts) {
      const holds = (row: SqlRow): boolean =>
        Object.values(row).some((value) => texts.some((text) => String(value).includes(text)));
      const tables = schema().filter(({ type }) => type === 'table');
      return new Map(
        tables.map(({ name }) => [String(name), sql(`select * from "${name}"`).filter((row) => !holds(row)).length]),
      );
    },
    async close() {
      database.close();
      await forAgents.close();
      await app.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
