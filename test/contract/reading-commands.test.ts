import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { composeReading } from '../../src/compose/reading.ts';
import { type App, compose } from '../../src/compose.ts';
import { createFakeServers, SILENT } from '../../src/engine/testing/fakes.ts';
import type { Reading } from '../../src/engine/use-cases.ts';
import { parseKey } from '../../src/model/instance-key.ts';
import { instanceOf, NO_CLASSIFICATION, replicationOf } from '../../src/model/testing/instances.ts';
import { loadSqliteEngine } from '../../src/store/sqlite/engine.ts';
import { loadFile } from '../support/load-config.ts';

const PRIMARY = '10.0.0.1:3306';
const nameAt = (number: number): string => `10.0.0.${number}:3306`;
const HOW_MANY = 50;

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'orchestrator-reading-'));
  file = join(folder, 'orchestrator.sqlite3');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const servers = createFakeServers();
for (let number = 1; number <= HOW_MANY; number += 1) {
  const replication = number === 1 ? null : replicationOf(PRIMARY);
  servers.put(nameAt(number), instanceOf(nameAt(number), { replication, isReadOnly: number > 1 }));
}

function configuration() {
  const explicitPath = join(folder, 'orchestrator.conf.json');
  const names = { HostnameResolveMethod: 'none', MySQLHostnameResolveMethod: 'none' };
  writeFileSync(explicitPath, JSON.stringify({ BackendDB: 'sqlite', SQLite3DataFile: file, ...names }));
  return loadFile(explicitPath);
}

/** The program on servers that are invented; as a command of its own has it, unless told otherwise. */
async function open(invented = servers, mode: 'one-shot' | 'continuous' = 'one-shot'): Promise<App> {
  return compose(configuration(), {
    mode,
    logger: SILENT,
    version: 'test',
    programFolder: 'dist',
    wrapServers(real) {
      void real.close();
      return invented;
    },
  });
}

async function during(work: (app: App) => Promise<unknown>): Promise<void> {
  const app = await open();
  try {
    await work(app);
  } finally {
    await app.close();
  }
}

/** The part of it that a command is given which only reads. */
async function whileReading<T>(work: (reading: Reading) => Promise<T>): Promise<T> {
  const reading = await composeReading(configuration(), { logger: SILENT, version: 'test' });
  try {
    return await work(reading);
  } finally {
    await reading.close();
  }
}

/** Everything that the reading side answers. */
async function answersOf(reading: Reading) {
  const { records } = reading.fleet();
  const clusters = reading.fleet().clusters();
  const { classification, registrations, node } = reading;
  return {
    records,
    clusters,
    analysis: await reading.analyse({ includeDowntimed: true, includeNoProblem: true }),
    isRecoveryDisabled: await reading.isRecoveryDisabled(),
    found: await Promise.all(records.map(({ key }) => reading.resolveKey({ ...key, hostname: key.hostname.slice(1) }))),
    hinted: await Promise.all(clusters.map(({ clusterAlias }) => reading.clusterNameByHint(clusterAlias))),
    pools: await classification.pools(),
    ofClusters: clusters.map(({ clusterName }) => [
      classification.controlReplicas(clusterName),
      classification.ghostReplicas(clusterName),
    ]),
    maintenances: await registrations.maintenances(),
    candidates: await registrations.candidates(),
    nodes: await node.activeNodes(),
    resolved: await node.resolvedNames(),
    virtual: await node.virtualNames(),
  };
}

/** Runs SQL beside the program; `dataVersion` grows with every transaction of another connection that wrote. */
async function beside() {
  const database = (await loadSqliteEngine(process.versions.node))(file);
  database.exec('pragma busy_timeout = 5000');
  return {
    dataVersion: () => Number(database.prepare('pragma data_version').all()[0]?.data_version),
    exec: (sql: string) => database.exec(sql),
    checkedAt: () =>
      new Map(
        database
          .prepare('select hostname, last_checked from database_instance')
          .all()
          .map((row) => [String(row.hostname), String(row.last_checked)]),
      ),
    close: () => database.close(),
  };
}

/** What `-c clusters`, `-c topology`, `-c replication-analysis` and the like do. */
const read = async ({ orchestrator }: App): Promise<void> => {
  expect(orchestrator.fleet().records.length).toBeGreaterThan(0);
  orchestrator.fleet().clusters();
  await orchestrator.analyse({ includeDowntimed: true, includeNoProblem: true });
  await orchestrator.recoveries({ page: 0 });
  await orchestrator.operations.unfinished();
};

describe('a command that works on the backend directly', () => {
  it('writes nothing when it only reads', async () => {
    await during(async ({ orchestrator }) => {
      const all = Array.from({ length: HOW_MANY }, (_, index) => parseKey(nameAt(index + 1), 3306));
      await Promise.all(all.map((key) => orchestrator.discover(key)));
    });
    const sql = await beside();
    try {
      const before = sql.dataVersion();
      await during(read);
      expect(sql.dataVersion()).toBe(before);
    } finally {
      sql.close();
    }
  });

  it('writes nothing into what the Go program left, once the schema is up to date', async () => {
    copyFileSync(join(import.meta.dirname, '../golden/go-backend.db'), file);
    await during(read);
    const sql = await beside();
    try {
      const before = sql.dataVersion();
      await during(read);
      expect(sql.dataVersion()).toBe(before);
    } finally {
      sql.close();
    }
  });

  it('is told the same by the reading side alone, which writes nothing either', async () => {
    copyFileSync(join(import.meta.dirname, '../golden/go-backend.db'), file);
    const app = await open();
    const whole = await answersOf(app.orchestrator).finally(() => app.close());
    const sql = await beside();
    try {
      const before = sql.dataVersion();
      const alone = await whileReading(answersOf);
      expect(alone.records.length).toBeGreaterThan(0);
      expect(alone).toEqual(whole);
      expect(sql.dataVersion()).toBe(before);
    } finally {
      sql.close();
    }
  });

  it('makes the tables of a new backend, also when it only reads', async () => {
    expect(await whileReading(async (reading) => reading.fleet().records)).toEqual([]);
    await during(async ({ orchestrator }) => expect(orchestrator.fleet().records).toEqual([]));
  });

  it('moves the times of the server that it read, and of no other', async () => {
    await during(async ({ orchestrator }) => {
      for (const number of [1, 2, 3]) await orchestrator.discover(parseKey(nameAt(number), 3306));
    });
    const sql = await beside();
    try {
      sql.exec("update database_instance set last_checked = '2020-01-02 03:04:05', last_seen = '2020-01-02 03:04:05'");
      await during(async ({ orchestrator }) => {
        // What another process learns meanwhile is not overwritten with what was known before.
        sql.exec("update database_instance set last_checked = '2021-01-02 03:04:05'");
        await orchestrator.discover(parseKey(nameAt(1), 3306));
        await orchestrator.discover(parseKey(nameAt(2), 3306));
      });
      const times = sql.checkedAt();
      expect(times.get('10.0.0.1')).toMatch(/^20(?!20|21)/);
      expect(times.get('10.0.0.2')).toMatch(/^20(?!20|21)/);
      expect(times.get('10.0.0.3')).toBe('2021-01-02 03:04:05');
    } finally {
      sql.close();
    }
  });

  it('means by an alias what the service means: the cluster that is published, though a copy of it takes writes', async () => {
    const invented = createFakeServers();
    const shop = { classification: { ...NO_CLASSIFICATION, suggestedClusterAlias: 'shop' } };
    invented.put(PRIMARY, instanceOf(PRIMARY, shop));
    invented.put(nameAt(2), instanceOf(nameAt(2), { replication: replicationOf(PRIMARY), isReadOnly: true }));
    const service = await open(invented, 'continuous');
    try {
      const discover = (number: number) => service.orchestrator.discover(parseKey(nameAt(number), 3306));
      await Promise.all([discover(1), discover(2)]);
      await service.orchestrator.kv.submit(PRIMARY);
      invented.put(nameAt(9), instanceOf(nameAt(9), shop));
      invented.put(PRIMARY, null);
      await discover(1).catch(() => undefined);
      await discover(9);
      const meaning = ({ orchestrator }: App) => orchestrator.clusterNameByHint('shop');
      await expect.poll(() => meaning(service), { timeout: 5_000 }).toBe(PRIMARY);
      const isRead = async ({ orchestrator }: App) => orchestrator.fleet().records.length === 3;
      await expect
        .poll(
          async () => {
            const command = await open(invented);
            try {
              return (await isRead(command)) && (await meaning(command));
            } finally {
              await command.close();
            }
          },
          { timeout: 5_000 },
        )
        .toBe(PRIMARY);
    } finally {
      await service.close();
    }
  });
});
