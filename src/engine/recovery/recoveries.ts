import type { AnalysisCode, AnalysisEntry } from '../../analysis/analysis-entry.ts';
import { isReplacement, recoveryKindOf } from '../../analysis/recovery-kinds.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey, sameKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { FailoverPlan } from '../../plan/failover/plan-failover.ts';
import { planFailover } from '../../plan/failover/plan-failover.ts';
import type { Plan, Refusal } from '../../plan/plan.ts';
import { createExecutor } from '../executor/executor.ts';
import { hasGivenWay, isBeforePromotion } from '../fence/reinstated.ts';
import type { DeposedPrimary, RecoveryIntent, RecoveryRecord, RecoveryRegistration } from '../ports.ts';
import type { RecoverOutcome } from '../use-cases.ts';
import { createBodies } from './bodies.ts';
import type { RecoveryBody } from './body.ts';
import { conductRecovery } from './conduct.ts';
import { conductBody } from './conduct-body.ts';
import type { DeadPrimaryDeps } from './dead-primary/deps.ts';
import type { RecoveriesDeps, RecoveriesSettings } from './deps.ts';
import type { LeftBehind } from './earlier.ts';
import { leftSilenced, readLeftBehind, withSuccessor } from './earlier.ts';
import { createExclusion, type Turn } from './exclusion.ts';
import { readMembers } from './members.ts';
import type { RecoveryRun } from './run.ts';

/** How long the successor of a recovery left open may take to say how it is now. */
const LOOK_BACK_MS = 1_000;

export interface StartOptions {
  readonly isForced: boolean;
  readonly candidate: InstanceKey | null;
  readonly skipHooks: boolean;
  readonly command: string;
  /** Who ordered it, for the audit. */
  readonly orderedBy?: string;
  /** A primary that answers is fenced and replaced all the same; otherwise it calls the recovery off. */
  readonly closesLivePrimary?: boolean;
  /** Epoch milliseconds of the first sign of failure. */
  readonly suspectedAtMs: number;
  /** Called when nothing holds the recovery back any more and it is written down. */
  onRegistered?(): void;
}

export interface Recoveries {
  /** Detection, registration, recovery (by the kind of failure), hooks: the whole of it. Resolves when all is closed. Never throws. */
  recover(entry: AnalysisEntry, options: StartOptions): Promise<RecoverOutcome>;
  /** The plan by which recover would replace this primary now. */
  plan(entry: AnalysisEntry, candidate: InstanceKey | null): Promise<FailoverPlan | Refusal>;
  /** The plan that recover would follow now, whatever the kind of failure. */
  planFor(entry: AnalysisEntry, candidate: InstanceKey | null): Promise<Plan | Refusal>;
  /** True when there is a recovery for what this code says. */
  handles(code: AnalysisCode): boolean;
  isBeingRecovered(key: InstanceKey): boolean;
  /** The same, without recoveries that give way to that of a dead primary, as one does that waits for its first hooks. */
  isHeldFirmly(key: InstanceKey): boolean;
  /** This process runs the last hooks of that recovery; it holds up no other any more. */
  isFinishing(uid: string): boolean;
  /**
   * Replicas (host:port) of a primary that an earlier recovery left stopped, once it blocks no other any more: only then may they
   * be started, to be witnesses again.
   */
  leftSilenced(failed: InstanceKey): Promise<ReadonlySet<string>>;
  /** Goes on with, or closes, what an earlier process began. */
  resume(intent: RecoveryIntent, entry: AnalysisEntry): Promise<void>;
  /** Resolves when no recovery is under way. */
  close(): Promise<void>;
}

/** True for a successor that this recovery deposed, since it died while it was being promoted. */
const isAbandonedBy = ({ failed, clusterName, epoch }: RecoveryIntent, deposed: DeposedPrimary): boolean =>
  deposed.clusterName === clusterName && deposed.epoch === epoch && !sameKey(deposed.key, failed);

/** By which command, and by whom. */
const orderOf = ({ command, orderedBy = '' }: StartOptions): string =>
  command === '' ? '' : ` (${command}${orderedBy === '' ? '' : `, ordered by ${orderedBy}`})`;

/** Why a registration was refused; where a recovery that did not succeed blocks, how that one ended. */
function refusedBecause(
  refused: Exclude<RecoveryRegistration, { kind: 'registered' }>,
  earlier: readonly RecoveryRecord[],
): string {
  if (refused.kind === 'forbidden') return refused.reason;
  const blocking = earlier.find(({ recoveryId }) => recoveryId === refused.blockingRecoveryId);
  const end = blocking === undefined || blocking.isSuccessful ? undefined : blocking.errors.at(-1);
  return end === undefined ? refused.reason : `${refused.reason} (it ended so: ${end})`;
}

/** What is known of the successor's rest, by its name. */
const restsOf = ({
  successor,
  successorRest,
}: Pick<RecoveryIntent, 'successor' | 'successorRest'>): RecoveryRun['rests'] =>
  new Map(successor === null || successorRest === undefined ? [] : [[formatKey(successor), successorRest]]);

export function createRecoveries(deps: RecoveriesDeps, settings: RecoveriesSettings): Recoveries {
  const { fleet, clock, logger, store } = deps;
  const executor = createExecutor(deps);
  const exclusion = createExclusion();
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
  const bodies = createBodies({ ...deps, audit }, settings);

  /** What is particular to the kind of failure; null where a primary is replaced. */
  function bodyOf({ code }: AnalysisEntry): RecoveryBody | null {
    const kind = recoveryKindOf(code);
    return kind === null ? null : (bodies[kind] ?? null);
  }

  function handles(code: AnalysisCode): boolean {
    const kind = recoveryKindOf(code);
    return kind !== null && (isReplacement(kind) || bodies[kind] !== undefined);
  }

  function conduct(run: RecoveryRun, turn: Turn): Promise<RecoverOutcome> {
    const body = bodyOf(run.entry);
    const traced = { ...deps, audit };
    return body === null
      ? conductRecovery(run, { ...traced, deadPrimary }, settings)
      : conductBody(run, body, { ...traced, turn }, settings);
  }

  const membersOf = (entry: AnalysisEntry): ServerRecord[] =>
    [...fleet.recordsOfCluster(entry.view.clusterName)].filter(({ instance }) => instance !== null);

  /** What is to be done, as far as it is known before it is registered: `recoveryId` and `epoch` are 0. */
  function newIntent(entry: AnalysisEntry, uid: string, options: StartOptions): RecoveryIntent {
    const { isForced, candidate, command, skipHooks, closesLivePrimary = false } = options;
    const failed = fleet.recordOf(entry.view.key)?.instance ?? null;
    return {
      uid,
      recoveryId: 0,
      epoch: 0,
      clusterName: entry.view.clusterName,
      failed: entry.view.key,
      failedServerUuid: failed?.serverUuid ?? null,
      failedServerId: failed?.serverId ?? 0,
      phase: 'registered',
      owner: settings.owner,
      successor: null,
      isForced,
      candidate,
      command,
      skipHooks,
      livePrimary: closesLivePrimary ? 'close' : 'call-off',
      foundPrimary: null,
      members: membersOf(entry).map(({ key }) => key),
      updatedAtMs: clock.now(),
    };
  }

  function newRun(entry: AnalysisEntry, intent: RecoveryIntent, left: LeftBehind, options: StartOptions): RecoveryRun {
    return {
      uid: intent.uid,
      entry,
      skipHooks: options.skipHooks,
      candidate: options.candidate,
      command: options.command,
      suspectedAtMs: options.suspectedAtMs,
      isResumed: false,
      excluded: [],
      silenced: new Set([...left.silenced, ...deps.takeResting(intent.failed)]),
      seen: new Map(),
      rests: restsOf(left),
      begunBefore: left.successor,
      deposedBefore: left.deposed,
      finishesEarlier: left.isUnfinished,
      abandoned: [],
      errors: [],
      lost: [],
      intent,
    };
  }

  async function begin(entry: AnalysisEntry, asked: StartOptions, turn: Turn): Promise<RecoverOutcome> {
    if (!handles(entry.code))
      return { kind: 'not-attempted', reason: `there is no recovery from ${entry.code}`, refusal: null };
    const body = bodyOf(entry);
    const options = body?.isNeverForced === true ? { ...asked, isForced: false } : asked;
    const uid = deps.newUid();
    const { detectionId, mayGoOn } = await deps.detections.detect(entry, uid, options.skipHooks, options.command);
    if (!mayGoOn)
      return {
        kind: 'not-attempted',
        reason: 'an OnFailureDetection hook failed; the next evaluation goes on without it',
        refusal: null,
      };
    const objection = body?.objection(entry, options.isForced) ?? null;
    if (objection !== null) return { kind: 'not-attempted', reason: objection, refusal: null };
    const { clusterName, key: failed } = entry.view;
    const earlier = await store.readRecoveries({ clusterName });
    const intent = newIntent(entry, uid, options);
    // Written first: should we die before the registration is known to us, the next process finds by it what was registered, and
    // goes on. Where the registration will be refused (it is tried every second) nothing needs to be written.
    const isLikelyBlocked = !options.isForced && earlier.some(({ isInActivePeriod }) => isInActivePeriod);
    if (!isLikelyBlocked) await store.saveIntent(intent);
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
    if (registration.kind !== 'registered') {
      if (!isLikelyBlocked) await store.closeIntent(uid);
      return { kind: 'not-attempted', reason: refusedBecause(registration, earlier), refusal: null };
    }
    options.onRegistered?.();
    const { recoveryId, epoch } = registration;
    const left = await readLeftBehind(deps, earlier, failed, epoch);
    const members = withSuccessor(intent.members, left);
    const run = newRun(entry, { ...intent, recoveryId, epoch, members }, left, options);
    if (isLikelyBlocked) await store.saveIntent(run.intent);
    audit(
      run,
      `${options.isForced ? 'Forced' : 'Automatic'} recovery of ${entry.code} on ${formatKey(entry.view.key)}, epoch ${registration.epoch}${orderOf(options)}`,
    );
    return conduct(run, turn);
  }

  /** The successor of a recovery left open for long may be a replica again: people have made the failed primary primary since. */
  async function undoneByHand({ successor, failed, phase }: RecoveryIntent): Promise<InstanceKey | null> {
    if (successor === null || isBeforePromotion({ phase })) return null;
    const previous = fleet.recordOf(successor)?.instance ?? null;
    const reading = await deps.servers.probe(successor, {
      deadlineMs: LOOK_BACK_MS,
      depth: previous === null ? 'full' : 'replication',
      previous,
    });
    return reading.kind === 'answered' && hasGivenWay(reading.instance, failed) ? successor : null;
  }

  /** Nothing is done any more: every step left would work against what people decided. */
  async function closeUndone(run: RecoveryRun, successor: InstanceKey): Promise<RecoverOutcome> {
    const { uid, failed, members } = run.intent;
    const reason = `${formatKey(successor)} follows ${formatKey(failed)} again, by hand; the recovery that was left open is closed`;
    audit(run, reason);
    await store.resolveRecovery(uid, {
      isSuccessful: true,
      successor,
      successorAlias: '',
      lostReplicas: [],
      participants: members,
      errors: [reason],
    });
    await store.closeIntent(uid);
    return { kind: 'failed', uid, reason };
  }

  /** One that was to be registered when its process died: null when it did not come to that. */
  async function asRegistered(intent: RecoveryIntent): Promise<RecoveryIntent | null> {
    if (intent.recoveryId !== 0) return intent;
    const [record] = await store.readRecoveries({ uid: intent.uid });
    if (record === undefined) {
      await store.closeIntent(intent.uid);
      return null;
    }
    // Nobody else may have registered one since: this one still holds the cluster.
    return { ...intent, recoveryId: record.recoveryId, epoch: await store.currentEpoch(intent.clusterName) };
  }

  /** What another process, or a backend that went away, left open; null when it is not ours to go on with. */
  async function goOn(left: RecoveryIntent, entry: AnalysisEntry, turn: Turn): Promise<RecoverOutcome | null> {
    const claimed = await store.claimIntent(left.uid, left.owner, settings.owner);
    const intent = claimed === null ? null : await asRegistered(claimed);
    if (intent === null) return null;
    const deposed = await store.readDeposed();
    const earlier = await store.readRecoveries({ key: intent.failed });
    const before = await readLeftBehind(deps, earlier, intent.failed, intent.epoch);
    const run: RecoveryRun = {
      uid: intent.uid,
      entry,
      skipHooks: intent.skipHooks,
      candidate: intent.candidate,
      command: intent.command,
      suspectedAtMs: clock.now(),
      isResumed: true,
      intent: { ...intent, members: withSuccessor(intent.members, before) },
      excluded: [],
      // Whoever is silent now was silenced by the earlier process, or will be judged as an operator's: both are safe here.
      silenced: new Set([
        ...before.silenced,
        ...entry.view.replicas.map(formatKey),
        ...deps.takeResting(intent.failed),
      ]),
      begunBefore: before.successor,
      deposedBefore: before.deposed,
      finishesEarlier: before.isUnfinished,
      abandoned: deposed.filter((one) => isAbandonedBy(intent, one)).map(({ key }) => key),
      seen: new Map(),
      rests: new Map([...restsOf(before), ...restsOf(intent)]),
      errors: [],
      lost: [],
    };
    const undone = await undoneByHand(intent);
    if (undone !== null) return closeUndone(run, undone);
    audit(run, `Going on with the recovery that was left open at "${intent.phase}"`);
    return conduct(run, turn);
  }

  async function plan(entry: AnalysisEntry, candidate: InstanceKey | null): Promise<FailoverPlan | Refusal> {
    const left = await readLeftBehind(deps, await store.readRecoveries({ key: entry.view.key }), entry.view.key, null);
    const members = withSuccessor(
      membersOf(entry).map(({ key }) => key),
      left,
    );
    const { records, fresh } = await readMembers(deps, members, entry.view.key);
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
      committedSuccessor: candidate === null ? left.successor : null,
      excluded: [],
      family: new Set(entry.view.replicas.map(formatKey)),
      silenced: left.silenced,
      seen: new Map(),
      rests: restsOf(left),
      settings,
    });
  }

  return {
    async recover(entry, options) {
      const busy: RecoverOutcome = {
        kind: 'not-attempted',
        reason: exclusion.isClosed()
          ? 'this program is being stopped'
          : `a recovery of cluster ${entry.view.clusterName} is under way`,
        refusal: null,
      };
      try {
        const { clusterName, key } = entry.view;
        const kind = recoveryKindOf(entry.code);
        if (kind !== null && isReplacement(kind)) await exclusion.giveWay(clusterName);
        return await exclusion.run(clusterName, key, (turn) => begin(entry, options, turn), busy);
      } catch (thrown) {
        logger.error({ err: thrown, cluster: entry.view.clusterName }, 'a recovery could not be carried out');
        return {
          kind: 'not-attempted',
          reason: thrown instanceof Error ? thrown.message : String(thrown),
          refusal: null,
        };
      }
    },
    planFor: async (entry, candidate) => bodyOf(entry)?.plan(entry) ?? plan(entry, candidate),
    plan,
    async leftSilenced(failed) {
      const records = await store.readRecoveries({ key: failed });
      return records.some(({ isInActivePeriod }) => isInActivePeriod) ? new Set() : leftSilenced(records, failed);
    },
    handles,
    isBeingRecovered: exclusion.isHeld,
    isHeldFirmly: exclusion.isHeldFirmly,
    isFinishing: exclusion.isFinishing,
    async resume(left, entry) {
      await exclusion.run(left.clusterName, left.failed, (turn) => goOn(left, entry, turn), null);
    },
    close: exclusion.close,
  };
}
