import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import type { HookSuccessor } from '../../legacy/hook-context.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type { OperationRequest } from '../../plan/operations/request.ts';
import { PROMOTED_AT } from '../../plan/operations/takeover/promote.ts';
import type { Refusal } from '../../plan/plan.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Promoted } from '../kv/service.ts';
import type { OperationOutcome, OperationUseCases } from '../operations/outcome.ts';
import type { AuditStore, Clock, IntentStore, Logger, RecoveryStore } from '../ports.ts';
import type { HookListName, RecoveryHooks } from '../recovery/hooks.ts';
import type { LiveEvent } from '../use-cases.ts';
import { createTakeoverHistory, type TakeoverHistory } from './history.ts';
import { moveIntent } from './move-intent.ts';
import type { Promotion, TakeoverOutcome, TakeoverRequest, TakeoverUseCases } from './outcome.ts';
import { lostIn } from './outcome.ts';
import { entryAsDead, primaryOf } from './primary.ts';

/** What hooks are told as the command, whichever of the two it is (historic). */
const COMMAND = 'graceful-master-takeover';

export interface TakeoverDeps {
  readonly operations: Pick<OperationUseCases, 'plan' | 'preview' | 'run'>;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly intent: IntentStore;
  readonly auditLog: AuditStore;
  readonly recoveries: Pick<RecoveryStore, 'recordTakeover' | 'resolveRecovery' | 'addStep'>;
  readonly hooks: RecoveryHooks;
  newUid(): string;
  /** Reads the server and its replicas now; its analysis, null when it has none. */
  analyse(key: InstanceKey): Promise<AnalysisEntry | null>;
  emit(event: LiveEvent): void;
  /** The cluster goes on under a new primary. */
  onPromoted(clusterName: string, demoted: InstanceKey, successor: InstanceKey): void;
  onIntentChanged(): Promise<void>;
  /** The successor may have been deposed once: it is kept from taking writes no more. */
  pardon(key: InstanceKey): Promise<unknown>;
  /** Tells the key-value stores; waited for before the hooks, and never rejects. */
  publish(promotion: Promoted): Promise<void>;
}

/** A takeover is an operation (planned, locked, taken back when it fails) with hooks around it, after which the cluster bears a new name. */
export function createTakeover(deps: TakeoverDeps): TakeoverUseCases {
  const { operations, fleet, clock } = deps;

  const requestOf = ({ kind, clusterName, designated }: TakeoverRequest): OperationRequest => ({
    kind,
    instance: primaryOf(fleet, clusterName),
    destination: designated,
  });

  /** The request with the successor named; it is proven there that the former primary can log in. */
  async function designate(request: OperationRequest): Promise<OperationRequest | Refusal> {
    const first = await operations.plan(request);
    if (first.kind === 'refusal' || request.destination !== null) return first.kind === 'refusal' ? first : request;
    const named = { ...request, destination: first.subject };
    const second = await operations.plan(named);
    return second.kind === 'refusal' ? second : named;
  }

  async function run(asked: TakeoverRequest, by: string): Promise<TakeoverOutcome> {
    const startedAtMs = clock.now();
    const request = await designate(requestOf(asked));
    if ('reason' in request) return { kind: 'refused', refusal: request };
    const entry = await entryAsDead(request.instance, deps);
    const history = await createTakeoverHistory(deps, deps.newUid(), entry);
    history.say(`${request.kind}, ordered by ${by}`);
    const told = tellHooks(entry, request, history, deps);
    const forbidden = await told.before();
    if (forbidden !== null) {
      const reason = `${forbidden}; nothing was changed`;
      await history.failed(reason);
      return { kind: 'failed', reason };
    }
    told.emit('started');
    // A person takes it back into service: it must not be fenced for taking writes.
    if (request.destination !== null) await pardon(request.destination, deps);
    const outcome = await operations.run(request, by, undefined, history.say);
    if (outcome.kind !== 'done') {
      const reason = outcome.kind === 'refused' ? outcome.refusal.reason : outcome.reason;
      await history.failed(reason);
      told.emit('failed');
      await told.afterFailure();
      return outcome.kind === 'refused' ? outcome : { kind: 'failed', reason };
    }
    const done = promotionOf(outcome, entry, history, { startedAtMs, endedAtMs: clock.now() });
    const published = deps.publish({
      alias: entry.view.clusterAlias,
      clusterName: entry.view.clusterName,
      demoted: request.instance,
      successor: done.successor,
      epoch: null,
      audit: history.say,
    });
    // From here on nothing may keep the hooks and the watch from hearing of it: the successor takes writes.
    const unwritten = await moveIntent(entry.view, done.successor, deps);
    const promotion = { ...done, troubles: [...done.troubles, ...unwritten] };
    await history.promoted(promotion);
    deps.onPromoted(entry.view.clusterName, request.instance, promotion.successor);
    told.emit('succeeded');
    await published;
    await told.afterPromotion(promotion);
    return promotion;
  }

  return { run, preview: async (asked) => operations.preview(requestOf(asked)) };
}

async function pardon(key: InstanceKey, deps: TakeoverDeps): Promise<void> {
  await deps
    .pardon(key)
    .catch((thrown) => deps.logger.error({ err: thrown, server: formatKey(key) }, 'a pardon could not be stored'));
}

/** The hook lists that have always run around a takeover, in their order. */
function tellHooks(entry: AnalysisEntry, request: OperationRequest, history: TakeoverHistory, deps: TakeoverDeps) {
  const { uid } = history;
  const { clusterName } = entry.view;
  const designated = request.destination === null ? null : successorOf(deps.fleet, request.destination);
  const audit = (message: string): void => {
    deps.auditLog
      .write(COMMAND, entry.view.key, clusterName, message)
      .catch((thrown) => deps.logger.error({ err: thrown, uid }, 'a step of a takeover could not be audited'));
    history.say(message);
  };
  async function hook(
    list: HookListName,
    successor: HookSuccessor | null,
    lost: readonly InstanceKey[] = [],
  ): Promise<string | null> {
    // The first list is called before there is anything that could be looked up (historic).
    const known = list === 'PreGracefulTakeoverProcesses' ? '' : uid;
    const result = await deps.hooks.run(list, { entry, uid: known, command: COMMAND, successor, lost, audit });
    return result.kind === 'succeeded' ? null : `${list} failed: ${result.message}`;
  }
  return {
    emit: (state: 'started' | 'succeeded' | 'failed') => deps.emit({ kind: 'recovery', uid, clusterName, state }),
    /** Why it must not begin; null when it may. */
    before: async (): Promise<string | null> =>
      (await hook('PreGracefulTakeoverProcesses', designated)) ??
      (await hook('OnFailureDetectionProcesses', null)) ??
      (await hook('PreFailoverProcesses', null)),
    afterFailure: () => hook('PostUnsuccessfulFailoverProcesses', null),
    async afterPromotion(promotion: Promotion): Promise<void> {
      const { successor, successorAlias: alias, coordinates } = promotion;
      const lost = lostIn(promotion);
      for (const list of [
        'PostMasterFailoverProcesses',
        'PostFailoverProcesses',
        'PostGracefulTakeoverProcesses',
      ] as const)
        await hook(list, { key: successor, coordinates, alias }, lost);
    },
  };
}

function successorOf(fleet: Fleet, key: InstanceKey): HookSuccessor {
  const instance = fleet.recordOf(key)?.instance ?? null;
  return { key, coordinates: instance?.ownCoordinates ?? null, alias: instance?.classification.instanceAlias ?? '' };
}

function promotionOf(
  { plan, subject, notes, failed, leftovers }: Extract<OperationOutcome, { kind: 'done' }>,
  entry: AnalysisEntry,
  { uid, recoveryId }: TakeoverHistory,
  times: Pick<Promotion, 'startedAtMs' | 'endedAtMs'>,
): Promotion {
  const noted = notes?.get(PROMOTED_AT);
  return {
    kind: 'promoted',
    uid,
    recoveryId,
    command: COMMAND,
    entry,
    successor: subject.key,
    successorAlias: subject.instance?.classification.instanceAlias ?? '',
    coordinates: noted === undefined || noted.kind === 'gtid' ? (subject.instance?.ownCoordinates ?? null) : noted,
    troubles: [...failed, ...leftovers],
    participants: plan.locks,
    ...times,
  };
}
