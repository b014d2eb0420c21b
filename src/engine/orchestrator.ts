import type { InstanceKey } from '../model/instance-key.ts';
import { formatKey, sameKey } from '../model/instance-key.ts';
import { createAgentSeeds } from './agent-seeds/agent-seeds.ts';
import { createSeedGatherer } from './agent-seeds/gather-seed.ts';
import { createTargetServers } from './agent-seeds/target-servers.ts';
import { closeAll } from './basis/close-all.ts';
import { createEmitter } from './basis/emitter.ts';
import { createTicks } from './basis/ticks.ts';
import { createByHand } from './by-hand.ts';
import { createDetection } from './detection/detection.ts';
import { createDiscovery } from './discovery/discovery.ts';
import { createForgetting } from './discovery/forgetting.ts';
import { createDeposedWatch } from './fence/deposed-watch.ts';
import { withLastKnown } from './fleet/last-known.ts';
import { createOtherAddresses } from './fleet/other-addresses.ts';
import { createPersistence } from './fleet/persistence.ts';
import { withResolvedNames } from './fleet/resolving-servers.ts';
import { createKvService } from './kv/service.ts';
import { startLoops } from './loops.ts';
import { createNameVerifier } from './names/verify-name.ts';
import { startObserving } from './observe.ts';
import { inTurn } from './operations/after-operation.ts';
import { correlateFor } from './operations/correlate.ts';
import { createOperations } from './operations/operations.ts';
import { watchRenewedLogs } from './operations/renewed-logs.ts';
import { createTakeMasterHooks } from './operations/take-master-hooks.ts';
import type { OrchestratorDeps } from './orchestrator-deps.ts';
import type { OrchestratorSettings } from './orchestrator-settings.ts';
import { createPseudoGtidService } from './pseudo-gtid/service.ts';
import { createReadiness } from './readiness/readiness.ts';
import { createReading } from './reading.ts';
import { createDebtMemory } from './receivers/debt-memory.ts';
import { createOwedReceivers } from './receivers/owed-receivers.ts';
import { settledByOrder } from './receivers/settled-by-order.ts';
import { createSilences } from './receivers/silences.ts';
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
import { createTakeoverEnd } from './takeover/end.ts';
import { createForced } from './takeover/forced.ts';
import { createTakeover } from './takeover/takeover.ts';
import { createDetectedRules } from './upkeep/detected-rules.ts';
import { createHousekeeping } from './upkeep/housekeeping.ts';
import type { LiveEvent, Orchestrator } from './use-cases.ts';
import { createChangelog } from './watch/changelog.ts';
import { createExplanations } from './watch/explanations.ts';
import { createSuccessionSentences } from './watch/succession-sentences.ts';
import { createWatchman } from './watch/watchman.ts';

/** Puts the engine together and starts it. close() ends every loop, waits for recoveries under way and writes the last state. */
export async function createOrchestrator(
  deps: OrchestratorDeps,
  settings: OrchestratorSettings,
): Promise<Orchestrator> {
  const { store, resolver, leadership, clock, logger } = deps;
  const live = createEmitter<LiveEvent>((thrown) => logger.error({ err: thrown }, 'a live listener failed'));
  const addresses = createOtherAddresses();
  const { fleet, intentMirror, analyser, answers, load } = createReading(deps, settings);
  const pseudoGtid = createPseudoGtidService(
    {
      ...deps,
      marks: store.marks,
      servers: withResolvedNames(
        withLastKnown(deps.servers, fleet),
        resolver,
        settings.discovery.identityByAddress ? null : { ...fleet, ...addresses },
      ),
      recordOf: fleet.recordOf,
      records: fleet.records,
      isHandsOff: ({ key, intent }) =>
        intent.inMaintenance || recoveries.isBeingRecovered(key) || deposed.list().some((one) => sameKey(one.key, key)),
    },
    settings.pseudoGtid,
  );
  const { servers } = pseudoGtid;
  const persistence = createPersistence(
    { fleet, store: store.servers, clock, logger },
    { touchMs: settings.instancePollSeconds * 1000 },
  );
  const explanations = createExplanations({ clock, logger, emit: live.emit });
  const discovery = createDiscovery({ servers, fleet, resolver, addresses, clock, logger }, settings.discovery);
  const hooks = createRecoveryHooks(
    { ...deps, keepUp: persistence.keepUp },
    {
      get lists() {
        return settings.hookLists;
      },
      nodeHostname: settings.node.hostname,
    },
  );
  const changelog = createChangelog(store.audit);
  const detections = createDetections({ store: store.recoveries, hooks, clock, logger, onDetected: changelog.note });
  const succession = createSuccessionSentences({
    explanations,
    clusterOf: (key) => fleet.recordOf(key)?.position.clusterName ?? null,
  });
  const deposed = createDeposedWatch({
    servers,
    fleet,
    clock,
    logger,
    leadership,
    store: store.recoveries,
    auditLog: store.audit,
    onReturn: succession.returned,
  });
  const readDeposedAgain = (): Promise<void> =>
    deposed.refresh().catch((thrown) => logger.error({ err: thrown }, 'deposed primaries could not be read'));
  const isDeposed = (key: InstanceKey): boolean => deposed.list().some((one) => sameKey(one.key, key));
  const verifyName = createNameVerifier(servers, settings.names);
  const debtMemory = createDebtMemory({ store: store.silences, clock, logger });
  const silences = createSilences(debtMemory);
  const isTaken = (replica: InstanceKey, source: InstanceKey): boolean =>
    recoveries.isBeingRecovered(source) || operations.isChanging(replica);
  const owed = createOwedReceivers({ ...deps, servers, fleet, silences, isTaken, isDeposed });
  const recoveries = createRecoveries(
    {
      servers,
      fleet,
      silences,
      verifyName,
      clock,
      logger,
      leadership,
      store: store.recoveries,
      intent: store.intent,
      auditLog: store.audit,
      hooks,
      detections,
      operations: () => operations,
      correlate: (step, destination, signal, search) =>
        correlateFor({ ...fleet, pseudoGtid: pseudoGtid.searches }, undefined, search)(step, destination, signal),
      keepKnown: persistence.keep,
      newUid: deps.newUid,
      emit: live.emit,
      onDeposedChanged: readDeposedAgain,
      reprieve: deposed.reprieve,
      markers: deps.binlogs,
      isDeposed,
      isAliasOfAnother: (succession) => kv.isOfAnother(succession),
      onPromoted: ({ intent, isResumed, entry }, audit) => {
        if (isResumed && intent.successor !== null)
          succession.replaced(intent.clusterName, intent.failed, intent.successor);
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
  const takeoverEnd = createTakeoverEnd({
    ...deps,
    fleet,
    intent: store.intent,
    auditLog: store.audit,
    recoveries: store.recoveries,
    hooks,
    emit: live.emit,
    isDeposed,
    onPromoted: (clusterName, demoted, successor) => {
      const name = formatKey(successor);
      explanations.drop(clusterName);
      explanations.say(name, successor, 'recovered', `${name} took over from ${formatKey(demoted)}, as ordered.`);
      for (const key of [successor, demoted]) discovery.enqueue(key);
    },
    onIntentChanged: intentMirror.refresh,
    isAliasOfAnother: (succession) => kv.isOfAnother(succession),
    publish: (promotion) => kv.promoted(promotion),
  });
  const operations = createOperations(
    {
      ...deps,
      servers,
      fleet,
      auditLog: store.audit,
      readNow,
      pseudoGtid: pseudoGtid.searches,
      verifyName,
      isBeingRecovered: recoveries.isBeingRecovered,
      isDeposed,
      wasReplaced: async (key) => (await store.recoveries.readDeposed()).some((one) => sameKey(one.key, key)),
      onIntentChanged: intentMirror.refresh,
      afterwards: inTurn(
        // Scripts, and hooks, read in the backend what came about.
        () => persistence.keepUp().then(() => []),
        settledByOrder(silences),
        createTakeMasterHooks(deps, settings),
        takeoverEnd,
      ),
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
      sayReplaced: succession.replaced,
      onNotReplaced: succession.notReplaced,
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
          silencedByUs: async (key) => new Set([...(await recoveries.leftSilenced(key)), ...silences.below(key)]),
          silences,
          isTaken,
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
  const ofAgents = { store: store.agents, client: deps.agents ?? NO_AGENTS, auditLog: store.audit, logger };
  const targetServers = createTargetServers({
    records: fleet.records,
    knock: servers.knock,
    isBeingChanged: (key) => recoveries.isBeingRecovered(key) || operations.isChanging(key),
  });
  const gather = createSeedGatherer({ ...ofAgents, resolver, targetServers });
  const copies = createAgentSeeds({ ...ofAgents, gather, clock, onSeeded: discovery.enqueue }, settings.agents);
  const agents = createAgents({ ...ofAgents, copies, attributes: store.intent }, settings.agents);
  const classification = createClassification({
    answers: answers.classification,
    intent: store.intent,
    servers: store.servers,
    auditLog: store.audit,
    recordsOfCluster: fleet.recordsOfCluster,
    // A single command knows nothing newer than the backend.
    flush: async () => (isContinuous ? persistence.flush() : undefined),
    onIntentChanged: intentMirror.refresh,
  });
  const forgetting = createForgetting({
    ...deps,
    store: store.forgotten,
    async drop(key) {
      const isKnown = discovery.forget(key);
      await deposed.pardon(key);
      await persistence.forget(key);
      return isKnown;
    },
  });
  const { forget } = forgetting;
  const detectedRules = createDetectedRules({
    ...deps,
    fleet,
    intent: store.intent,
    onIntentChanged: intentMirror.refresh,
  });
  const housekeeping = createHousekeeping({ fleet, intent: store.intent, clock, logger, isDeposed, forget }, settings);
  const stopLive = fleet.onChange(({ key, what, clusters }) => {
    // Also when a server goes by another name now: its old row must not come back at the next start.
    if (what === 'forgotten') {
      silences.of(key)?.settle();
      // A single command does not know what is owed, and forgets it all the same.
      debtMemory.drop(key);
      persistence
        .forget(key)
        .catch((thrown) => logger.error({ err: thrown }, 'a forgotten server is still in the backend'));
    }
    for (const clusterName of clusters) live.emit({ kind: 'fleet', clusterName, version: fleet.version() });
  });

  const stale = await load();
  const stopRenewed = watchRenewedLogs({ fleet, equivalences: store.equivalences, logger });
  await pseudoGtid.refresh();
  // A command, or an onlooker, writes only what it reads itself.
  if (!isContinuous) persistence.remember();
  if (settings.mode === 'observing')
    await startObserving(deps, { fleet, persistence, intentMirror, pseudoGtid, readiness, ticks }, settings);
  if (isContinuous) {
    await silences.recall();
    const parts = {
      servers,
      fleet,
      discovery,
      addresses,
      forgetting,
      persistence,
      intentMirror,
      analyser,
      explanations,
      recoveries,
      detections,
      changelog,
    };
    const others = {
      detection,
      silences,
      owed,
      isTaken,
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

  const byHand = createByHand({
    discovery,
    forgotten: store.forgotten,
    persistence,
    fleet,
    analyser,
    recoveries,
    clock,
  });

  return {
    ...answers,
    discover: byHand.discover,
    recover: byHand.recover,
    planRecovery: byHand.planRecovery,
    forget,
    operations,
    takeover: createTakeover({
      ...deps,
      operations,
      fleet,
      auditLog: store.audit,
      recoveries: store.recoveries,
      hooks,
      analyse: byHand.entryWithoutWaiting,
      emit: live.emit,
      pardon: deposed.pardon,
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
    discoveryQueues() {
      const { healthy, dead } = discovery.metrics();
      return { healthy, dead: settings.discovery.deadMaxConcurrency > 0 ? dead : null };
    },
    isActiveNode: () => leadership.isLeader(),
    health: () => healthReport({ nodes: store.nodes, leadership, clock, failure: persistence.failure }, settings.node),
    onLiveEvent: live.listen,
    async close() {
      ticks.close();
      stopRenewed();
      for (const watch of [detectedRules, detection, deposed, readiness]) watch?.close();
      const parts = [agents, operations, recoveries, discovery, kv, { close: stopLive }, persistence, servers, store];
      await closeAll(
        parts.map((part) => () => part.close()),
        logger,
      );
    },
  };
}
