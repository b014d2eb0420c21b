import { engineSettings } from '../../src/compose/engine-settings.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createOrchestrator } from '../../src/engine/orchestrator.ts';
import type { Clock, Logger, Servers, Store } from '../../src/engine/ports.ts';
import type { LiveEvent, Orchestrator } from '../../src/engine/use-cases.ts';
import { createSingleLeadership } from '../../src/leadership/single.ts';
import { createSqliteStore } from '../../src/store/sqlite-store.ts';
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
  });

/** Deeds by which a recovery changes the world or its memory. */
const STORE_DEEDS = ['saveIntent', 'saveDeposed', 'resolveRecovery', 'closeIntent'];

export async function startSimProcess(world: World, store: Store, options: SimProcessOptions): Promise<SimProcess> {
  let isDead = false;
  let deeds = 0;
  let begun = 0;
  const ended: string[] = [];

  function kill(): void {
    if (isDead) return;
    isDead = true;
    world.tell(`process ${options.owner} is killed after ${deeds} deeds`);
  }

  /** What a dead process waits for never comes. */
  const living = async <T>(work: () => Promise<T>, isDeed = false): Promise<T> => {
    if (isDead) return new Promise<T>(() => undefined);
    const value = await work();
    if (isDeed && !isDead) {
      deeds += 1;
      if (deeds === options.diesAfterDeeds) kill();
    }
    return isDead ? new Promise<T>(() => undefined) : value;
  };

  const port = createSimPort(world, options);
  const servers: Servers = {
    ...port,
    probe: (key, request) => living(() => port.probe(key, request)),
    knock: (key, deadlineMs) => living(() => port.knock(key, deadlineMs)),
    execute: (instance, command, limits) => living(() => port.execute(instance, command, limits), true),
    onSessionEvent: (listener) =>
      port.onSessionEvent((event) => {
        if (!isDead) listener(event);
      }),
  };
  const clock: Clock = {
    now: world.clock.now,
    monotonicMs: world.clock.monotonicMs,
    sleep: (ms, signal) => living(() => world.clock.sleep(ms, signal)),
    every(ms, run) {
      const stop = world.clock.every(ms, () => (isDead ? stop() : run()));
      return stop;
    },
  };
  const orchestrator = await createOrchestrator(
    {
      servers,
      store: mortal(store, living),
      hookRunner: { run: async () => ({ kind: 'succeeded' }) },
      resolver: { resolve: async (hostname) => hostname, learn: async () => true },
      leadership: createSingleLeadership(),
      clock,
      logger: storyteller(world),
      newUid: () => `${options.owner}-${deeds}-${world.clock.monotonicMs()}`,
      isOwnerAlive: (owner) => owner === options.owner && !isDead,
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
    isDead: () => isDead,
    countDeeds: () => deeds,
    kill,
  };
}

/** Every method of the store ends with the process; the store itself outlives it. */
function mortal(store: Store, living: <T>(work: () => Promise<T>, isDeed?: boolean) => Promise<T>): Store {
  const wrap = <T extends object>(part: T): T =>
    new Proxy(part, {
      get(target, name) {
        const member = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...given: unknown[]) =>
          living(() => Reflect.apply(member, target, given) as Promise<unknown>, STORE_DEEDS.includes(String(name)));
      },
    });
  return {
    ...store,
    servers: wrap(store.servers),
    intent: wrap(store.intent),
    recoveries: wrap(store.recoveries),
    audit: wrap(store.audit),
    nodes: wrap(store.nodes),
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
function storyteller(world: World): Logger {
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
