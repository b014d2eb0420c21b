import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import type { HookSuccessor } from '../../legacy/hook-context.ts';
import { OrchestratorError } from '../../model/error.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type { OperationRequest } from '../../plan/operations/request.ts';
import { PROMOTED_AT } from '../../plan/operations/takeover/promote.ts';
import type { Refusal } from '../../plan/plan.ts';
import type { Fleet } from '../fleet.ts';
import type { OperationOutcome, OperationUseCases } from '../operations/outcome.ts';
import type { AuditStore, Clock, IntentStore, Logger } from '../ports.ts';
import type { HookListName, RecoveryHooks } from '../recovery/hooks.ts';
import type { LiveEvent } from '../use-cases.ts';
import type { Promotion, TakeoverOutcome, TakeoverRequest, TakeoverUseCases } from './outcome.ts';

/** What hooks are told as the command, whichever of the two it is (historic). */
const COMMAND = 'graceful-master-takeover';

export interface TakeoverDeps {
  readonly operations: Pick<OperationUseCases, 'plan' | 'preview' | 'run'>;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly intent: IntentStore;
  readonly auditLog: AuditStore;
  readonly hooks: RecoveryHooks;
  newUid(): string;
  /** Reads the server and its replicas now; its analysis, null when it has none. */
  analyse(key: InstanceKey): Promise<AnalysisEntry | null>;
  emit(event: LiveEvent): void;
  /** The cluster goes on under a new primary. */
  onPromoted(clusterName: string, demoted: InstanceKey, successor: InstanceKey): void;
  onIntentChanged(): Promise<void>;
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
    const entry = await entryOf(request.instance, deps);
    const told = tellHooks(entry, request, deps);
    const forbidden = await told.before();
    if (forbidden !== null) return { kind: 'failed', reason: `${forbidden}; nothing was changed` };
    told.emit('started');
    const outcome = await operations.run(request, by);
    if (outcome.kind !== 'done') {
      told.emit('failed');
      await told.afterFailure();
      return outcome.kind === 'refused' ? outcome : { kind: 'failed', reason: outcome.reason };
    }
    const promotion = promotionOf(outcome, entry, told.uid, { startedAtMs, endedAtMs: clock.now() });
    await moveIntent(entry, promotion.successor, deps);
    deps.onPromoted(entry.view.clusterName, request.instance, promotion.successor);
    told.emit('succeeded');
    await told.afterPromotion(promotion);
    return promotion;
  }

  return { run, preview: async (asked) => operations.preview(requestOf(asked)) };
}

/** The only server of a cluster that follows nobody. */
function primaryOf(fleet: Fleet, clusterName: string): InstanceKey {
  const heads = fleet
    .recordsOfCluster(clusterName)
    .filter(({ instance }) => instance !== null && instance.replication === null);
  const [head] = heads;
  if (head !== undefined && heads.length === 1) return head.key;
  const found = heads.length === 0 ? 'none' : heads.map(({ key }) => formatKey(key)).join(', ');
  throw new OrchestratorError(
    'no-single-primary',
    `cluster ${clusterName} must have exactly one server that follows no other, to hand its role over; found: ${found}`,
  );
}

/** Historic: hooks and clients are told of a takeover as of a dead primary. */
async function entryOf(key: InstanceKey, deps: TakeoverDeps): Promise<AnalysisEntry> {
  const entry = await deps.analyse(key);
  if (entry !== null) return { ...entry, code: 'DeadMaster' };
  throw new OrchestratorError('no-analysis', `${formatKey(key)} has no analysis: it is ignored by configuration`);
}

/** The hook lists that have always run around a takeover, in their order. */
function tellHooks(entry: AnalysisEntry, request: OperationRequest, deps: TakeoverDeps) {
  const uid = deps.newUid();
  const { clusterName } = entry.view;
  const designated = request.destination === null ? null : successorOf(deps.fleet, request.destination);
  const audit = (message: string): void => {
    deps.auditLog
      .write(COMMAND, entry.view.key, clusterName, message)
      .catch((thrown) => deps.logger.error({ err: thrown, uid }, 'a step of a takeover could not be audited'));
    deps.emit({ kind: 'recovery-step', uid, clusterName, atMs: deps.clock.now(), message });
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
    uid,
    emit: (state: 'started' | 'succeeded' | 'failed') => deps.emit({ kind: 'recovery', uid, clusterName, state }),
    /** Why it must not begin; null when it may. */
    before: async (): Promise<string | null> =>
      (await hook('PreGracefulTakeoverProcesses', designated)) ??
      (await hook('OnFailureDetectionProcesses', null)) ??
      (await hook('PreFailoverProcesses', null)),
    afterFailure: () => hook('PostUnsuccessfulFailoverProcesses', null),
    async afterPromotion({ successor, successorAlias: alias, coordinates, troubles }: Promotion): Promise<void> {
      const lost = troubles.map(({ server }) => server);
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
  uid: string,
  times: Pick<Promotion, 'startedAtMs' | 'endedAtMs'>,
): Promotion {
  const noted = notes?.get(PROMOTED_AT);
  return {
    kind: 'promoted',
    uid,
    entry,
    successor: subject.key,
    successorAlias: subject.instance?.classification.instanceAlias ?? '',
    coordinates: noted === undefined || noted.kind === 'gtid' ? (subject.instance?.ownCoordinates ?? null) : noted,
    troubles: [...failed, ...leftovers],
    participants: plan.locks,
    ...times,
  };
}

/** Aliases follow to the cluster's new name, and the successor is not downtimed any more; nobody is lost. */
async function moveIntent({ view }: AnalysisEntry, successor: InstanceKey, deps: TakeoverDeps): Promise<void> {
  const { clusterName, clusterAlias } = view;
  const after = formatKey(successor);
  if (clusterName !== after) await deps.intent.renameCluster(clusterName, after);
  if (clusterAlias !== '' && clusterAlias !== clusterName) await deps.intent.setClusterAlias(after, clusterAlias);
  await deps.intent.endDowntime(successor);
  await deps.onIntentChanged();
}
