import { type InstanceKey, parseKey } from '../model/instance-key.ts';
import type { Ticks } from './basis/ticks.ts';
import type { Detection } from './detection/detection.ts';
import type { Discovery } from './discovery/discovery.ts';
import type { Forgetting } from './discovery/forgetting.ts';
import { createNewcomers } from './discovery/newcomers.ts';
import type { DeposedWatch } from './fence/deposed-watch.ts';
import type { Fleet } from './fleet/fleet.ts';
import type { IntentMirror } from './fleet/intent-mirror.ts';
import type { OtherAddresses } from './fleet/other-addresses.ts';
import type { Persistence } from './fleet/persistence.ts';
import type { KvService } from './kv/service.ts';
import type { Operations } from './operations/operations.ts';
import { createUnfinishedReport } from './operations/report-unfinished.ts';
import type { OrchestratorDeps } from './orchestrator-deps.ts';
import type { OrchestratorSettings } from './orchestrator-settings.ts';
import type { Servers } from './ports.ts';
import { INJECTION_INTERVAL_MS } from './pseudo-gtid/injection.ts';
import type { PseudoGtidService } from './pseudo-gtid/service.ts';
import type { ReadinessService } from './readiness/readiness.ts';
import type { createOwedReceivers } from './receivers/owed-receivers.ts';
import type { Silences } from './receivers/silences.ts';
import type { Detections } from './recovery/detections.ts';
import type { Recoveries } from './recovery/recoveries.ts';
import type { Agents } from './requests/agents.ts';
import type { ClassificationUseCases } from './requests/classification.ts';
import type { Housekeeping } from './upkeep/housekeeping.ts';
import { createShownNames } from './upkeep/shown-names.ts';
import type { Analyser } from './watch/analyser.ts';
import type { Changelog } from './watch/changelog.ts';
import { createEmergency } from './watch/emergency.ts';
import type { Explanations } from './watch/explanations.ts';
import { createHeldCommits } from './watch/held-commits.ts';
import { createStandingRecoveries } from './watch/standing-recoveries.ts';
import { createAnalysisWatch } from './watch/watch-analysis.ts';
import { createBackendWatch } from './watch/watch-backend.ts';

const DISCOVERY_TICK_MS = 250;
const INTENT_TICK_MS = 500;
/** Short: what a command of another process wrote meanwhile is not to be overwritten by an older reading. */
const FLUSH_TICK_MS = 250;
const ANALYSIS_TICK_MS = 1_000;
const OWED_TICK_MS = 1_000;
const NODE_TICK_MS = 1_000;
const NEWCOMERS_TICK_MS = 2_000;
const EXPIRY_TICK_MS = 1_000;
const READINESS_TICK_MS = 1_000;
const BACKEND_TICK_MS = 3_000;
const HOUSEKEEPING_TICK_MS = 10_000;
const PURGE_TICK_MS = 60_000;
/** What a store could not be told is tried again so often; everything is looked at once a minute. */
const KV_TICK_MS = 5_000;

/** The parts of the engine that work by themselves. */
export interface Parts {
  readonly servers: Servers;
  readonly fleet: Fleet;
  readonly discovery: Discovery;
  readonly addresses: Pick<OtherAddresses, 'knownAs'>;
  readonly forgetting: Forgetting;
  readonly persistence: Persistence;
  readonly intentMirror: IntentMirror;
  readonly analyser: Analyser;
  readonly explanations: Explanations;
  readonly recoveries: Recoveries;
  readonly detections: Detections;
  readonly changelog: Changelog;
  readonly detection: Detection | null;
  readonly silences: Silences;
  readonly owed: ReturnType<typeof createOwedReceivers>;
  /** A recovery of the source, or an operation upon the replica, has its receiver. */
  isTaken(replica: InstanceKey, source: InstanceKey): boolean;
  readonly deposed: DeposedWatch;
  readonly operations: Operations;
  readonly pseudoGtid: PseudoGtidService;
  readonly readiness: ReadinessService;
  readonly housekeeping: Housekeeping;
  readonly kv: KvService;
  readonly agents: Agents;
  readonly classification: ClassificationUseCases;
  readonly ticks: Ticks;
  readonly stale: Parameters<typeof createAnalysisWatch>[0]['stale'];
}

/** Starts everything that a continuous process does by itself, each at its pace; ticks.close() ends it. */
export async function startLoops(deps: OrchestratorDeps, parts: Parts, settings: OrchestratorSettings): Promise<void> {
  const { store, leadership, clock, logger } = deps;
  const { servers, fleet, discovery, persistence, intentMirror, analyser, explanations, recoveries, detections } =
    parts;
  const { detection, deposed, operations, pseudoGtid, readiness, housekeeping, kv, agents, classification } = parts;
  const { ticks, stale } = parts;
  const standing = createStandingRecoveries({ recoveries, explanations, leadership, clock, logger });
  const emergency = createEmergency(
    {
      ...deps,
      servers,
      fleet,
      intentMirror,
      silences: parts.silences,
      isTaken: parts.isTaken,
      readAgain: discovery.enqueue,
      isInvestigated: (key) => detection?.suspectedSinceMs(key) != null,
    },
    settings.detection,
  );
  const analysisWatch = createAnalysisWatch({
    analyser,
    detections,
    explanations,
    changelog: parts.changelog,
    servers: store.servers,
    stale,
    clock,
    logger,
    suspectedSinceMs: (key) => detection?.suspectedSinceMs(key) ?? null,
    isBeingRecovered: recoveries.isBeingRecovered,
    recordOf: fleet.recordOf,
    recordsOfCluster: fleet.recordsOfCluster,
    isBeingMoved: operations.isChanging,
    newUid: deps.newUid,
    isClosed: ticks.isClosed,
    onSeen: emergency.onSeen,
    onStanding: standing.consider,
  });
  const heldCommits = createHeldCommits(
    {
      ...deps,
      servers,
      fleet,
      markers: deps.binlogs,
      auditLog: store.audit,
      explanations,
      intentMirror,
      isTaken: (key) => recoveries.isBeingRecovered(key) || operations.isChanging(key),
    },
    {
      afterMs: settings.analysis.lockedSemiSyncMs,
      mayRelease: settings.recoveries.recoverLockedSemiSync,
      freshness: settings.recoveries.freshness,
    },
  );
  await store.nodes.beat({ ...settings.node, command: 'http' });
  await deposed.refresh();
  const backendWatch = createBackendWatch(
    { ...deps, store: store.recoveries, fleet, recoveries, deposed, owner: settings.node.owner },
    settings.analysis,
  );
  for (const seed of settings.seeds) discovery.seed(parseKey(seed, settings.defaultPort));
  const newcomers = createNewcomers({
    servers: store.servers,
    known: () => fleet.records().map(({ key }) => key),
    restore: persistence.restore,
    isShownElsewhere(key) {
      const known = parts.addresses.knownAs(key);
      return known !== null && fleet.recordOf(known) !== null;
    },
    drop: persistence.forget,
    seed: discovery.seed,
  });
  await parts.forgetting.heed();
  discovery.tick();
  ticks.every('discovery', DISCOVERY_TICK_MS, discovery.tick);
  if (settings.detection.pulseMs > 0) ticks.every('pulse', settings.detection.pulseMs, () => detection?.pulse());
  ticks.every('newcomers', NEWCOMERS_TICK_MS, async () => {
    await parts.forgetting.heed();
    await newcomers.run();
  });
  ticks.every('intent', INTENT_TICK_MS, intentMirror.refresh);
  ticks.every('flush', FLUSH_TICK_MS, persistence.flush);
  ticks.every('analysis', ANALYSIS_TICK_MS, () => void analysisWatch.run()); // Its hooks are not waited for.
  ticks.every('commits that hang', ANALYSIS_TICK_MS, heldCommits.run);
  ticks.every('owed receivers', OWED_TICK_MS, parts.owed.run);
  ticks.every('node', NODE_TICK_MS, () => store.nodes.beat({ ...settings.node, command: 'http' }));
  ticks.atOnceAndEvery('backend', BACKEND_TICK_MS, backendWatch.run);
  ticks.every('expiry', EXPIRY_TICK_MS, store.recoveries.expire);
  ticks.every('readiness', READINESS_TICK_MS, readiness.run);
  ticks.every('housekeeping', HOUSEKEEPING_TICK_MS, housekeeping.run);
  ticks.every('purge', PURGE_TICK_MS, store.purge);
  const shownNames = createShownNames({ fleet, intent: store.intent, leadership, clock });
  ticks.every('names of clusters', settings.instancePollSeconds * 1000, shownNames.run);
  if (deps.kv !== undefined) ticks.every('key-value stores', KV_TICK_MS, kv.reconcile);
  if (agents.isServed) {
    ticks.atOnceAndEvery('agents', settings.agents.pollMs, agents.poll);
    ticks.atOnceAndEvery('expiry of agents', HOUSEKEEPING_TICK_MS, agents.expire);
  }
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
