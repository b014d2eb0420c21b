import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey, sameKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { FailoverPlan } from '../../plan/failover/plan-failover.ts';
import { planFailover } from '../../plan/failover/plan-failover.ts';
import type { Refusal } from '../../plan/plan.ts';
import { createExecutor } from '../executor/executor.ts';
import type { RecoveryIntent, RecoveryRegistration } from '../ports.ts';
import type { RecoverOutcome } from '../use-cases.ts';
import { conductRecovery } from './conduct.ts';
import type { DeadPrimaryDeps } from './dead-primary.ts';
import type { RecoveriesDeps, RecoveriesSettings } from './deps.ts';
import { readMembers } from './members.ts';
import type { RecoveryRun } from './run.ts';

export interface StartOptions {
  readonly isForced: boolean;
  readonly candidate: InstanceKey | null;
  readonly skipHooks: boolean;
  readonly command: string;
  /** Epoch milliseconds of the first sign of failure. */
  readonly suspectedAtMs: number;
}

export interface Recoveries {
  /** Detection, registration, recovery, hooks: the whole of it. Resolves when all is closed. Never throws. */
  recoverDeadPrimary(entry: AnalysisEntry, options: StartOptions): Promise<RecoverOutcome>;
  /** The plan that recoverDeadPrimary would follow now. */
  plan(entry: AnalysisEntry, candidate: InstanceKey | null): Promise<FailoverPlan | Refusal>;
  isBeingRecovered(key: InstanceKey): boolean;
  /** Goes on with, or closes, what an earlier process began. */
  resume(intent: RecoveryIntent, entry: AnalysisEntry): Promise<void>;
  /** Resolves when no recovery is under way. */
  close(): Promise<void>;
}

export function createRecoveries(deps: RecoveriesDeps, settings: RecoveriesSettings): Recoveries {
  const { fleet, clock, logger, store } = deps;
  const executor = createExecutor(deps);
  const underWay = new Map<string, { readonly failed: InstanceKey; readonly done: Promise<unknown> }>();
  const audit = (run: RecoveryRun, message: string): void => {
    const atMs = clock.now();
    logger.info(
      { uid: run.uid, cluster: run.intent.clusterName, sinceSuspicionMs: atMs - run.suspectedAtMs, step: message },
      'recovery step',
    );
    deps.emit({ kind: 'recovery-step', uid: run.uid, clusterName: run.intent.clusterName, atMs, message });
    store
      .addStep(run.uid, message)
      .catch((thrown) => logger.error({ err: thrown, uid: run.uid }, 'a recovery step could not be stored'));
  };
  const deadPrimary: DeadPrimaryDeps = { ...deps, executor, audit };

  const membersOf = (entry: AnalysisEntry): ServerRecord[] =>
    [...fleet.recordsOfCluster(entry.view.clusterName)].filter(({ instance }) => instance !== null);

  function newRun(
    entry: AnalysisEntry,
    uid: string,
    registration: Extract<RecoveryRegistration, { kind: 'registered' }>,
    options: StartOptions,
  ): RecoveryRun {
    const failed = fleet.recordOf(entry.view.key)?.instance ?? null;
    return {
      uid,
      entry,
      skipHooks: options.skipHooks,
      candidate: options.candidate,
      command: options.command,
      suspectedAtMs: options.suspectedAtMs,
      isResumed: false,
      excluded: [],
      silenced: new Set(),
      errors: [],
      lost: [],
      intent: {
        uid,
        recoveryId: registration.recoveryId,
        epoch: registration.epoch,
        clusterName: entry.view.clusterName,
        failed: entry.view.key,
        failedServerUuid: failed?.serverUuid ?? null,
        failedServerId: failed?.serverId ?? 0,
        phase: 'registered',
        owner: settings.owner,
        successor: null,
        isForced: options.isForced,
        members: membersOf(entry).map(({ key }) => key),
        updatedAtMs: clock.now(),
      },
    };
  }

  async function begin(entry: AnalysisEntry, options: StartOptions): Promise<RecoverOutcome> {
    const uid = deps.newUid();
    const { detectionId, mayGoOn } = await deps.detections.detect(entry, uid, options.skipHooks);
    if (!mayGoOn)
      return {
        kind: 'not-attempted',
        reason: 'an OnFailureDetection hook failed; the next evaluation goes on without it',
        refusal: null,
      };
    const registration = await store.registerRecovery({
      uid,
      key: entry.view.key,
      analysis: entry.code,
      clusterName: entry.view.clusterName,
      clusterAlias: entry.view.clusterAlias,
      replicas: entry.view.replicas,
      detectionId,
      isForced: options.isForced,
    });
    if (registration.kind !== 'registered')
      return { kind: 'not-attempted', reason: registration.reason, refusal: null };
    const run = newRun(entry, uid, registration, options);
    await store.saveIntent(run.intent);
    audit(
      run,
      `${options.isForced ? 'Forced' : 'Automatic'} recovery of ${entry.code} on ${formatKey(entry.view.key)}, epoch ${registration.epoch}`,
    );
    return conductRecovery(run, { ...deps, deadPrimary, audit }, settings);
  }

  /** One recovery per cluster in this process; between processes the store decides. */
  async function exclusively<T>(
    clusterName: string,
    failed: InstanceKey,
    work: () => Promise<T>,
    otherwise: T,
  ): Promise<T> {
    if (underWay.has(clusterName)) return otherwise;
    const done = work();
    underWay.set(clusterName, { failed, done });
    try {
      return await done;
    } finally {
      underWay.delete(clusterName);
    }
  }

  return {
    async recoverDeadPrimary(entry, options) {
      const busy: RecoverOutcome = {
        kind: 'not-attempted',
        reason: `a recovery of cluster ${entry.view.clusterName} is under way`,
        refusal: null,
      };
      try {
        return await exclusively(entry.view.clusterName, entry.view.key, () => begin(entry, options), busy);
      } catch (thrown) {
        logger.error({ err: thrown, cluster: entry.view.clusterName }, 'a recovery could not be carried out');
        return {
          kind: 'not-attempted',
          reason: thrown instanceof Error ? thrown.message : String(thrown),
          refusal: null,
        };
      }
    },
    async plan(entry, candidate) {
      const members = membersOf(entry);
      const { records, fresh } = await readMembers(
        deps,
        members.map(({ key }) => key),
        entry.view.key,
      );
      const failed = fleet.recordOf(entry.view.key);
      return planFailover({
        clusterName: entry.view.clusterName,
        failed: entry.view.key,
        records: [
          ...records,
          ...(failed === null || records.some(({ key }) => sameKey(key, failed.key)) ? [] : [failed]),
        ],
        fresh,
        explicitCandidate: candidate,
        committedSuccessor: null,
        excluded: [],
        silenced: new Set(),
        settings,
      });
    },
    isBeingRecovered: (key) => [...underWay.values()].some(({ failed }) => sameKey(failed, key)),
    async resume(intent, entry) {
      const run: RecoveryRun = {
        uid: intent.uid,
        entry,
        skipHooks: false,
        candidate: null,
        command: '',
        suspectedAtMs: clock.now(),
        isResumed: true,
        intent: { ...intent, owner: settings.owner },
        excluded: [],
        // Whoever is silent now was silenced by the earlier process, or will be judged as an operator's: both are safe here.
        silenced: new Set(intent.members.map(formatKey)),
        errors: [],
        lost: [],
      };
      audit(run, `Going on with the recovery that another process left at "${intent.phase}"`);
      await exclusively(
        intent.clusterName,
        intent.failed,
        () => conductRecovery(run, { ...deps, deadPrimary, audit }, settings),
        null,
      );
    },
    async close() {
      await Promise.allSettled([...underWay.values()].map(({ done }) => done));
    },
  };
}
