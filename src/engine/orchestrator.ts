import type { InstanceKey } from '../model/instance-key.ts';
import { formatKey, sameKey } from '../model/instance-key.ts';
import { createEmitter } from './basis/emitter.ts';
import { createTicks } from './basis/ticks.ts';
import { createByHand } from './by-hand.ts';
import { createDetection } from './detection/detection.ts';
import { createReceiverRests } from './detection/receiver-rests.ts';
import { createDiscovery } from './discovery/discovery.ts';
import { createDeposedWatch } from './fence/deposed-watch.ts';
import { createFleet } from './fleet/fleet.ts';
import { createFleetViews } from './fleet/fleet-view.ts';
import { createIntentMirror } from './fleet/intent-mirror.ts';
import { findClusterName, findKey } from './fleet/lookup.ts';
import { createPersistence } from './fleet/persistence.ts';
import { withResolvedNames } from './fleet/resolving-servers.ts';
import { createKvService } from './kv/service.ts';
import { startLoops } from './loops.ts';
import { startObserving } from './observe.ts';
import { correlateFor } from './operations/correlate.ts';
import { createOperations } from './operations/operations.ts';
import type { OrchestratorDeps } from './orchestrator-deps.ts';
import type { OrchestratorSettings } from './orchestrator-settings.ts';
import { createPseudoGtidService } from './pseudo-gtid/service.ts';
import { createReadiness } from './readiness/readiness.ts';
import { createDetections } from './recovery/detections.ts';
import { createRecoveryHooks } from './recovery/hooks.ts';
import { createRecoveries } from './recovery/recoveries.ts';
import { createAgents, NO_AGENTS } from './requests/agents.ts';
import { createClassification } from './requests/classification.ts';
import { createDecisions } from './requests/decisions.ts';
import { createNodeUseCases } from './requests/node.ts';
import { healthReport } from './requests/node-health.ts';
import { createQuestions } from './requests/questions.ts';
import { createRegistrations } from './requests/registrations.ts';
import { createForced } from './takeover/forced.ts';
import { createTakeover } from './takeover/takeover.ts';
import { createDetectedRules } from './upkeep/detected-rules.ts';
import { createHousekeeping } from './upkeep/housekeeping.ts';
import type { LiveEvent, Orchestrator } from './use-cases.ts';
import { createAnalyser } from './watch/analyser.ts';
import { createExplanations } from './watch/explanations.ts';
import { createWatchman } from './watch/watchman.ts';

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
  const hooks = createRecoveryHooks(deps, {
    get lists() {
      return settings.hookLists;
    },
    nodeHostname: settings.node.hostname,
  });
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
  const rests = createReceiverRests(clock);
  const recoveries = createRecoveries(
    {
      servers,
      fleet,
      takeResting: rests.take,
      clock,
      logger,
      leadership,
      store: store.recoveries,
      intent: store.intent,
      auditLog: store.audit,
      hooks,
      detections,
      operations: () => operations,
      correlate: correlateFor({ recordOf: fleet.recordOf, pseudoGtid: pseudoGtid.searches }),
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
      readNow: settings.mode === 'one-shot' ? readNow : null, // Nobody polls for a single command.
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
          silencedByUs: async (key) => new Set([...(await recoveries.leftSilenced(key)), ...rests.below(key)]),
          rests,
          isTaken: (replica, source) => recoveries.isBeingRecovered(source) || operations.isChanging(replica),
          isBeingRecovered: recoveries.isHeldFirmly,
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
  // A command, or an onlooker, writes only what it reads itself.
  if (!isContinuous) persistence.remember();
  if (settings.mode === 'observing')
    await startObserving(deps, { fleet, persistence, intentMirror, pseudoGtid, readiness, ticks }, settings);
  if (isContinuous) {
    const parts = {
      servers,
      fleet,
      discovery,
      persistence,
      intentMirror,
      analyser,
      explanations,
      recoveries,
      detections,
    };
    const others = {
      detection,
      rests,
      deposed,
      operations,
      pseudoGtid,
      readiness,
      housekeeping,
      kv,
      agents,
      classification,
    };
    await startLoops(deps, { ...parts, ...others, ticks, stale }, settings);
  }

  const byHand = createByHand({ discovery, persistence, fleet, analyser, recoveries, clock });

  return {
    fleet: createFleetViews(fleet, () => ({ ...settings.analysis, ...settings.classification })),
    discover: byHand.discover,
    recover: byHand.recover,
    planRecovery: byHand.planRecovery,
    forget,
    resolveKey: (key) => findKey(fleet, resolver, key),
    clusterNameByHint: async (hint) => findClusterName(fleet, hint, settings.defaultPort),
    analyse: async (options) => analyser.analyse(options),
    operations,
    takeover: createTakeover({
      ...deps,
      operations,
      fleet,
      intent: store.intent,
      auditLog: store.audit,
      recoveries: store.recoveries,
      hooks,
      analyse: byHand.entryOf,
      emit: live.emit,
      onPromoted: (clusterName, demoted, successor) => {
        const name = formatKey(successor);
        explanations.drop(clusterName);
        explanations.say(name, successor, 'recovered', `${name} took over from ${formatKey(demoted)}, as ordered.`);
        for (const key of [successor, demoted]) discovery.enqueue(key);
      },
      onIntentChanged: intentMirror.refresh,
      pardon: deposed.pardon,
      publish: kv.promoted,
    }),
    forced: createForced({ servers, recoveries, fleet, clock, store: store.recoveries, analyse: byHand.entryOf }),
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
        discover: byHand.discover,
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
      await persistence.close();
      await servers.close();
      await store.close();
    },
  };
}
