import { OrchestratorError } from '../model/error.ts';
import type { InstanceKey } from '../model/instance-key.ts';
import { formatKey, parseKey, sameKey } from '../model/instance-key.ts';
import type { ServerRecord } from '../model/server-record.ts';
import { replicasOf } from '../model/server-record.ts';
import { createAgents, NO_AGENTS } from './agents.ts';
import { createAnalyser } from './analyser.ts';
import { createClassification } from './classification.ts';
import { createDecisions } from './decisions.ts';
import { createDetectedRules } from './detected-rules.ts';
import { createDetection } from './detection/detection.ts';
import { createDiscovery } from './discovery/discovery.ts';
import { createEmergency } from './emergency.ts';
import { createEmitter } from './emitter.ts';
import { createExplanations } from './explanations.ts';
import { createDeposedWatch } from './fence/deposed-watch.ts';
import { createFleet } from './fleet.ts';
import { fleetView } from './fleet-view.ts';
import { createHousekeeping } from './housekeeping.ts';
import { createIntentMirror } from './intent-mirror.ts';
import { createKvService, type KvOutside } from './kv/service.ts';
import { findClusterName, findKey } from './lookup.ts';
import { createNodeUseCases } from './node.ts';
import { healthReport } from './node-health.ts';
import { createOperations } from './operations/operations.ts';
import { createUnfinishedReport } from './operations/report-unfinished.ts';
import type { OrchestratorSettings } from './orchestrator-settings.ts';
import { createPersistence } from './persistence.ts';
import type { BinlogReader, MarkerWriter } from './ports/binlog.ts';
import type { AgentClient, Clock, HookRunner, HostnameResolver, Leadership, Logger, Servers, Store } from './ports.ts';
import { INJECTION_INTERVAL_MS } from './pseudo-gtid/injection.ts';
import { createPseudoGtidService } from './pseudo-gtid/service.ts';
import { createQuestions } from './questions.ts';
import { createReadiness } from './readiness/readiness.ts';
import { createDetections } from './recovery/detections.ts';
import { createRecoveryHooks } from './recovery/hooks.ts';
import { createRecoveries } from './recovery/recoveries.ts';
import { createRegistrations } from './registrations.ts';
import { withResolvedNames } from './resolving-servers.ts';
import { createStandingRecoveries } from './standing-recoveries.ts';
import { createForced } from './takeover/forced.ts';
import { createTakeover } from './takeover/takeover.ts';
import { createTicks } from './ticks.ts';
import type { LiveEvent, Orchestrator } from './use-cases.ts';
import { createAnalysisWatch } from './watch-analysis.ts';
import { createBackendWatch } from './watch-backend.ts';
import { createWatchman } from './watchman.ts';

export interface OrchestratorDeps {
  readonly servers: Servers;
  readonly binlogs: BinlogReader & MarkerWriter;
  readonly store: Store;
  readonly hookRunner: HookRunner;
  readonly resolver: HostnameResolver;
  readonly leadership: Leadership;
  /** Left out where no agents are spoken to. */
  readonly agents?: AgentClient;
  readonly clock: Clock;
  readonly logger: Logger;
  newUid(): string;
  /** Stores outside that are told who is primary; absent: only the backend's own table. */
  readonly kv?: KvOutside;
  /** Sixteen hexadecimal digits, random. */
  randomHex(): string;
  /** Whether the process that an owner names still runs, as far as this machine can tell. */
  isOwnerAlive(owner: string): boolean;
}

const DISCOVERY_TICK_MS = 250;
const INTENT_TICK_MS = 500;
const FLUSH_TICK_MS = 1_000;
const ANALYSIS_TICK_MS = 1_000;
const NODE_TICK_MS = 1_000;
const EXPIRY_TICK_MS = 1_000;
const READINESS_TICK_MS = 1_000;
const BACKEND_TICK_MS = 3_000;
const HOUSEKEEPING_TICK_MS = 10_000;
const PURGE_TICK_MS = 60_000;
/** What a store could not be told is tried again so often; everything is looked at once a minute. */
const KV_TICK_MS = 5_000;

/** Puts the engine together and starts it. close() ends every loop, waits for recoveries under way and writes the last state. */
export async function createOrchestrator(
  deps: OrchestratorDeps,
  settings: OrchestratorSettings,
): Promise<Orchestrator> {
  const { store, resolver, leadership, clock, logger } = deps;
  const live = createEmitter<LiveEvent>((thrown) => logger.error({ err: thrown }, 'a live listener failed'));
  const pseudoGtid = createPseudoGtidService(
    {
      ...deps,
      marks: store.marks,
      servers: withResolvedNames(deps.servers, resolver),
      recordOf: (key) => fleet.recordOf(key),
      records: () => fleet.records(),
      isHandsOff: ({ key, intent }) =>
        intent.inMaintenance || recoveries.isBeingRecovered(key) || deposed.list().some((one) => sameKey(one.key, key)),
    },
    settings.pseudoGtid,
  );
  const { servers } = pseudoGtid;
  const fleet = createFleet({ clock, logger }, settings);
  const persistence = createPersistence(
    { fleet, store: store.servers, clock, logger },
    { touchMs: settings.instancePollSeconds * 1000 },
  );
  const intentMirror = createIntentMirror({ store: store.intent, fleet, logger });
  const analyser = createAnalyser({ fleet, clock }, settings.analysis);
  const explanations = createExplanations({ clock, logger, emit: live.emit });
  const discovery = createDiscovery({ servers, fleet, resolver, clock, logger }, settings.discovery);
  const hooks = createRecoveryHooks(deps, { lists: settings.hookLists, nodeHostname: settings.node.hostname });
  const detections = createDetections({ store: store.recoveries, hooks, clock, logger });
  const deposed = createDeposedWatch({
    servers,
    fleet,
    clock,
    logger,
    leadership,
    store: store.recoveries,
    auditLog: store.audit,
    onReturn: ({ clusterName, successor }, isFenced, sentence) => {
      const current =
        successor === null ? clusterName : (fleet.recordOf(successor)?.position.clusterName ?? clusterName);
      explanations.say(current, successor, isFenced ? 'recovered' : 'failed', sentence);
    },
  });
  const sayReplaced = (clusterName: string, failed: InstanceKey, successor: InstanceKey): void => {
    const name = formatKey(successor);
    explanations.drop(clusterName);
    explanations.say(name, successor, 'recovered', `${name} replaced ${formatKey(failed)}, which was dead.`);
  };
  const readDeposedAgain = (): Promise<void> =>
    deposed.refresh().catch((thrown) => logger.error({ err: thrown }, 'deposed primaries could not be read'));
  const recoveries = createRecoveries(
    {
      servers,
      fleet,
      clock,
      logger,
      leadership,
      store: store.recoveries,
      intent: store.intent,
      auditLog: store.audit,
      hooks,
      detections,
      operations: () => operations,
      newUid: deps.newUid,
      emit: live.emit,
      onDeposedChanged: readDeposedAgain,
      markers: deps.binlogs,
      isDeposed: (key) => deposed.list().some((one) => sameKey(one.key, key)),
      onPromoted: ({ intent, isResumed, entry }, audit) => {
        if (isResumed && intent.successor !== null) sayReplaced(intent.clusterName, intent.failed, intent.successor);
        void readDeposedAgain();
        if (intent.successor === null) return;
        const { clusterName, failed: demoted, successor, epoch } = intent;
        discovery.enqueue(successor);
        return kv.promoted({ alias: entry.view.clusterAlias, clusterName, demoted, successor, epoch, audit });
      },
    },
    settings.recoveries,
  );
  const readNow = async (key: InstanceKey): Promise<boolean> => (await discovery.readNow(key)).kind === 'read';
  const operations = createOperations(
    {
      ...deps,
      servers,
      fleet,
      auditLog: store.audit,
      readNow,
      pseudoGtid: pseudoGtid.searches,
      isBeingRecovered: recoveries.isBeingRecovered,
      onIntentChanged: intentMirror.refresh,
    },
    settings.operations,
  );
  const watchman = createWatchman(
    {
      analyser,
      explanations,
      intentMirror,
      recoveries,
      clock,
      suspect: ({ key }) => setImmediate(() => detection?.suspect(key)),
    },
    settings.analysis,
  );
  const isContinuous = settings.mode === 'continuous';
  const readiness = createReadiness(
    {
      ...{ fleet, clock, logger, live, store: store.recoveries, switchesOf: watchman.switchesOf },
      backendFailure: persistence.failure,
      readNow: isContinuous ? null : readNow, // Nobody polls for a single command.
    },
    settings,
  );
  const detection = isContinuous
    ? createDetection(
        {
          servers,
          fleet,
          clock,
          logger,
          switchesOf: watchman.switchesOf,
          silencedByUs: recoveries.leftSilenced,
          isBeingRecovered: recoveries.isBeingRecovered,
          onDead: watchman.onDead,
          onExplained: watchman.onExplained,
          readAgain: (key) => discovery.enqueue(key),
        },
        settings.detection,
      )
    : null;
  const ticks = createTicks({ clock, logger });
  const kv = createKvService(
    {
      ...deps,
      store: store.kv,
      recoveries: store.recoveries,
      auditLog: store.audit,
      records: fleet.records,
      readNow,
      isBeingRecovered: recoveries.isBeingRecovered,
    },
    { ...settings, prefix: settings.kvPrefix },
  );
  const agents = createAgents(
    { store: store.agents, attributes: store.intent, client: deps.agents ?? NO_AGENTS, auditLog: store.audit, logger },
    settings.agents,
  );
  const classification = createClassification(
    {
      intent: store.intent,
      servers: store.servers,
      auditLog: store.audit,
      recordsOfCluster: fleet.recordsOfCluster,
      resolveKey: (key) => findKey(fleet, resolver, key),
      // A single command knows nothing newer than the backend.
      flush: async () => (isContinuous ? persistence.flush() : undefined),
      onIntentChanged: intentMirror.refresh,
    },
    { ...settings, ...settings.classification },
  );
  const forget = async (key: InstanceKey): Promise<boolean> => {
    const isKnown = discovery.forget(key);
    await deposed.pardon(key);
    await persistence.forget(key);
    return isKnown;
  };
  const detectedRules = createDetectedRules({
    ...deps,
    fleet,
    intent: store.intent,
    onIntentChanged: intentMirror.refresh,
  });
  const housekeeping = createHousekeeping({ fleet, intent: store.intent, clock, logger, forget }, settings);
  const stopLive = fleet.onChange(({ key, what, clusters }) => {
    // Also when a server goes by another name now: its old row must not come back at the next start.
    if (what === 'forgotten')
      persistence
        .forget(key)
        .catch((thrown) => logger.error({ err: thrown }, 'a forgotten server is still in the backend'));
    for (const clusterName of clusters) live.emit({ kind: 'fleet', clusterName, version: fleet.version() });
  });

  fleet.adopt(await store.servers.loadServers());
  const stale = await store.servers.readStaleCoordinates();
  analyser.remember(stale);
  await Promise.all([intentMirror.refresh(), pseudoGtid.refresh()]);
  if (isContinuous) await startContinuous();

  async function startContinuous(): Promise<void> {
    const standing = createStandingRecoveries({ recoveries, explanations, leadership, clock, logger });
    const emergency = createEmergency(
      {
        ...deps,
        servers,
        fleet,
        intentMirror,
        readAgain: discovery.enqueue,
        isInvestigated: (key) => detection?.suspectedSinceMs(key) != null,
      },
      settings.detection,
    );
    const analysisWatch = createAnalysisWatch({
      analyser,
      detections,
      explanations,
      audit: store.audit,
      servers: store.servers,
      stale,
      clock,
      suspectedSinceMs: (key) => detection?.suspectedSinceMs(key) ?? null,
      isBeingRecovered: recoveries.isBeingRecovered,
      recordOf: fleet.recordOf,
      isBeingMoved: operations.isChanging,
      newUid: deps.newUid,
      onSeen: emergency.onSeen,
      onStanding: standing.consider,
    });
    await store.nodes.beat({ ...settings.node, command: 'http' });
    await deposed.refresh();
    const backendWatch = createBackendWatch(
      { ...deps, store: store.recoveries, fleet, recoveries, deposed, owner: settings.node.owner },
      settings.analysis,
    );
    for (const seed of settings.seeds) discovery.seed(parseKey(seed, settings.defaultPort));
    discovery.tick();
    ticks.every('discovery', DISCOVERY_TICK_MS, discovery.tick);
    if (settings.detection.pulseMs > 0) ticks.every('pulse', settings.detection.pulseMs, () => detection?.pulse());
    ticks.every('intent', INTENT_TICK_MS, intentMirror.refresh);
    ticks.every('flush', FLUSH_TICK_MS, persistence.flush);
    ticks.every('analysis', ANALYSIS_TICK_MS, analysisWatch.run);
    ticks.every('node', NODE_TICK_MS, () => store.nodes.beat({ ...settings.node, command: 'http' }));
    ticks.atOnceAndEvery('backend', BACKEND_TICK_MS, backendWatch.run);
    ticks.every('expiry', EXPIRY_TICK_MS, store.recoveries.expire);
    ticks.every('readiness', READINESS_TICK_MS, readiness.run);
    ticks.every('housekeeping', HOUSEKEEPING_TICK_MS, housekeeping.run);
    ticks.every('purge', PURGE_TICK_MS, store.purge);
    if (deps.kv !== undefined) ticks.every('key-value stores', KV_TICK_MS, kv.reconcile);
    if (agents.isServed) ticks.atOnceAndEvery('agents', settings.agents.pollMs, agents.poll);
    if (settings.snapshotTopologiesMs > 0)
      ticks.every('snapshot topologies', settings.snapshotTopologiesMs, async () => {
        await classification.snapshotTopologies();
      });
    ticks.every('marked clusters', HOUSEKEEPING_TICK_MS, pseudoGtid.refresh);
    if (pseudoGtid.injection !== null)
      ticks.atOnceAndEvery('pseudo-gtid', INJECTION_INTERVAL_MS, pseudoGtid.injection.run);
    const unfinished = createUnfinishedReport({ operations, auditLog: store.audit, logger });
    ticks.atOnceAndEvery('unfinished operations', HOUSEKEEPING_TICK_MS, unfinished.run);
  }

  async function discover(key: InstanceKey): Promise<ServerRecord> {
    const result = await discovery.readNow(key, { evenIfForgotten: true });
    if (result.kind === 'failed')
      throw new OrchestratorError('server-unreachable', result.outcome.failure.message, {
        details: { server: formatKey(key) },
      });
    if (result.kind === 'ignored')
      throw new OrchestratorError('discovery-ignored', `${result.reason}; it is not discovered`, {
        details: { server: formatKey(key) },
      });
    await persistence.flush();
    return result.record;
  }

  /** Reads a server and those around it now, so that a command by hand sees what is, not what was polled. */
  async function readAround(key: InstanceKey): Promise<ServerRecord | null> {
    await discovery.readNow(key, { evenIfForgotten: false });
    await Promise.all(replicasOf(key, fleet.records()).map((record) => discovery.readNow(record.key)));
    return fleet.recordOf(key);
  }

  async function entryByHand(key: InstanceKey) {
    const record = await readAround(key);
    if (record === null) throw new OrchestratorError('unknown-instance', `Cannot read instance: ${formatKey(key)}`);
    const entries = analyser.analyse({
      clusterName: record.position.clusterName,
      includeDowntimed: true,
      includeNoProblem: true,
    });
    return entries.find(({ view }) => sameKey(view.key, key)) ?? null;
  }

  return {
    fleet: () => fleetView(fleet, { ...settings.analysis, ...settings.classification }),
    discover,
    forget,
    resolveKey: (key) => findKey(fleet, resolver, key),
    clusterNameByHint: async (hint) => findClusterName(fleet, hint, settings.defaultPort),
    analyse: async (options) => analyser.analyse(options),
    async recover(key, { candidate, skipHooks }) {
      const suspectedAtMs = clock.now();
      const entry = await entryByHand(key);
      if (entry === null || !recoveries.handles(entry.code)) {
        const reason = `${formatKey(key)} shows ${entry?.code ?? 'no analysis'}, from which there is no recovery`;
        return { kind: 'not-attempted', reason, refusal: null };
      }
      const outcome = await recoveries.recover(entry, {
        isForced: true,
        candidate,
        skipHooks,
        command: '',
        suspectedAtMs,
      });
      await persistence.flush();
      return outcome;
    },
    async planRecovery(key, candidate) {
      const entry = await entryByHand(key);
      if (entry === null)
        throw new OrchestratorError(
          'no-analysis',
          `${formatKey(key)} has no analysis: it is ignored by configuration, or in maintenance`,
        );
      return recoveries.planFor(entry, candidate);
    },
    operations,
    takeover: createTakeover({
      ...deps,
      operations,
      fleet,
      intent: store.intent,
      auditLog: store.audit,
      recoveries: store.recoveries,
      hooks,
      analyse: entryByHand,
      emit: live.emit,
      onPromoted: (clusterName, demoted, successor) => {
        const name = formatKey(successor);
        explanations.drop(clusterName);
        explanations.say(name, successor, 'recovered', `${name} took over from ${formatKey(demoted)}, as ordered.`);
        for (const key of [successor, demoted]) discovery.enqueue(key);
      },
      onIntentChanged: intentMirror.refresh,
      publish: kv.promoted,
    }),
    forced: createForced({ servers, recoveries, fleet, clock, store: store.recoveries, analyse: entryByHand }),
    kv,
    pseudoGtid: pseudoGtid.searches,
    registrations: createRegistrations({
      maintenance: store.maintenance,
      intent: store.intent,
      auditLog: store.audit,
      clusterNameOf: (key) => fleet.recordOf(key)?.position.clusterName ?? '',
      onIntentChanged: intentMirror.refresh,
    }),
    questions: createQuestions(
      {
        equivalences: store.equivalences,
        records: fleet.records,
        recordOf: fleet.recordOf,
        readNow,
        discover,
        clock,
      },
      settings.operations.planning,
    ),
    classification,
    agents,
    node: createNodeUseCases({
      leadership,
      nodes: store.nodes,
      resolve: store.resolve,
      intent: store.intent,
      auditLog: store.audit,
    }),
    readiness,
    explanations: explanations.list,
    deposedPrimaries: store.recoveries.readDeposed,
    recoveries: store.recoveries.readRecoveries,
    detections: store.recoveries.readDetections,
    blockedRecoveries: store.recoveries.readBlocked,
    recoverySteps: store.recoveries.readSteps,
    ...createDecisions({
      ...store,
      auditLog: store.audit,
      clock,
      clusterNameOf: (key) => fleet.recordOf(key)?.position.clusterName ?? '',
      onIntentChanged: intentMirror.refresh,
    }),
    analysisChanges: store.audit.readAnalysisChanges,
    auditLog: store.audit.read,
    async isRecoveryDisabled() {
      await intentMirror.refresh();
      return intentMirror.current()?.isRecoveryDisabled ?? false;
    },
    discoveryQueues() {
      const { healthy, dead } = discovery.metrics();
      return { healthy, dead: settings.discovery.deadMaxConcurrency > 0 ? dead : null };
    },
    health: () => healthReport({ nodes: store.nodes, leadership, clock, failure: persistence.failure }, settings.node),
    onLiveEvent: live.listen,
    async close() {
      ticks.close();
      detectedRules.close();
      detection?.close();
      deposed.close();
      readiness.close();
      await operations.close();
      await recoveries.close();
      await discovery.close();
      await kv.close();
      stopLive();
      await persistence.flush();
      await servers.close();
      await store.close();
    },
  };
}
