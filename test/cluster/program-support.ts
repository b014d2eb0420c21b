import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LAB_USERS, type LabServer } from '../../lab/index.ts';
import { loadSqliteEngine, type SqliteConnection } from '../../src/store/sqlite/engine.ts';
import type { Program } from '../support/program.ts';

export const keyOf = (server: LabServer): string => `${server.host}:${server.port}`;
export const pathOf = (server: LabServer): string => `${server.host}/${server.port}`;

/** How one run of a command ended. */
export interface CommandRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs dist/main.js or dist/client.js to its end; killed after half a minute. */
export async function runNode(
  script: 'main' | 'client',
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<CommandRun> {
  const child = spawn(process.execPath, [`dist/${script}.js`, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
    timeout: 30_000,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { exitCode, stdout, stderr };
}

/** The command line of a running program's configuration: `orchestrator -c … --config …`. */
export const cli = (program: Program, ...args: readonly string[]): Promise<CommandRun> =>
  runNode('main', [...args, '--config', join(program.dir, 'orchestrator.conf.json')]);

/** orchestrator-client against a running program. */
export const client = (program: Program, ...args: readonly string[]): Promise<CommandRun> =>
  runNode('client', args, { ORCHESTRATOR_API: program.url, ORCHESTRATOR_INSTANCE: '' });

/** A folder with a configuration for commands without a running program. */
export interface Workplace {
  readonly dir: string;
  readonly configFile: string;
  readonly sqliteFile: string;
  cli(...args: readonly string[]): Promise<CommandRun>;
  remove(): void;
}

/** Makes a folder, removed by remove(), whose configuration names a SQLite file in it (not made yet). */
export function makeWorkplace(config: Readonly<Record<string, unknown>> = {}): Workplace {
  const dir = mkdtempSync(join(tmpdir(), 'orchestrator-test-'));
  const configFile = join(dir, 'orchestrator.conf.json');
  const sqliteFile = join(dir, 'orchestrator.sqlite3');
  writeFileSync(
    configFile,
    JSON.stringify({
      MySQLTopologyUser: LAB_USERS.orchestrator.user,
      MySQLTopologyPassword: LAB_USERS.orchestrator.password,
      HostnameResolveMethod: 'none',
      MySQLHostnameResolveMethod: 'none',
      BackendDB: 'sqlite',
      SQLite3DataFile: sqliteFile,
      ...config,
    }),
  );
  return {
    dir,
    configFile,
    sqliteFile,
    cli: (...args) => runNode('main', [...args, '--config', configFile]),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

/** Opens a backend file as another program would; the caller closes it. */
export async function openSqlite(file: string): Promise<SqliteConnection> {
  const database = (await loadSqliteEngine(process.versions.node))(file);
  database.exec('PRAGMA busy_timeout=5000');
  return database;
}

/** Runs statements in a running program's SQLite backend, by a connection of its own. */
export async function backendSql(program: Program, ...statements: readonly string[]): Promise<void> {
  const database = await openSqlite(join(program.dir, 'orchestrator.sqlite3'));
  try {
    for (const sql of statements) database.exec(sql);
  } finally {
    database.close();
  }
}
