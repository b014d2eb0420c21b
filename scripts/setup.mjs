/** What build, test and demo share: plain Node without packages, because node_modules may be missing. */
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, lstatSync, readdirSync, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '..');
const OLDEST_NODE = [20, 19];

/** A failure that is told as one sentence, without a stack. */
export class SetupError extends Error {}

export const say = (text) => process.stderr.write(`${text}\n`);

/** Refuses a Node that is too old. Throws SetupError. */
export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    throw new SetupError(`Node ${process.versions.node} is too old; install Node ${OLDEST_NODE.join('.')} or newer`);
  }
}

/**
 * Runs a program in the repository with the terminal as its own; gives its exit code (128 + n after signal n is 1 here). `onStart` is
 * given the child process.
 */
export function run(program, args, env = {}, onStart = () => undefined) {
  return new Promise((done) => {
    const child = spawn(program, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } });
    onStart(child);
    child.on('error', (error) => {
      say(`${program}: ${error.message}`);
      done(127);
    });
    child.on('close', (code) => done(code ?? 1));
  });
}

/** Runs one of the programs that node_modules brings; `entry` is its file below node_modules. */
export const runTool = (entry, args, env) => run(process.execPath, [join(ROOT, 'node_modules', entry), ...args], env);

/** Runs a TypeScript program of the repository from its source. */
export const runSource = (file, args, env, onStart) =>
  run(process.execPath, ['--import', 'tsx', join(ROOT, file), ...args], env, onStart);

/** A long step with its name before and its time after. Throws SetupError when `work` gives another exit code than 0. */
export async function step(title, work, remedy) {
  const startMs = performance.now();
  say(`› ${title} …`);
  const code = await work();
  if (code !== 0)
    throw new SetupError(`${title}: failed with exit code ${code}${remedy === undefined ? '' : `; ${remedy}`}`);
  say(`  done in ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
}

const timeOf = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

/** Installs node_modules when they are missing or older than the lock file. Throws SetupError. */
export async function ensureModules() {
  const installedMs = timeOf(join(ROOT, 'node_modules/.package-lock.json'));
  if (installedMs > 0 && installedMs >= timeOf(join(ROOT, 'package-lock.json'))) return;
  if (lstatSync(join(ROOT, 'node_modules'), { throwIfNoEntry: false })?.isSymbolicLink()) {
    throw new SetupError(
      'node_modules is a link, and older than package-lock.json: npm ci would empty the folder of somebody else; install there, or remove the link',
    );
  }
  const work = () => run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { NODE_ENV: 'development' });
  await step('installing packages (npm ci)', work, 'npm says why above; is the package registry reachable?');
}

/** Time of the newest file below a folder, in epoch milliseconds. */
function newestMs(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((newest, entry) => Math.max(newest, timeOf(join(entry.parentPath, entry.name))), 0);
}

/** True when dist/ holds what the sources say now. */
export function isBuilt() {
  const builtMs = Math.min(timeOf(join(ROOT, 'dist/main.js')), timeOf(join(ROOT, 'dist/web/index.html')));
  const sources = [join(ROOT, 'src'), join(ROOT, 'web')];
  const settings = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'].map((name) =>
    timeOf(join(ROOT, name)),
  );
  return builtMs > 0 && builtMs >= Math.max(...sources.map(newestMs), ...settings);
}

/** Path of a program in PATH, or null. */
export function findProgram(names) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of names) {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return join(folder, name);
      } catch {
        // Not in this folder.
      }
    }
  }
  return null;
}

/**
 * Installs a Debian package when none of its programs is there: as root by apt, otherwise it says what to type.
 * Throws SetupError.
 */
export async function ensurePackage(name, programs, why) {
  if (findProgram(programs) !== null) return;
  const command = `apt-get update && apt-get install -y ${name}`;
  const asRoot = process.getuid?.() === 0 && findProgram(['apt-get']) !== null;
  if (!asRoot) throw new SetupError(`the package ${name} is missing (${why}); install it as root: ${command}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const work = async () => {
    const updated = await run('apt-get', ['update', '-qq'], env);
    return updated === 0 ? run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], env) : updated;
  };
  await step(`installing the package ${name} (${why})`, work, 'is the network, or a package mirror, reachable?');
}

/** Runs a script's main function; a SetupError becomes one line and exit code 1. */
export async function main(work) {
  try {
    process.exitCode = await work();
  } catch (thrown) {
    if (!(thrown instanceof SetupError)) throw thrown;
    say(`✗ ${thrown.message}`);
    process.exitCode = 1;
  }
}

/** The commit and state of the sources, for a heading; '' outside git. */
export function revision() {
  const result = spawnSync('git', ['describe', '--always', '--dirty'], { cwd: ROOT, encoding: 'utf8' });
  return result.status === 0 ? result.stdout.trim() : '';
}
