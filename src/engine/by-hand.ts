import type { AnalysisEntry } from '../analysis/analysis-entry.ts';
import { isReplacement, recoveryKindOf } from '../analysis/recovery-kinds.ts';
import { OrchestratorError } from '../model/error.ts';
import { formatKey, type InstanceKey, sameKey } from '../model/instance-key.ts';
import { isSetAside, replicasOf, type ServerRecord } from '../model/server-record.ts';
import type { Refusal } from '../plan/plan.ts';
import type { Discovery } from './discovery/discovery.ts';
import type { Fleet } from './fleet/fleet.ts';
import type { Persistence } from './fleet/persistence.ts';
import type { Clock, ForgetStore } from './ports.ts';
import { refusalSentence } from './recovery/dead-primary/planning.ts';
import type { Recoveries } from './recovery/recoveries.ts';
import type { Orchestrator } from './use-cases.ts';
import type { Analyser } from './watch/analyser.ts';
import { noAnalysisOf } from './watch/no-analysis.ts';

/** What a person orders about one server: it and those around it are read now, so that he sees what is, not what was polled. */
export interface ByHand extends Pick<Orchestrator, 'discover' | 'recover' | 'planRecovery'> {
  /** The analysis of a server, read again; null when it has none (ignored by configuration, or in maintenance). */
  entryOf(key: InstanceKey): Promise<AnalysisEntry | null>;
  /** The same without waiting for replicas that are downtimed and did not answer lately. */
  entryWithoutWaiting(key: InstanceKey): Promise<AnalysisEntry | null>;
}

export function createByHand(deps: {
  readonly discovery: Discovery;
  readonly forgotten: Pick<ForgetStore, 'revoke'>;
  readonly persistence: Persistence;
  readonly fleet: Fleet;
  readonly analyser: Analyser;
  readonly recoveries: Recoveries;
  readonly clock: Pick<Clock, 'now'>;
}): ByHand {
  const { discovery, persistence, fleet, analyser, recoveries, clock } = deps;

  async function discover(key: InstanceKey): Promise<ServerRecord> {
    const result = await discovery.readNow(key, { evenIfForgotten: true });
    if (result.kind === 'failed')
      throw new OrchestratorError('server-unreachable', result.outcome.failure.message, {
        details: { server: formatKey(key) },
      });
    if (result.kind === 'ignored')
      throw new OrchestratorError(
        result.isFiltered === true ? 'discovery-filtered' : 'discovery-ignored',
        `${result.reason}; it is not discovered`,
        { details: { server: formatKey(key) } },
      );
    await deps.forgotten.revoke(key);
    await persistence.flush();
    return result.record;
  }

  async function readAround(key: InstanceKey, isLeft: (record: ServerRecord) => boolean): Promise<ServerRecord | null> {
    await discovery.readNow(key, { evenIfForgotten: false });
    const replicas = replicasOf(key, fleet.records()).filter((record) => !isLeft(record));
    await Promise.all(replicas.map((record) => discovery.readNow(record.key)));
    return fleet.recordOf(key);
  }

  async function entryOf(
    key: InstanceKey,
    isLeft = (_: ServerRecord): boolean => false,
  ): Promise<AnalysisEntry | null> {
    const record = await readAround(key, isLeft);
    if (record === null) throw new OrchestratorError('unknown-instance', `Cannot read instance: ${formatKey(key)}`);
    const entries = analyser.analyse({
      clusterName: record.position.clusterName,
      includeDowntimed: true,
      includeNoProblem: true,
    });
    return entries.find(({ view }) => sameKey(view.key, key)) ?? null;
  }

  /**
   * Why the server that was named cannot replace the primary: found out before the failure is noted, hooks run, and a recovery is
   * registered that comes to nothing and blocks those that would have begun by themselves.
   */
  async function refusalOf(entry: AnalysisEntry, candidate: InstanceKey | null): Promise<Refusal | null> {
    const kind = recoveryKindOf(entry.code);
    if (candidate === null || kind === null || !isReplacement(kind)) return null;
    if (recoveries.isBeingRecovered(entry.view.key)) return null;
    const plan = await recoveries.plan(entry, candidate);
    return plan.kind === 'refusal' ? plan : null;
  }

  return {
    discover,
    entryOf: (key) => entryOf(key),
    entryWithoutWaiting: (key) => entryOf(key, isSetAside),
    async recover(key, { candidate, ...options }) {
      const suspectedAtMs = clock.now();
      const entry = await entryOf(key);
      if (entry === null || !recoveries.handles(entry.code))
        return { kind: 'not-attempted', reason: nothingToRecover(key, entry), refusal: null };
      const refusal = await refusalOf(entry, candidate);
      if (refusal !== null) return { kind: 'not-attempted', reason: refusalSentence(refusal), refusal };
      const outcome = await recoveries.recover(entry, {
        isForced: true,
        candidate,
        ...options,
        command: '',
        suspectedAtMs,
      });
      await persistence.flush();
      return outcome;
    },
    async planRecovery(key, candidate, imagined) {
      const entry = await entryOf(key);
      if (imagined !== 'dead' && (entry === null || !recoveries.handles(entry.code))) {
        const name = formatKey(key);
        const clusterName = fleet.recordOf(key)?.position.clusterName ?? '';
        const reason = nothingToRecover(key, entry);
        return { kind: 'refusal', purpose: `recover ${name}`, clusterName, reason, objections: [] };
      }
      if (entry === null) throw new OrchestratorError('no-analysis', noAnalysisOf(key));
      return recoveries.planFor(entry, candidate);
    },
  };
}

const nothingToRecover = (key: InstanceKey, entry: AnalysisEntry | null): string =>
  entry === null ? noAnalysisOf(key) : `${formatKey(key)} shows ${entry.code}, from which there is no recovery`;
