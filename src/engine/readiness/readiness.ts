import { type FailoverSwitches, FREE_TO_ACT } from '../../analysis/failover-question.ts';
import { isGentleCode } from '../../analysis/gentle-codes.ts';
import { OrchestratorError } from '../../model/error.ts';
import { formatKey, type InstanceKey, sameKey } from '../../model/instance-key.ts';
import { LOST_IN_RECOVERY } from '../../model/lost-in-recovery.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { primaryOf } from '../../model/topology.ts';
import { assessReadiness } from '../../plan/readiness/assess.ts';
import type { ReadinessInput, ReadinessSettings } from '../../plan/readiness/input.ts';
import type { Finding, Readiness } from '../../plan/readiness/readiness.ts';
import type { Emitter } from '../basis/emitter.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { OrchestratorSettings } from '../orchestrator-settings.ts';
import type { Clock, Logger, RecoveryRecord, RecoveryStore } from '../ports.ts';
import type { LiveEvent } from '../use-cases.ts';
import { createApplySpeeds } from './apply-speeds.ts';
import { createEarlierReadings } from './earlier-readings.ts';
import type { ReadinessUseCases } from './use-cases.ts';

export interface ReadinessDeps {
  readonly fleet: Fleet;
  readonly store: Pick<RecoveryStore, 'readRecoveries'>;
  readonly clock: Clock;
  readonly logger: Logger;
  switchesOf(primary: ServerRecord): FailoverSwitches;
  /** Why the backend cannot be written; null while it can. */
  backendFailure(): string | null;
  /** Reads a server now; null where servers are polled, so that what is known is fresh. */
  readonly readNow: ((key: InstanceKey) => Promise<unknown>) | null;
  readonly live: Emitter<LiveEvent>;
}

export interface ReadinessService extends ReadinessUseCases {
  /** Works out anew what has changed, and tells what is different; called by a tick. */
  run(): Promise<void>;
  close(): void;
}

/** An answer rests on clocks as well (downtimes end, readings grow old), so an unchanged cluster is looked at again after this. */
const KEPT_MS = 5_000;
/** What the backend says of recent recoveries is asked at most this often. */
const RECOVERIES_KEPT_MS = 1_000;
/** A big cluster takes longer to work out, and is in turn looked at more seldom: this many times longer than it took. */
const REST_FACTOR = 50;
const LEAST_REST_MS = 1_000;
const PAGE_SIZE = 20;
/** Of each tick's second; who has not had a turn by then comes first at the next. */
const RUN_BUDGET_MS = 20;

interface Kept {
  readonly readiness: Readiness;
  readonly version: number;
  readonly atMs: number;
  /** Not before this is it worked out again by itself. */
  readonly restUntilMs: number;
  readonly told: string;
}

/**
 * Answers "if the primary died now" for each cluster: worked out when asked, and once a cluster has changed; kept as long as it
 * does not change.
 */
export function createReadiness(
  deps: ReadinessDeps,
  given: Pick<OrchestratorSettings, 'analysis' | 'recoveries' | 'hookLists'>,
): ReadinessService {
  const { fleet, store, clock, logger } = deps;
  const { analysis, recoveries: failover } = given;
  const settings: ReadinessSettings = {
    failover,
    analysis,
    graces: failover.hearing.graces,
    get hooksBefore() {
      const { OnFailureDetectionProcesses, PreFailoverProcesses } = given.hookLists;
      return OnFailureDetectionProcesses.length + PreFailoverProcesses.length;
    },
  };
  const kept = new Map<string, Kept>();
  const versions = new Map<string, number>();
  const speeds = createApplySpeeds();
  /** The cluster that was worked out last by itself. */
  let lastRun = '';
  let blocking: { readonly records: readonly RecoveryRecord[]; readonly readAtMs: number } | null = null;

  const earlier = createEarlierReadings();
  const versionOf = (clusterName: string): number => versions.get(clusterName) ?? 0;
  const stop = fleet.onChange(({ key, what, clusters }) => {
    for (const name of clusters) versions.set(name, versionOf(name) + 1);
    const record = what === 'answered' ? fleet.recordOf(key) : null;
    if (record !== null) earlier.remember(record);
    else if (what === 'forgotten' || what === 'dropped') earlier.forget(key);
  });

  // A recovery that begins or ends blocks another one, or does not any more, on whatever cluster it left its successor.
  const stopHearing = deps.live.listen(({ kind }) => {
    if (kind !== 'recovery') return;
    blocking = null;
    for (const [name, version] of versions) versions.set(name, version + 1);
  });

  const readAll = async (records: readonly ServerRecord[]): Promise<void> => {
    const { readNow } = deps;
    if (readNow !== null) await Promise.all(records.map(({ key }) => readNow(key)));
  };
  // A server that was lost in a recovery is no cluster to worry about: its successor leads that.
  const isLost = ({ intent }: ServerRecord): boolean => intent.downtime?.reason === LOST_IN_RECOVERY;
  const clusterNames = (): readonly string[] =>
    [...new Set(fleet.records().flatMap((one) => (isLost(one) ? [] : [one.position.clusterName])))].sort();

  async function blockingRecoveries(): Promise<readonly RecoveryRecord[]> {
    const nowMs = clock.monotonicMs();
    if (blocking !== null && nowMs - blocking.readAtMs < RECOVERIES_KEPT_MS) return blocking.records;
    try {
      const records: RecoveryRecord[] = [];
      for (let page = 0; ; page += 1) {
        const rows = await store.readRecoveries({ onlyBlocking: true, page });
        records.push(...rows.filter(({ analysis, endedAt }) => endedAt === '' || !isGentleCode(analysis)));
        if (rows.length < PAGE_SIZE) break;
      }
      blocking = { records, readAtMs: nowMs };
    } catch (thrown) {
      // The answer is worth something without it; that the backend is away is a blocker of its own.
      logger.warn({ err: thrown }, 'recent recoveries cannot be read; the last known ones hold');
      blocking = { records: blocking?.records ?? [], readAtMs: nowMs };
    }
    return blocking.records;
  }

  /** As the registration looks for them: by cluster, by failed server, and by successor. */
  function recentRecovery(primary: ServerRecord, recoveries: readonly RecoveryRecord[]): string | null {
    const { clusterName } = primary.position;
    const found = recoveries.find(
      (one) =>
        one.clusterName === clusterName ||
        sameKey(one.key, primary.key) ||
        (one.successor !== null && sameKey(one.successor, primary.key)),
    );
    if (found === undefined) return null;
    const end =
      found.endActivePeriodUnixtime > 0
        ? `, until ${new Date(found.endActivePeriodUnixtime * 1000).toISOString().slice(0, 19)} UTC`
        : '';
    return `The recovery of ${formatKey(found.key)} at ${found.startedAt} blocks another one (RecoveryPeriodBlockSeconds)${end}.`;
  }

  function assess(clusterName: string, recoveries: readonly RecoveryRecord[]): Kept {
    const startedMs = clock.monotonicMs();
    const version = versionOf(clusterName);
    const records = fleet.recordsOfCluster(clusterName);
    const primary = primaryOf(records, clusterName);
    const readiness = assessReadiness({
      clusterName,
      records,
      earlier: earlier.of(records),
      switches: primary === null ? FREE_TO_ACT : deps.switchesOf(primary),
      recentRecovery: primary === null ? null : recentRecovery(primary, recoveries),
      nodeTrouble: backendTrouble(deps.backendFailure()),
      applyRates: speeds.learn(records, clock.now()),
      settings,
      nowMs: clock.now(),
    });
    const atMs = clock.monotonicMs();
    const restUntilMs = atMs + Math.max(LEAST_REST_MS, REST_FACTOR * (atMs - startedMs));
    const entry: Kept = { readiness, version, atMs, restUntilMs, told: gist(readiness) };
    const before = kept.get(clusterName);
    kept.set(clusterName, entry);
    if (before?.told !== entry.told) tell(readiness, before?.readiness ?? null);
    return entry;
  }

  function tell(readiness: Readiness, before: Readiness | null): void {
    const { clusterName, verdict, sentence } = readiness;
    if (before?.verdict !== verdict) logger.info({ cluster: clusterName, verdict, sentence }, 'failover readiness');
    deps.live.emit({ kind: 'readiness', clusterName, verdict, sentence });
  }

  const isCurrent = (clusterName: string, { version, atMs }: Kept): boolean =>
    version === versionOf(clusterName) && clock.monotonicMs() - atMs < KEPT_MS;

  async function current(clusterName: string): Promise<Readiness> {
    const known = kept.get(clusterName);
    if (known !== undefined && isCurrent(clusterName, known)) return known.readiness;
    const { readiness } = assess(clusterName, await blockingRecoveries());
    // Many clusters at once must not hold up the rest of the program.
    await clock.sleep(0);
    return readiness;
  }

  return {
    async of(clusterName) {
      const records = fleet.recordsOfCluster(clusterName);
      if (records.length === 0)
        throw new OrchestratorError(
          'unknown-cluster',
          `Unable to determine cluster name. clusterHint=${clusterName}; see the list of clusters`,
        );
      await readAll(records);
      return current(clusterName);
    },
    async all() {
      await readAll(fleet.records());
      const found: Readiness[] = [];
      for (const name of clusterNames()) found.push(await current(name));
      return found;
    },
    latest: () => [...kept.values()].map(({ readiness }) => readiness),
    async run() {
      const names = clusterNames();
      const known = new Set(names);
      for (const map of [kept, versions]) for (const name of map.keys()) if (!known.has(name)) map.delete(name);
      const next = Math.max(
        0,
        names.findIndex((name) => name > lastRun),
      );
      let spentMs = 0;
      for (const name of [...names.slice(next), ...names.slice(0, next)]) {
        if (spentMs >= RUN_BUDGET_MS) return;
        const entry = kept.get(name);
        if (entry !== undefined && (clock.monotonicMs() < entry.restUntilMs || isCurrent(name, entry))) continue;
        const recoveries = await blockingRecoveries();
        const begunMs = clock.monotonicMs();
        assess(name, recoveries);
        lastRun = name;
        spentMs += clock.monotonicMs() - begunMs;
        await clock.sleep(0);
      }
    },
    close() {
      stop();
      stopHearing();
    },
  };
}

const backendTrouble = (failure: string | null): ReadinessInput['nodeTrouble'] =>
  failure === null
    ? null
    : {
        rule: 'backend-away',
        sentence: `The backend cannot be written, so that no recovery could be registered: ${failure}.`,
        remedy: 'bring the backend back',
      };

/** What people look at: an answer that says the same is not told again, though its figures differ. */
function gist({ verdict, primary, successor, alternatives, blockers, warnings }: Readiness): string {
  const ofFinding = ({ rule, servers }: Finding): string => `${rule}(${servers.join()})`;
  const names = [primary, successor, ...alternatives].map((key) => (key === null ? '' : formatKey(key)));
  return [verdict, ...names, ...blockers.map(ofFinding), ...warnings.map(ofFinding)].join(' ');
}
