import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLink, type Link } from '../connection.ts';
import { LabError } from '../error.ts';
import type { Flavour } from '../flavour.ts';
import { launch, livingPid, signalServer, waitGone } from '../process.ts';
import { lastWords, run } from '../run.ts';
import { commonArgs } from '../server-args.ts';
import { APP_SCHEMA_SQL, LAB_USERS, USERS_SQL } from '../users.ts';
import { waitFor } from '../wait.ts';
import type { Binaries } from './binaries.ts';

/** Raise it when the way a template is made changes in a manner the statements do not show. */
const RECIPE = 1;

/** The cache name of the prepared data folder: another version or another set of users makes another name. */
export function templateName(flavour: Flavour, binaries: Binaries): string {
  const text = JSON.stringify([RECIPE, binaries.version, USERS_SQL, APP_SCHEMA_SQL]);
  return `${flavour}.data-${createHash('sha256').update(text).digest('hex').slice(0, 10)}`;
}

/**
 * Makes a data folder for a flavour: system tables, the lab's users, the application's table; no binary log, no GTIDs,
 * no server identity, no anonymous users. Throws LabError 'prepare-failed'.
 */
export async function makeTemplate(flavour: Flavour, binaries: Binaries, folder: string): Promise<void> {
  // A short path of its own: the socket's name must fit into 107 bytes.
  const workDir = mkdtempSync(join(tmpdir(), 'orchestrator-lab-make-'));
  try {
    mkdirSync(join(workDir, 'tmp'));
    const dataDir = join(workDir, 'data');
    const args = [...commonArgs(flavour, binaries, workDir), `--datadir=${dataDir}`];
    await makeSystemTables(flavour, binaries, args, dataDir);
    await fillTemplate(flavour, binaries, args, workDir);
    for (const leftover of ['auto.cnf', 'ib_buffer_pool']) rmSync(join(dataDir, leftover), { force: true });
    // Sparse: the files are mostly zeros, and each server's copy stays as small.
    const copied = await run('cp', ['-a', '--sparse=always', `${dataDir}/.`, `${folder}.copy`]);
    if (copied.code !== 0)
      throw new LabError('prepare-failed', `cannot copy the data folder: ${lastWords(copied)}; is the disk full?`);
    rmSync(folder, { recursive: true, force: true });
    renameSync(`${folder}.copy`, folder);
  } finally {
    signalServer(workDir, 'SIGKILL');
    await waitGone(workDir, 10_000);
    rmSync(workDir, { recursive: true, force: true });
    rmSync(`${folder}.copy`, { recursive: true, force: true });
  }
}

async function makeSystemTables(
  flavour: Flavour,
  binaries: Binaries,
  args: readonly string[],
  dataDir: string,
): Promise<void> {
  const [program = '', ...first] = binaries.command;
  if (flavour === 'mysql-9.7') {
    const made = await run(program, [...first, ...args, '--initialize-insecure']);
    if (made.code !== 0) throw initFailed(flavour, lastWords(made));
    return;
  }
  mkdirSync(dataDir);
  const made = await run(program, [...first, ...args, '--bootstrap'], { input: bootstrapSql(flavour, binaries) });
  if (made.code !== 0) throw initFailed(flavour, lastWords(made));
}

function bootstrapSql(flavour: Flavour, binaries: Binaries): string {
  const scripts =
    flavour === 'mariadb-10.11'
      ? ['mysql_system_tables.sql', 'mysql_performance_tables.sql', 'mysql_system_tables_data.sql']
      : ['mysql_system_tables.sql', 'mysql_system_tables_data.sql'];
  const texts = scripts.map((name) => readFileSync(join(binaries.scriptsDir ?? '', name), 'utf8'));
  // The bootstrap reader wants every statement to end with its line.
  return ['CREATE DATABASE mysql;', 'USE mysql;', 'SET @auth_root_socket=NULL;', ...texts].join('\n');
}

async function fillTemplate(
  flavour: Flavour,
  binaries: Binaries,
  args: readonly string[],
  workDir: string,
): Promise<void> {
  launch(workDir, binaries.command, [
    ...args,
    '--skip-log-bin',
    '--skip-networking',
    `--log-error=${workDir}/error.log`,
  ]);
  const link = createLink(`the first start of ${flavour}`, { user: LAB_USERS.root, socketPath: join(workDir, 's') });
  try {
    await waitFor(
      async () => {
        if (livingPid(workDir) === null) return 'ended';
        await link.query('SELECT 1');
        return 'up';
      },
      { what: `the first start of ${flavour}`, deadlineMs: 60_000, explain: () => tail(workDir) },
    );
    await dropAnonymousUsers(link);
    await makeRoot(link);
    for (const sql of [...APP_SCHEMA_SQL, ...USERS_SQL]) await link.query(sql);
    await link.query('FLUSH PRIVILEGES');
  } catch (thrown) {
    throw initFailed(flavour, `${String(thrown)} ${tail(workDir)}`);
  } finally {
    link.close();
  }
  signalServer(workDir, 'SIGTERM');
  await waitGone(workDir, 60_000);
}

async function dropAnonymousUsers(link: Link): Promise<void> {
  for (const row of await link.query("SELECT host FROM mysql.user WHERE user=''")) {
    await link.query(`DROP USER ''@'${String(row.host ?? row.Host)}'`);
  }
}

/** The lab comes in over TCP from 127.0.0.1, which is not "localhost" once names are not resolved. */
async function makeRoot(link: Link): Promise<void> {
  const known = await link.query("SELECT host FROM mysql.user WHERE user='root' AND host='127.0.0.1'");
  if (known.length === 0) await link.query("CREATE USER 'root'@'127.0.0.1'");
  await link.query("GRANT ALL PRIVILEGES ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION");
  if ((await link.query("SELECT host FROM mysql.user WHERE user='root' AND host='localhost'")).length === 0) return;
  await link.query("GRANT ALL PRIVILEGES ON *.* TO 'root'@'localhost' WITH GRANT OPTION");
}

function tail(workDir: string): string {
  try {
    return readFileSync(join(workDir, 'error.log'), 'utf8').split('\n').slice(-6).join(' | ');
  } catch {
    return '';
  }
}

function initFailed(flavour: Flavour, words: string): LabError {
  return new LabError('prepare-failed', `cannot make the first data folder of ${flavour}: ${words}`);
}
