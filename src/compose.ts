import { randomBytes } from 'node:crypto';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  agentClientSettings,
  agentsServerSettings,
  httpSettings,
  resolverSettings,
  serversSettings,
} from './compose/adapter-settings.ts';
import { withAuditLog } from './compose/audited-store.ts';
import { openStore } from './compose/backend.ts';
import { cliSettings } from './compose/cli-settings.ts';
import { engineSettings } from './compose/engine-settings.ts';
import { openKeyValueStores } from './compose/key-value-stores.ts';
import { createObservation } from './compose/observation.ts';
import { isOwnerAlive, ownerOf } from './compose/process-identity.ts';
import { createLiveConfig, type Reload } from './config/live-config.ts';
import type { LoadedConfig } from './config/load.ts';
import { readProcessEnvironment } from './config/source/read-file.ts';
import { createSystemClock } from './engine/basis/clock.ts';
import { closeAll } from './engine/basis/close-all.ts';
import { createOrchestrator } from './engine/orchestrator.ts';
import type { OrchestratorSettings } from './engine/orchestrator-settings.ts';
import type { Clock, Logger, Servers } from './engine/ports.ts';
import type { Orchestrator } from './engine/use-cases.ts';

export interface ComposeOptions {
  readonly mode: OrchestratorSettings['mode'];
  readonly logger: Logger;
  readonly version: string;
  /** False: nothing will listen, so nothing is counted for a page either (default true). */
  readonly servesHttp?: boolean;
  /** Where the program lies: the built page is the folder `web` in it. */
  readonly programFolder: string;
  /** Reads the configuration files again, for reload-configuration. */
  readonly readAgain?: () => LoadedConfig;
  /** Tests put faults between the engine and the servers. */
  readonly wrapServers?: (servers: Servers) => Servers;
}

export interface App {
  readonly orchestrator: Orchestrator;
  /** Serves API and page. @throws OrchestratorError `listen-failed`. */
  serve(): Promise<{ readonly url: string; close(): Promise<void> }>;
  /** Reads the configuration files again; the live keys hold at once. @throws OrchestratorError config-…, and nothing has changed. */
  reload(): Reload;
  close(): Promise<void>;
}

/**
 * The only place that knows every adapter. Opens the backend, makes the engine and starts it; nothing listens before serve().
 * Adapters are imported when needed, so that `orchestrator help` starts at once.
 * @throws OrchestratorError with what is wrong and what to do, e.g. `store-unopenable`.
 */
export async function compose(loaded: LoadedConfig, options: ComposeOptions): Promise<App> {
  const { config } = loaded;
  const live = createLiveConfig(loaded, options.readAgain ?? (() => loaded));
  const { logger, version, programFolder, wrapServers = (servers) => servers } = options;
  const clock = createSystemClock();
  const node = { hostname: hostname(), token: randomBytes(32).toString('hex') };
  const owner = ownerOf(node.hostname, process.pid);
  const isObserving = options.mode === 'observing';
  const [
    { createServers },
    { createBinlogAccess },
    { createHookRunner },
    { createHostnameResolver },
    { createSystemLookup },
    createLeadership,
    { createAgentClient },
  ] = await Promise.all([
    import('./mysql/servers.ts'),
    import('./mysql/binlog-reader.ts'),
    import('./outlet/hooks.ts'),
    import('./metadata/hostname-resolver.ts'),
    import('./metadata/hostname-lookup.ts'),
    isObserving
      ? import('./leadership/observer.ts').then(({ createObserverLeadership }) => createObserverLeadership)
      : import('./leadership/single.ts').then(({ createSingleLeadership }) => createSingleLeadership),
    import('./outlet/agent-client.ts'),
  ]);
  if (options.mode !== 'one-shot' && options.servesHttp !== false) {
    const { checkListen, listenTarget } = await import('./http/listen.ts');
    await checkListen(listenTarget(config.ListenAddress, config.ListenSocket));
  }
  const { auditLog, closeAudit } = await openAuditLog(config, clock, logger);
  const leadership = createLeadership();
  const observation =
    options.servesHttp === false
      ? null
      : await createObservation({ orchestrator: () => orchestrator, leadership, clock, logger }, loaded);
  const opened = await openStore(loaded, { ...node, owner }, version);
  const audited = withAuditLog(observation?.timedStore(opened) ?? opened, auditLog);
  const store = observation?.meteredStore(audited) ?? audited;
  logger.info({ backend: config.BackendDB, location: store.location }, 'backend opened');
  const resolver = createHostnameResolver(
    { store: store.resolve, lookup: createSystemLookup(), clock, logger },
    resolverSettings(loaded),
  );
  await resolver.load();
  const hookRunner = createHookRunner(
    { clock, logger },
    {
      shellCommand: config.ProcessesShellCommand,
      timeoutSeconds: config.HookTimeoutSeconds,
      environment: readProcessEnvironment(),
      secrets: [
        config.MySQLTopologyPassword,
        config.MySQLOrchestratorPassword,
        config.HTTPAuthPassword,
        config.HTTPAuthReadonlyPassword,
      ],
      temporaryDirectory: tmpdir(),
    },
  );
  const binlogs = createBinlogAccess(clock, serversSettings(loaded));
  const wrapped = wrapServers(createServers({ clock, logger }, serversSettings(loaded, live.current)));
  const orchestrator: Orchestrator = await createOrchestrator(
    {
      binlogs,
      servers: observation?.servers(wrapped) ?? wrapped,
      store,
      hookRunner: observation?.hooks(hookRunner) ?? hookRunner,
      resolver,
      kv: await openKeyValueStores(loaded),
      agents: createAgentClient(agentClientSettings(loaded)),
      leadership,
      clock,
      logger,
      randomHex: () => randomBytes(8).toString('hex'),
      newUid: () => `${clock.now()}:${randomBytes(32).toString('hex')}`,
      isOwnerAlive: (other) => isOwnerAlive(other, node.hostname, store.lifeOf(other)),
    },
    engineSettings(
      loaded,
      { mode: options.mode, node: { ...node, version, owner, dbBackend: config.BackendDB } },
      live.current,
    ),
  );
  const closers: (() => Promise<void>)[] = [
    closeAudit,
    () => hookRunner.close(),
    () => resolver.close(),
    () => leadership.close(),
    async () => binlogs.close(),
    () => orchestrator.close(),
  ];

  const stopFollowing = await observation?.follow(orchestrator, options.mode === 'continuous');
  closers.push(async () => stopFollowing?.());

  return {
    orchestrator,
    async serve() {
      if (observation === null) throw new Error('composed with servesHttp: false, and asked to serve');
      const [{ createHttpServer }, { fullHostname }] = await Promise.all([
        import('./http/server.ts'),
        import('./metadata/full-hostname.ts'),
      ]);
      const isNamedInFull = config.PrependMessagesWithOrcIdentity === 'FQDN';
      const named = { ...node, fullHostname: isNamedInFull ? await fullHostname(node.hostname) : node.hostname };
      const server = await createHttpServer(
        {
          orchestrator,
          clock,
          logger,
          staticDir: join(programFolder, 'web'),
          metrics: observation.metrics.render,
          resolveCache: resolver,
          timings: observation.timings,
          async runCommand(request) {
            const { serveCommand } = await import('./cli/serve-command.ts');
            return serveCommand(request, { orchestrator, settings: cliSettings(loaded), version, now: clock.now });
          },
          debugVariables: observation.variables.render,
          isValidAccessToken: orchestrator.node.isAccessTokenValid,
          ...(options.readAgain === undefined ? {} : { reloadConfiguration: async () => live.reload() }),
        },
        httpSettings(loaded, { ...named, version }, live.current, isObserving),
      );
      closers.push(() => server.close());
      if (config.ServeAgentsHttp && !isObserving) {
        const { createAgentsServer } = await import('./http/agents-server.ts');
        const forAgents = await createAgentsServer(
          { agents: orchestrator.agents, logger },
          agentsServerSettings(loaded),
        );
        closers.push(() => forAgents.close());
      }
      return server;
    },
    reload: live.reload,
    async close() {
      // Last opened, first closed.
      await closeAll(closers.reverse(), logger);
    },
  };
}

/** The audit beside the backend's table: AuditLogFile and AuditToSyslog. */
async function openAuditLog(config: LoadedConfig['config'], clock: Clock, logger: Logger) {
  const [{ createAuditLog }, { createSyslog }] = await Promise.all([
    import('./outlet/audit-log.ts'),
    import('./outlet/syslog.ts'),
  ]);
  const onFailure = (message: string): void => logger.error({}, message);
  const syslog = config.AuditToSyslog
    ? createSyslog({ clock, onFailure }, { program: 'logger', tag: 'orchestrator' })
    : null;
  const auditLog = createAuditLog({ clock, syslog, onFailure }, { file: config.AuditLogFile });
  const closeAudit = async (): Promise<void> => {
    await auditLog.close();
    await syslog?.close();
  };
  return { auditLog, closeAudit };
}
