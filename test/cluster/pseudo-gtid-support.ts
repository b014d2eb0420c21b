import { randomBytes } from 'node:crypto';
import { type Connection, createConnection } from 'mysql2/promise';
import { LAB_USERS, type LabServer, type LabTopology } from '../../lab/index.ts';
import { AUTO_MARKERS } from '../../src/binlog/marker.ts';
import { createSystemClock } from '../../src/engine/basis/clock.ts';
import type { Servers } from '../../src/engine/ports.ts';
import type { PseudoGtid } from '../../src/engine/pseudo-gtid/answers.ts';
import { type CoordinateMemory, createCoordinateMemory } from '../../src/engine/pseudo-gtid/coordinate-memory.ts';
import { createInjection, type Injection } from '../../src/engine/pseudo-gtid/injection.ts';
import { createMarkedClusters, type MarkedClusters } from '../../src/engine/pseudo-gtid/marked-clusters.ts';
import { createPseudoGtid } from '../../src/engine/pseudo-gtid/pseudo-gtid.ts';
import type { ServerCommand } from '../../src/model/command.ts';
import type { BinlogCoordinates } from '../../src/model/coordinates.ts';
import { Secret } from '../../src/model/secret.ts';
import { recordOf } from '../../src/model/testing/instances.ts';
import { type BinlogAccess, createBinlogAccess } from '../../src/mysql/binlog-reader.ts';
import { NO_CLASSIFICATION } from '../../src/mysql/settings.ts';
import { connectLab, keyOf, readServer } from './mysql-support.ts';

/** Everything that matching needs, on real servers. */
export interface PseudoGtidLab {
  readonly servers: Servers;
  readonly access: BinlogAccess;
  readonly memory: CoordinateMemory;
  readonly marked: MarkedClusters;
  readonly pseudoGtid: PseudoGtid;
  readonly injection: Injection;
  close(): Promise<void>;
}

const silent = (): void => undefined;
const logger = { trace: silent, debug: silent, info: silent, warn: silent, error: silent, fatal: silent };

/** Reads and writes with another account than the orchestrator's. */
export const accessAs = (user: string, password: string): BinlogAccess =>
  createBinlogAccess(createSystemClock(), {
    user,
    password: new Secret(password),
    connectTimeoutMs: 5_000,
    readTimeoutMs: 5_000,
    tls: { mode: 'never', ca: null, cert: null, key: null, skipVerify: true, rememberMs: 60_000 },
    replicationLagQuery: '',
    replicationCredentialsQuery: '',
    classification: NO_CLASSIFICATION,
  });

/** `chunkEvents` small, so that every search reads several chunks. */
export function openPseudoGtidLab(topology: LabTopology, chunkEvents = 40): PseudoGtidLab {
  const clock = createSystemClock();
  const servers = connectLab();
  const access = accessAs(LAB_USERS.orchestrator.user, LAB_USERS.orchestrator.password);
  // Every reading counts, as if ten seconds lay between two.
  let nowMs = 0;
  const memory = createCoordinateMemory(() => {
    nowMs += 10_000;
    return nowMs;
  });
  const marked = createMarkedClusters({ clock, store: { register: async () => undefined, readSince: async () => [] } });
  const records = new Map<number, ReturnType<typeof recordOf>>();
  const injection = createInjection({
    writer: access,
    leadership: { isLeader: () => true, remainingMs: () => 60_000 },
    marked,
    clock,
    logger,
    records: () => records.values(),
    isHandsOff: () => false,
    randomHex: () => randomBytes(8).toString('hex'),
  });
  return {
    servers,
    access,
    memory,
    marked,
    pseudoGtid: createPseudoGtid(
      { reader: access, memory },
      { markers: { ...AUTO_MARKERS, skipContaining: [] }, chunkEvents, readDeadlineMs: 20_000 },
    ),
    injection: {
      async run() {
        for (const [number, server] of topology.servers) {
          const replicas = [...topology.spec.servers].filter((planned) => planned.source === number);
          const instance = await readServer(servers, server);
          memory.observe(instance);
          records.set(
            number,
            recordOf(instance, {
              position: {
                clusterName: `cluster of ${number}`,
                replicas: replicas.map(({ host, port }) => ({ hostname: host, port })),
              },
            }),
          );
        }
        await injection.run();
      },
    },
    async close() {
      access.close();
      await servers.close();
    },
  };
}

export async function tell(
  lab: PseudoGtidLab,
  server: LabServer,
  ...commands: readonly ServerCommand[]
): Promise<void> {
  for (const command of commands) {
    const outcome = await lab.servers.execute(await readServer(lab.servers, server), command, { deadlineMs: 20_000 });
    if (outcome.kind === 'failed') throw new Error(`${command.kind}: ${outcome.failure.message}`);
  }
}

export const stopReplication = (lab: PseudoGtidLab, server: LabServer): Promise<void> =>
  tell(lab, server, { kind: 'stop-receiver' }, { kind: 'stop-applier' });

/** Re-points a stopped replica to a place and starts it. */
export const follow = (
  lab: PseudoGtidLab,
  server: LabServer,
  source: LabServer,
  coordinates: BinlogCoordinates,
): Promise<void> =>
  tell(
    lab,
    server,
    {
      kind: 'change-source',
      source: keyOf(source),
      receiverOnly: false,
      positioning: 'coordinates',
      credentials: null,
      coordinates,
    },
    { kind: 'start-replication' },
  );

/** Transactions of several tables, single statements, and now and then a DDL and a Pseudo-GTID entry. */
export interface Load {
  readonly rounds: () => number;
  stop(): Promise<void>;
}

export async function startLoad(lab: PseudoGtidLab, primary: LabServer, markEveryRounds = 25): Promise<Load> {
  const connection: Connection = await createConnection({ host: primary.host, port: primary.port, user: 'root' });
  await connection.query('CREATE TABLE IF NOT EXISTS app.u (id BIGINT PRIMARY KEY, v VARCHAR(300) NOT NULL)');
  let round = 0;
  let isStopping = false;
  const run = async (): Promise<void> => {
    while (!isStopping) {
      round += 1;
      if (round % markEveryRounds === 1) await lab.injection.run();
      await connection.query(`INSERT INTO app.t VALUES (${round}, 'load', '${'x'.repeat(round % 40)}')`);
      await connection.query('BEGIN');
      await connection.query(`INSERT INTO app.u VALUES (${round}, REPEAT('y', ${round % 300})), (${-round}, 'z')`);
      await connection.query(`UPDATE app.t SET payload = CONCAT(payload, '+') WHERE id IN (${round}, ${round - 1})`);
      await connection.query('COMMIT');
      if (round % 30 === 7)
        await connection.query(`CREATE TABLE app.extra_${round} AS SELECT * FROM app.u WHERE id < 9`);
      if (round % 30 === 9) await connection.query(`DROP TABLE app.extra_${round - 2}`);
    }
  };
  const running = run();
  return {
    rounds: () => round,
    async stop() {
      isStopping = true;
      try {
        await running;
      } finally {
        connection.destroy();
      }
    },
  };
}

/** Tables, their rows and contents, as one text. */
export async function contentsOf(server: LabServer): Promise<string> {
  const tables = await server.query(
    "SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'app'",
  );
  const names = tables.map((row) => `app.\`${String(row.name)}\``).sort();
  const sums = await server.query(`CHECKSUM TABLE ${names.join(', ')}`);
  const counts = await Promise.all(
    names.map(async (name) => Number((await server.query(`SELECT COUNT(*) AS n FROM ${name}`))[0]?.n)),
  );
  return names.map((name, index) => `${name}: ${counts[index]} rows, ${String(sums[index]?.Checksum)}`).join('; ');
}
