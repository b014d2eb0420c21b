import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type App, compose } from '../../src/compose.ts';
import { loadConfig } from '../../src/config/load.ts';
import { readFileFromDisk } from '../../src/config/source/read-file.ts';
import { createFakeServers, SILENT } from '../../src/engine/testing/fakes.ts';
import { parseKey } from '../../src/model/instance-key.ts';
import { instanceOf, replicationOf } from '../../src/model/testing/instances.ts';
import { loadSqliteEngine } from '../../src/store/sqlite/engine.ts';

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

/** The program as a command of its own has it, on servers that are invented. */
async function open(): Promise<App> {
  const explicitPath = join(folder, 'orchestrator.conf.json');
  const names = { HostnameResolveMethod: 'none', MySQLHostnameResolveMethod: 'none' };
  writeFileSync(explicitPath, JSON.stringify({ BackendDB: 'sqlite', SQLite3DataFile: file, ...names }));
  const loaded = loadConfig({ explicitPath, strict: true, environment: {}, home: null, readFile: readFileFromDisk });
  return compose(loaded, {
    mode: 'one-shot',
    logger: SILENT,
    version: 'test',
    programFolder: 'dist',
    wrapServers(real) {
      void real.close();
      return servers;
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
});
