import { createFleet, type Fleet } from './fleet/fleet.ts';
import { createFleetViews } from './fleet/fleet-view.ts';
import { createIntentMirror, type IntentMirror } from './fleet/intent-mirror.ts';
import { findClusterName, findKey } from './fleet/lookup.ts';
import type { OrchestratorSettings } from './orchestrator-settings.ts';
import type { Clock, HostnameResolver, Logger, ReadingStore, StaleCoordinates } from './ports.ts';
import { createClassificationAnswers } from './requests/classification-answers.ts';
import type { Reading } from './use-cases.ts';
import { type Analyser, createAnalyser } from './watch/analyser.ts';

export interface ReadingDeps {
  readonly store: ReadingStore;
  readonly resolver: HostnameResolver;
  readonly clock: Clock;
  readonly logger: Logger;
}

export type ReadingSettings = Pick<
  OrchestratorSettings,
  | 'defaultPort'
  | 'instancePollSeconds'
  | 'reasonableInstanceCheckSeconds'
  | 'aliasPatterns'
  | 'analysis'
  | 'classification'
>;

/** What reading is made of, for the engine that goes on with it. */
export interface ReadingSide {
  readonly fleet: Fleet;
  readonly intentMirror: IntentMirror;
  readonly analyser: Analyser;
  readonly answers: Reading;
  /** Takes over what the backend remembers; until then nothing is known. What of it stands still is given, too. */
  load(): Promise<readonly StaleCoordinates[]>;
}

/**
 * The side of the engine that answers from what the backend remembers: it asks no server, decides nothing and writes nothing. A command
 * that only reads is given this and nothing else, so that it need not wait for planners and recoveries to be loaded.
 */
export function createReading(deps: ReadingDeps, settings: ReadingSettings): ReadingSide {
  const { store, resolver, clock, logger } = deps;
  const fleet = createFleet({ clock, logger }, settings);
  const intentMirror = createIntentMirror({ store: store.intent, fleet, clock, logger });
  const analyser = createAnalyser({ fleet, clock }, settings.analysis);
  const resolveKey: Reading['resolveKey'] = (key) => findKey(fleet, resolver, key);
  const answers: Reading = {
    fleet: createFleetViews(fleet, () => ({ ...settings.analysis, ...settings.classification })),
    resolveKey,
    clusterNameByHint: async (hint) => findClusterName(fleet, hint, settings.defaultPort),
    analyse: async (options) => analyser.analyse(options),
    classification: createClassificationAnswers(
      { intent: store.intent, recordsOfCluster: fleet.recordsOfCluster, resolveKey },
      { ...settings, ...settings.classification },
    ),
    registrations: {
      maintenances: () => store.maintenance.readActive(),
      candidates: () => store.intent.readCandidates(),
    },
    node: {
      activeNodes: () => store.nodes.readAvailable(),
      resolvedNames: () => store.resolve.readAll(),
      virtualNames: async () => (await store.intent.read()).unresolves,
    },
    catchUp: intentMirror.catchUp,
    async isRecoveryDisabled() {
      await intentMirror.catchUp('order');
      return intentMirror.current()?.isRecoveryDisabled ?? false;
    },
  };
  return {
    fleet,
    intentMirror,
    analyser,
    answers,
    async load() {
      fleet.adopt(await store.servers.loadServers());
      const stale = await store.servers.readStaleCoordinates();
      analyser.remember(stale);
      await intentMirror.refresh();
      return stale;
    },
  };
}
