import { existsSync, readFileSync, writeSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import type { CliDeps } from '../cli/deps.ts';
import type { ProgramFlags } from '../cli/flags.ts';
import { createStandardOutput } from '../cli/standard-output.ts';
import type { App, ComposeOptions } from '../compose.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { readFileFromDisk, readHomeDirectory, readProcessEnvironment } from '../config/source/read-file.ts';
import { createSystemClock } from '../engine/basis/clock.ts';
import type { ProgramLogger } from '../outlet/logger.ts';
import { cliSettings } from './cli-settings.ts';
import { openCommandLog, openLog } from './program-log.ts';

/** How long closing may take before the program says what it waits for and leaves. */
const CLOSE_WITHIN_MS = 10_000;
const HOLD_MS = 3_600_000;

const readConfiguration = (flags: ProgramFlags): LoadedConfig =>
  loadConfig({
    explicitPath: flags.config === '' ? null : flags.config,
    strict: flags.strict,
    environment: readProcessEnvironment(),
    home: readHomeDirectory(),
    readFile: readFileFromDisk,
  });

const withFlags = (loaded: LoadedConfig, flags: ProgramFlags): LoadedConfig =>
  flags.enableDatabaseUpdate
    ? { ...loaded, config: { ...loaded.config, SkipOrchestratorDatabaseUpdate: false } }
    : loaded;

const load = (flags: ProgramFlags): LoadedConfig => withFlags(readConfiguration(flags), flags);

/** Version from package.json, beside the program's folder; the commit as it was noted in the folder by the build, or in package.json by a release. */
function readVersion(folder: string): CliDeps['version'] {
  const text = readFileSync(join(folder, '../package.json'), 'utf8');
  const { version, gitHead = '' } = JSON.parse(text) as { readonly version: string; readonly gitHead?: string };
  const noted = join(folder, 'commit');
  return { version, gitCommit: existsSync(noted) ? readFileSync(noted, 'utf8').trim() : gitHead };
}

function warn(loaded: LoadedConfig, logger: ProgramLogger): void {
  for (const warning of loaded.warnings) logger.warn({ files: loaded.files }, warning);
}

async function composeWith(
  loaded: LoadedConfig,
  logger: ProgramLogger,
  options: Pick<ComposeOptions, 'mode' | 'servesHttp' | 'readAgain' | 'programFolder'>,
): Promise<App> {
  warn(loaded, logger);
  const { compose } = await import('../compose.ts');
  return compose(loaded, { ...options, logger, version: readVersion(options.programFolder).version });
}

/** Resolves at the first SIGINT or SIGTERM. */
const toldToStop = (): Promise<string> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal));
  });

/** Waits, and keeps the process alive: nothing else does where it listens nowhere and knows no server. */
function stayingUntil<T>(end: Promise<T>): Promise<T> {
  const hold = setInterval(() => undefined, HOLD_MS);
  return end.finally(() => clearInterval(hold));
}

/** Works, and serves, until told to stop. A failure at the start is thrown to the command line, which says it in one line. */
async function startService(flags: ProgramFlags, programFolder: string, serves: boolean): Promise<number> {
  const loaded = load(flags);
  const logger = await openLog(flags, loaded.config);
  const stop = toldToStop();
  // A mistake of ours in one place must not end the watch over everything else.
  process.on('unhandledRejection', (thrown) =>
    logger.error({ err: thrown }, 'something failed that nobody waited for'),
  );
  const app = await composeWith(loaded, logger, {
    mode: flags.discovery ? 'continuous' : 'observing',
    servesHttp: serves,
    programFolder,
    readAgain: () => load(flags),
  });
  // As ever, a hang-up is the order to read the configuration again.
  process.on('SIGHUP', () => {
    try {
      logger.info(app.reload(), 'configuration read again; keys that wait hold after a restart');
    } catch (thrown) {
      logger.error({ err: thrown }, 'the configuration could not be read again; the former one holds');
    }
  });
  try {
    if (flags.grabElection) await app.orchestrator.node.grabElection();
    const url = serves ? (await app.serve()).url : 'none';
    logger.info({ url, version: readVersion(programFolder).version }, 'orchestrator serves');
    logger.info({ signal: await stayingUntil(stop) }, 'stopping');
  } finally {
    const impatience = setTimeout(() => {
      logger.error(
        { afterMs: CLOSE_WITHIN_MS },
        'closing takes too long, leaving; the next start goes on with what is left open',
      );
      process.exit(1);
    }, CLOSE_WITHIN_MS);
    impatience.unref();
    await app.close();
    await logger.close();
  }
  return 0;
}

/** The way through a running program, when ORCHESTRATOR_API names one; loaded only then. */
function throughApi(): CliDeps['throughApi'] {
  const variables = readProcessEnvironment();
  const value = (name: string): string => variables[name] ?? '';
  if (value('ORCHESTRATOR_API').trim() === '') return null;
  const environment = {
    api: value('ORCHESTRATOR_API'),
    authUser: value('ORCHESTRATOR_AUTH_USER'),
    authPassword: value('ORCHESTRATOR_AUTH_PASSWORD'),
    authUserHeader: value('ORCHESTRATOR_AUTH_USER_HEADER'),
    instance: '',
  };
  return async (command) => {
    const [{ createThroughApi }, { httpGet }] = await Promise.all([
      import('../cli/through-api.ts'),
      import('../cli/client/http-get.ts'),
    ]);
    return createThroughApi(environment, { fetch: httpGet, sleep: (ms) => createSystemClock().sleep(ms) })(command);
  };
}

/**
 * All that the command line needs of the rest of the program; loads adapters only for commands that need them.
 * `programFolder` is where main lies: package.json stands above it, the built page in it.
 */
export function cliDeps(programFolder: string): CliDeps {
  // A process runs one command, whose flags name one configuration.
  let read: LoadedConfig | null = null;
  const loadOnce = (flags: ProgramFlags): LoadedConfig => {
    read ??= readConfiguration(flags);
    return withFlags(read, flags);
  };
  return {
    stdout: createStandardOutput({ writeNow: (bytes) => writeSync(1, bytes), stream: () => process.stdout }),
    stderr: (text) => process.stderr.write(text),
    now: () => Date.now(),
    hostname: hostname(),
    username: userInfo().username,
    version: readVersion(programFolder),
    loadConfig: async (flags) => cliSettings(loadOnce(flags)),
    async open(flags) {
      const loaded = loadOnce(flags);
      const logger = await openCommandLog(flags, loaded.config);
      const app = await composeWith(loaded, logger, { mode: 'one-shot', servesHttp: false, programFolder });
      const close = async (): Promise<void> => {
        await app.close();
        await logger.close();
      };
      return { ...app.orchestrator, close };
    },
    async openReading(flags) {
      const loaded = loadOnce(flags);
      const logger = await openCommandLog(flags, loaded.config);
      warn(loaded, logger);
      const { composeReading } = await import('./reading.ts');
      const reading = await composeReading(loaded, { logger, version: readVersion(programFolder).version });
      const close = async (): Promise<void> => {
        await reading.close();
        await logger.close();
      };
      return { ...reading, close };
    },
    throughApi: throughApi(),
    startHttp: (flags) => startService(flags, programFolder, true),
    startContinuous: (flags) => startService(flags, programFolder, false),
    async resolveAddress(key) {
      const [{ dial }, { createSystemLookup }] = await Promise.all([
        import('../http/tcp-dial.ts'),
        import('../metadata/hostname-lookup.ts'),
      ]);
      await dial(key);
      const name = await createSystemLookup().canonicalName(key.hostname);
      return { hostname: name.replace(/\.$/, ''), port: key.port };
    },
  };
}
