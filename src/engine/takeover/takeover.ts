import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type { OperationRequest } from '../../plan/operations/request.ts';
import type { Refusal } from '../../plan/plan.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { OperationUseCases } from '../operations/outcome.ts';
import { type AroundDeps, createAround } from './around.ts';
import { promotionOf } from './end.ts';
import { beginTakeoverHistory, type TakeoverHistoryDeps, takeoverHistory } from './history.ts';
import type { TakeoverOutcome, TakeoverRequest, TakeoverUseCases } from './outcome.ts';
import { entryAsDead, primaryOf } from './primary.ts';

export interface TakeoverDeps extends AroundDeps, TakeoverHistoryDeps {
  /** What comes after a takeover that was begun is done with its operation (end.ts). */
  readonly operations: Pick<OperationUseCases, 'plan' | 'preview' | 'run'>;
  readonly fleet: Fleet;
  newUid(): string;
  /** Reads the server and its replicas now; its analysis, null when it has none. */
  analyse(key: InstanceKey): Promise<AnalysisEntry | null>;
  /** The successor may have been deposed once: it is kept from taking writes no more. */
  pardon(key: InstanceKey): Promise<unknown>;
}

/** A takeover is an operation (planned, locked, taken back when it fails) with hooks around it, after which the cluster bears a new name. */
export function createTakeover(deps: TakeoverDeps): TakeoverUseCases {
  const { operations, fleet, clock } = deps;

  const requestOf = ({ kind, clusterName, designated, manner }: TakeoverRequest): OperationRequest => ({
    kind,
    instance: primaryOf(fleet, clusterName),
    destination: designated,
    ...manner,
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
    const takeover = await beginTakeoverHistory(deps, deps.newUid(), entry);
    const history = takeoverHistory(deps, takeover);
    history.say(`${request.kind}, ordered by ${by}`);
    const around = createAround(takeover, request, history, deps);
    const forbidden = await around.before();
    if (forbidden !== null) {
      const reason = `${forbidden}; nothing was changed`;
      await history.failed(reason);
      return { kind: 'failed', reason };
    }
    around.emit('started');
    // A person takes it back into service: it must not be fenced for taking writes.
    if (request.destination !== null) await pardon(request.destination, deps);
    const outcome = await operations.run({ ...request, takeover }, by, undefined, history.say);
    if (outcome.kind === 'done') return { ...promotionOf(outcome, takeover), startedAtMs, endedAtMs: clock.now() };
    if (outcome.kind === 'failed') return { kind: 'failed', reason: outcome.reason };
    // It did not come to an operation, so that nothing came after it.
    await history.failed(outcome.refusal.reason);
    around.emit('failed');
    await around.afterFailure();
    return outcome;
  }

  return {
    run,
    async preview(asked) {
      const request = await designate(requestOf(asked));
      return 'reason' in request ? request : operations.preview(request);
    },
  };
}

async function pardon(key: InstanceKey, deps: TakeoverDeps): Promise<void> {
  await deps
    .pardon(key)
    .catch((thrown) => deps.logger.error({ err: thrown, server: formatKey(key) }, 'a pardon could not be stored'));
}
