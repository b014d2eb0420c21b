import type { AnalysisCode, AnalysisEntry } from '../../analysis/analysis-entry.ts';
import { isGentleCode, isSemiSyncCode } from '../../analysis/gentle-codes.ts';
import { isReplacement, recoveryKindOf } from '../../analysis/recovery-kinds.ts';
import { messageOf } from '../../model/error.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey, sameKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { FailoverPlan } from '../../plan/failover/plan-failover.ts';
import { planFailover } from '../../plan/failover/plan-failover.ts';
import { familyOf } from '../../plan/failover/readers.ts';
import type { Manner } from '../../plan/operations/request.ts';
import type { Plan, Refusal } from '../../plan/plan.ts';
import { createExecutor } from '../executor/executor.ts';
import { isBeforePromotion } from '../fence/reinstated.ts';
import type { DeposedPrimary, RecoveryIntent, RecoveryRecord, RecoveryRegistration } from '../ports.ts';
import type { RecoverOutcome } from '../use-cases.ts';
import { createBodies } from './bodies.ts';
import type { RecoveryBody } from './body.ts';
import { conductRecovery } from './conduct.ts';
import { conductBody } from './conduct-body.ts';
import type { DeadPrimaryDeps } from './dead-primary/deps.ts';
import { undoneByHand } from './dead-primary/made-by-hand.ts';
import type { RecoveriesDeps, RecoveriesSettings } from './deps.ts';
import type { LeftBehind } from './earlier.ts';
import { leftSilenced, readLeftBehind, withSuccessor } from './earlier.ts';
import { type Concern, createExclusion, type Turn } from './exclusion.ts';
import { binlogServersOf } from './family.ts';
import { knownPair } from './known-pair.ts';
import { readMembers } from './members.ts';
import type { RecoveryRun } from './run.ts';

export interface StartOptions {
  readonly isForced: boolean;
  readonly candidate: InstanceKey | null;
  readonly skipHooks: boolean;
  /** How a person wishes replicas to be moved; absent: as ever. */
  readonly manner?: Manner;
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

/** The recovery from this failure promotes another server. */
function replaces({ code }: Pick<AnalysisEntry, 'code'>): boolean {
  const kind = recoveryKindOf(code);
  return kind !== null && isReplacement(kind);
}

/** Whether an earlier recovery will block this one, as far as its row tells; the registration is the judge. */
function isInTheWayOf(code: AnalysisCode, { isInActivePeriod, endedAt, analysis }: RecoveryRecord): boolean {
  if (!isInActivePeriod || endedAt === '') return isInActivePeriod;
  return analysis === code || !(isSemiSyncCode(code) || isGentleCode(analysis));
}

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
  function bodyOf({ code }: Pick<AnalysisEntry, 'code'>): RecoveryBody | null {
    const kind = recoveryKindOf(code);
    return kind === null ? null : (bodies[kind] ?? null);
  }

  const handles = (code: AnalysisCode): boolean => replaces({ code }) || bodyOf({ code }) !== null;

  function conduct(run: RecoveryRun, turn: Turn): Promise<RecoverOutcome> {
    const body = bodyOf(run.entry);
    const traced = { ...deps, audit };
    return body === null
      ? conductRecovery(run, { ...traced, turn, deadPrimary }, settings)
      : conductBody(run, body, { ...traced, turn }, settings);
  }

  const membersOf = (entry: AnalysisEntry): ServerRecord[] =>
    [...fleet.recordsOfCluster(entry.view.clusterName)].filter(({ instance }) => instance !== null);

  const concernOf = (entry: AnalysisEntry): Concern => ({
    clusterName: entry.view.clusterName,
    failed: entry.view.key,
    members: membersOf(entry).map(({ key }) => key),
  });

  /** Whom nobody can ask any more what they were, should this process die: the failed server, and those that are silent with it. */
  const silentOf = (entry: AnalysisEntry): InstanceKey[] =>
    membersOf(entry)
      .filter(({ key, check }) => check.failure !== null || sameKey(key, entry.view.key))
      .map(({ key }) => key);

  /** What is to be done, as far as it is known before it is registered: `recoveryId` and `epoch` are 0. */
  function newIntent(entry: AnalysisEntry, uid: string, options: StartOptions): RecoveryIntent {
    const { isForced, candidate, command, skipHooks, closesLivePrimary = false } = options;
    const failed = fleet.recordOf(entry.view.key)?.instance ?? null;
    const members = membersOf(entry);
    const binlogServers = binlogServersOf(members);
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
      ...(binlogServers.length === 0 ? {} : { binlogServers }),
      ...knownPair(fleet, entry.view.key, clock.now()),
      members: members.map(({ key }) => key),
      updatedAtMs: clock.now(),
    };
  }

  /** It answers for whom an earlier look or recovery of ours left silent; one that touches no receivers leaves that to others. */
  async function takeSilent(run: RecoveryRun): Promise<void> {
    if (!replaces(run.entry)) return;
    await deps.silences.recall();
    const taken = deps.silences.take(run.intent.failed);
    for (const { key, isReceiverStopped } of taken) if (isReceiverStopped) run.silenced.add(formatKey(key));
    const rested = taken.filter(({ isApplierStopped }) => isApplierStopped).map(({ key }) => key);
    if (rested.length > 0) run.intent = { ...run.intent, rested: [...(run.intent.rested ?? []), ...rested] };
  }

  function newRun(entry: AnalysisEntry, intent: RecoveryIntent, left: LeftBehind, options: StartOptions): RecoveryRun {
    return {
      uid: intent.uid,
      entry,
      skipHooks: options.skipHooks,
      ...(options.manner === undefined ? {} : { manner: options.manner }),
      candidate: options.candidate,
      command: options.command,
      suspectedAtMs: options.suspectedAtMs,
      isResumed: false,
      excluded: [],
      silenced: new Set(left.silenced),
      foundStopped: new Set(),
      seen: new Map(),
      rests: restsOf(left),
      begunBefore: left.successor,
      deposedBefore: left.deposed,
      failedBefore: fleet.recordOf(intent.failed)?.instance ?? null,
      fences: [],
      finishesEarlier: left.isUnfinished,
      abandoned: [],
      errors: [],
      lost: [],
      intent,
    };
  }

  const notAttempted = (reason: string): RecoverOutcome => ({ kind: 'not-attempted', reason, refusal: null });

  const allowedOf = (entry: AnalysisEntry, asked: StartOptions): StartOptions =>
    bodyOf(entry)?.isNeverForced === true ? { ...asked, isForced: false } : asked;

  const objectionTo = (entry: AnalysisEntry, { isForced }: StartOptions): string | null =>
    bodyOf(entry)?.objection(entry, isForced) ?? null;

  /** Servers that a recovery replaces whose failure is being noted: it takes its turn next. And those where it does less. */
  const announcing = { replacement: new Set<string>(), gentle: new Set<string>() };
  const isToBeReplaced = (failed: InstanceKey): boolean => announcing.replacement.has(formatKey(failed));

  const busyIn = ({ view }: AnalysisEntry): string => `a recovery of cluster ${view.clusterName} is under way`;

  /**
   * Why an order cannot be carried out, since another recovery has the cluster, here or in another process; null when none has. Whoever
   * ordered it is told at once: no failure is noted and no hooks run for what will not be done. The registration is the judge in the end.
   */
  async function heldBy(entry: AnalysisEntry): Promise<string | null> {
    const { clusterName } = entry.view;
    const standing = exclusion.standingIn(concernOf(entry));
    if (standing === 'held' || (standing === 'gives-way' && !replaces(entry))) return busyIn(entry);
    if (standing === 'gives-way') return null;
    const open = (await store.readOpenIntents()).find((intent) => intent.clusterName === clusterName);
    const [running] = open === undefined ? [] : await store.readRecoveries({ uid: open.uid });
    if (running === undefined || running.endedAt !== '') return null;
    return `recovery ${running.recoveryId} (${running.analysis} of ${formatKey(running.key)}) of this cluster is under way`;
  }

  /** What is known of a recovery when it asks for its turn. */
  interface Announced {
    readonly uid: string;
    readonly detectionId: number;
  }

  /**
   * The failure is noted, with its hooks, before a turn is taken: the recovery of a primary that died at the same moment as a source below
   * it would find the cluster taken for as long as the hooks of that one run, though it comes first. Nor does a primary that dies during
   * the hooks of a lesser failure of its own wait for them. The text says why nothing is to begin.
   */
  async function announce(entry: AnalysisEntry, options: StartOptions): Promise<Announced | string> {
    const uid = deps.newUid();
    const failed = formatKey(entry.view.key);
    const announced = announcing[replaces(entry) ? 'replacement' : 'gentle'];
    if (announced.has(failed)) return busyIn(entry);
    announced.add(failed);
    try {
      const { detectionId, mayGoOn } = await deps.detections.detect(entry, uid, options.skipHooks, options.command);
      if (!mayGoOn) return 'an OnFailureDetection hook failed; the next evaluation goes on without it';
      return objectionTo(entry, options) ?? { uid, detectionId };
    } finally {
      announced.delete(failed);
    }
  }

  async function begin(
    entry: AnalysisEntry,
    options: StartOptions,
    { uid, detectionId }: Announced,
    turn: Turn,
  ): Promise<RecoverOutcome> {
    const objection = objectionTo(entry, options);
    if (objection !== null) return notAttempted(objection);
    const { clusterName, key: failed } = entry.view;
    const earlier = await store.readRecoveries({ clusterName });
    const intent = newIntent(entry, uid, options);
    // Written first: should we die before the registration is known to us, the next process finds by it what was registered, and
    // goes on. Where the registration will be refused (it is tried every second) nothing needs to be written.
    const isLikelyBlocked = !options.isForced && earlier.some((one) => isInTheWayOf(entry.code, one));
    if (!isLikelyBlocked) {
      await deps.keepKnown(silentOf(entry));
      await store.saveIntent(intent);
    }
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
      return notAttempted(refusedBecause(registration, earlier));
    }
    options.onRegistered?.();
    const { recoveryId, epoch } = registration;
    const left = await readLeftBehind(deps, earlier, failed, epoch);
    const members = withSuccessor(intent.members, left);
    const run = newRun(entry, { ...intent, recoveryId, epoch, members }, left, options);
    if (isLikelyBlocked) {
      await deps.keepKnown(silentOf(entry));
      await store.saveIntent(run.intent);
    }
    await takeSilent(run);
    audit(
      run,
      `${options.isForced ? 'Forced' : 'Automatic'} recovery of ${entry.code} on ${formatKey(entry.view.key)}, epoch ${registration.epoch}${orderOf(options)}`,
    );
    return conduct(run, turn);
  }

  /** Nothing is done any more: every step left would work against what people decided. */
  async function closeUndone(run: RecoveryRun, undone: string): Promise<RecoverOutcome> {
    const { uid, successor, members } = run.intent;
    const reason = `${undone}; the recovery that was left open is closed`;
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
      intent: {
        ...intent,
        members: withSuccessor(intent.members, before),
      },
      excluded: [],
      // Whoever is silent now was silenced by the earlier process, or will be judged as an operator's: both are safe here.
      silenced: new Set([...before.silenced, ...entry.view.replicas.map(formatKey)]),
      begunBefore: before.successor,
      deposedBefore: before.deposed,
      failedBefore: null,
      fences: [],
      finishesEarlier: before.isUnfinished,
      abandoned: deposed.filter((one) => isAbandonedBy(intent, one)).map(({ key }) => key),
      foundStopped: new Set(),
      seen: new Map(),
      rests: new Map([...restsOf(before), ...restsOf(intent)]),
      errors: [],
      lost: [],
    };
    // Before that its own state machine asks.
    const undone = isBeforePromotion(intent) ? null : await undoneByHand(intent, deps);
    if (undone !== null) return closeUndone(run, undone);
    await takeSilent(run);
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
      family: familyOf(entry.view.replicas, { records }),
      ...knownPair(fleet, entry.view.key, clock.now()),
      direct: new Set(entry.view.replicas.map(formatKey)),
      silenced: left.silenced,
      seen: new Map(),
      rests: restsOf(left),
      settings,
    });
  }

  return {
    async recover(entry, asked) {
      const { clusterName } = entry.view;
      const options = allowedOf(entry, asked);
      const busy = notAttempted(exclusion.isClosed() ? 'this program is being stopped' : busyIn(entry));
      try {
        if (exclusion.isClosed()) return busy;
        if (!handles(entry.code)) return notAttempted(`there is no recovery from ${entry.code}`);
        const held = asked.isForced ? await heldBy(entry) : null;
        if (held !== null) return notAttempted(held);
        const announced = await announce(entry, options);
        if (typeof announced === 'string') return notAttempted(announced);
        const concern = concernOf(entry);
        if (replaces(entry)) await exclusion.giveWay(concern);
        return await exclusion.run(concern, (turn) => begin(entry, options, announced, turn), busy);
      } catch (thrown) {
        logger.error({ err: thrown, cluster: clusterName }, 'a recovery could not be carried out');
        return notAttempted(messageOf(thrown));
      }
    },
    planFor: async (entry, candidate) => bodyOf(entry)?.plan(entry) ?? plan(entry, candidate),
    plan,
    async leftSilenced(failed) {
      const records = await store.readRecoveries({ key: failed });
      return records.some(({ isInActivePeriod }) => isInActivePeriod) ? new Set() : leftSilenced(records, failed);
    },
    handles,
    isBeingRecovered: (failed) => isToBeReplaced(failed) || exclusion.isHeld(failed),
    isHeldFirmly: (failed) => isToBeReplaced(failed) || exclusion.isHeldFirmly(failed),
    isFinishing: exclusion.isFinishing,
    async resume(left, entry) {
      await exclusion.run(left, (turn) => goOn(left, entry, turn), null);
    },
    close: exclusion.close,
  };
}
