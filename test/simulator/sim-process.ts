import { engineSettings } from '../../src/compose/engine-settings.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createOrchestrator } from '../../src/engine/orchestrator.ts';
import type { HookRunner, Logger, Store } from '../../src/engine/ports.ts';
import type { LiveEvent, Orchestrator } from '../../src/engine/use-cases.ts';
import { createSingleLeadership } from '../../src/leadership/single.ts';
import { createSqliteStore } from '../../src/store/sqlite-store.ts';
import { createLife, type Life } from './life.ts';
import { createSimBinlogs } from './sim-binlogs.ts';
import { createSimPort, type SimPortOptions } from './sim-port.ts';
import { keyOf, type World } from './world.ts';

/** One of our processes in a simulated world: the whole engine, a real store in memory, and a life that can end at any moment. */
export interface SimProcess {
  readonly orchestrator: Orchestrator;
  /** Recoveries of this process: how many have begun, how those ended that have (`succeeded`, `failed`). */
  countBegun(): number;
  readonly ended: readonly string[];
  isDead(): boolean;
  /** Commands sent and intents written so far. */
  countDeeds(): number;
  /** SIGKILL: nothing it waits for ever comes. */
  kill(): void;
}

export interface SimProcessOptions extends SimPortOptions {
  readonly config?: Readonly<Record<string, unknown>>;
  /** Who it is; the owner of its recoveries. */
  readonly owner: string;
  /** It is killed when this many deeds (commands sent, intents and outcomes written) are done; null = never. */
  readonly diesAfterDeeds: number | null;
  /** Absent: every hook succeeds at once. */
  readonly runHooks?: HookRunner['run'];
}

export const openSimStore = (): Promise<Store> =>
  createSqliteStore({
    file: ':memory:',
    version: 'test',
    node: { hostname: 'sim', token: 'sim' },
    skipDatabaseUpdate: false,
    panicIfDifferentDatabaseDeploy: false,
    periodBlockSeconds: 3600,
    detectionPeriodBlockSeconds: 3600,
    blockedExpirySeconds: 5,
    auditToBackendDb: false,
    auditPurgeDays: 7,
    candidateExpireMinutes: 60,
    hostnameResolveExpireMinutes: 60,
    poolExpireMinutes: 60,
    accessTokenUseSeconds: 60,
    accessTokenExpireMinutes: 1440,
  });

export async function startSimProcess(world: World, store: Store, options: SimProcessOptions): Promise<SimProcess> {
  let begun = 0;
  const ended: string[] = [];
  const life = createLife({
    diesAfterDeeds: options.diesAfterDeeds,
    onDeath: (deeds) => world.tell(`process ${options.owner} is killed after ${deeds} deeds`),
  });
  const orchestrator = await createOrchestrator(
    {
      servers: life.servers(createSimPort(world, options)),
      store: mortal(store, life),
      hookRunner: { run: options.runHooks ?? (async () => ({ kind: 'succeeded' })) },
      resolver: { resolve: async (hostname) => hostname, learn: async () => true, addressOf: async () => null },
      leadership: createSingleLeadership(),
      clock: life.clock(world.clock),
      logger: storyteller(world),
      binlogs: createSimBinlogs(world),
      randomHex: () => '0123456789abcdef',
      newUid: () => `${options.owner}-${life.countDeeds()}-${world.clock.monotonicMs()}`,
      isOwnerAlive: (owner) => owner === options.owner && !life.isDead(),
    },
    settingsOf(options),
  );
  orchestrator.onLiveEvent((event: LiveEvent) => {
    if (event.kind !== 'recovery') return;
    if (event.state === 'started') begun += 1;
    else ended.push(event.state);
  });
  return {
    orchestrator,
    countBegun: () => begun,
    ended,
    isDead: life.isDead,
    countDeeds: life.countDeeds,
    kill: life.kill,
  };
}

function mortal(store: Store, { wrap }: Life): Store {
  return {
    ...store,
    servers: wrap(store.servers),
    intent: wrap(store.intent),
    recoveries: wrap(store.recoveries),
    silences: wrap(store.silences),
    audit: wrap(store.audit),
    nodes: wrap(store.nodes),
    maintenance: wrap(store.maintenance),
    operations: wrap(store.operations),
    equivalences: wrap(store.equivalences),
  };
}

function settingsOf({ config, owner }: SimProcessOptions): Parameters<typeof createOrchestrator>[1] {
  const text = JSON.stringify({
    HostnameResolveMethod: 'none',
    MySQLHostnameResolveMethod: 'none',
    RecoverMasterClusterFilters: ['*'],
    BackendDB: 'sqlite',
    DiscoverySeeds: [`${keyOf(1).hostname}:${keyOf(1).port}`],
    PromotionDrainTimeoutSeconds: 5,
    ...config,
  });
  const loaded = loadConfig({
    explicitPath: '/simulated.conf.json',
    strict: true,
    environment: {},
    home: null,
    readFile: () => text,
  });
  return engineSettings(loaded, {
    mode: 'continuous',
    node: { hostname: 'sim', token: 'sim', version: 'test', owner, dbBackend: 'sqlite' },
  });
}

/** Log lines become lines of the story; a failure inside the engine is one of the judge's cases. */
export function storyteller(world: World): Logger {
  const quiet = (): void => undefined;
  const loud = (fields: object, message: string): void => {
    const { step, sentence, err } = fields as { step?: string; sentence?: string; err?: unknown };
    world.tell(`${message}: ${step ?? sentence ?? (err instanceof Error ? err.stack : JSON.stringify(fields))}`);
  };
  return {
    trace: quiet,
    debug: quiet,
    info: loud,
    warn: loud,
    error(fields, message) {
      loud(fields, message);
      const { err } = fields as { err?: unknown };
      if (err instanceof Error) world.violations.push(`the engine failed: ${message}: ${err.message}`);
    },
    fatal: loud,
  };
}
