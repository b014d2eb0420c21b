import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import { formatKey, type InstanceKey, sameKey } from '../../model/instance-key.ts';
import { fenceStage } from '../../plan/failover/fence-stage.ts';
import type { FailoverPlan } from '../../plan/failover/plan-failover.ts';
import type { Refusal } from '../../plan/plan.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Clock, RecoveryStore, Servers } from '../ports.ts';
import { refusalSentence } from '../recovery/dead-primary/planning.ts';
import type { Recoveries } from '../recovery/recoveries.ts';
import type { RecoverOutcome } from '../use-cases.ts';
import type { ForcedRequest, ForcedUseCases, Promotion, TakeoverOutcome } from './outcome.ts';
import { entryAsDead, primaryOf } from './primary.ts';

/** So long the primary may take to say whether it is alive, for a dry run. */
const KNOCK_DEADLINE_MS = 1_000;

export interface ForcedDeps {
  readonly recoveries: Pick<Recoveries, 'recover' | 'plan'>;
  readonly servers: Pick<Servers, 'knock'>;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly store: Pick<RecoveryStore, 'readRecoveries'>;
  /** Reads the server and its replicas now; its analysis, null when it has none. */
  analyse(key: InstanceKey): Promise<AnalysisEntry | null>;
}

/**
 * A person orders that a primary be replaced, whatever the analysis says: a recovery of a dead primary under a code that is made up
 * (facts of recovery, the last bullets on takeovers). Filters, downtime, the global switch and anti-flapping do not hold it back; a
 * recovery under way does, and so do the rules of safety: a primary that is alive is fenced first (recovery/dead-primary/close-primary.ts).
 */
export function createForced(deps: ForcedDeps): ForcedUseCases {
  const { recoveries, fleet, clock } = deps;

  async function prepare({ clusterName, designated }: ForcedRequest) {
    const entry = await entryAsDead(primaryOf(fleet, clusterName), deps);
    const plan = notBelow(entry, designated) ?? (await recoveries.plan(entry, designated));
    return { entry, plan };
  }

  return {
    async run(request, by) {
      const startedAtMs = clock.now();
      const { entry, plan } = await prepare(request);
      // Before anything is done: a primary is not closed for a recovery that cannot come to anything.
      if (plan.kind === 'refusal') return { kind: 'refused', refusal: { ...plan, reason: refusalSentence(plan) } };
      const outcome = await recoveries.recover(entry, {
        isForced: true,
        candidate: request.designated,
        skipHooks: false,
        command: request.kind,
        ...(request.manner === undefined ? {} : { manner: request.manner }),
        orderedBy: by,
        closesLivePrimary: true,
        suspectedAtMs: startedAtMs,
      });
      return outcomeOf(outcome, { entry, command: request.kind, startedAtMs }, deps);
    },
    async preview(request) {
      const { entry, plan } = await prepare(request);
      if (plan.kind === 'refusal') return plan;
      const { instance } = fleet.recordOf(entry.view.key) ?? { instance: null };
      const knock = await deps.servers.knock(entry.view.key, KNOCK_DEADLINE_MS);
      const isAlive = knock.kind === 'answered' || knock.failure.kind === 'answered';
      return isAlive && instance !== null ? withFence(plan, fenceStage(instance)) : plan;
    },
  };
}

const withFence = (plan: FailoverPlan, fence: ReturnType<typeof fenceStage>): FailoverPlan => ({
  ...plan,
  stages: [...fence, ...plan.stages],
});

/** The designated server must be a direct replica: its name is looked at before anybody is asked. */
function notBelow({ view }: AnalysisEntry, designated: InstanceKey | null): Refusal | null {
  if (designated === null || view.replicas.some((key) => sameKey(key, designated))) return null;
  const [name, primary] = [formatKey(designated), formatKey(view.key)];
  const explanation = `${name} is not a direct replica of ${primary}; relocate it there first, or name another`;
  return {
    kind: 'refusal',
    purpose: `replace ${primary} with ${name}`,
    clusterName: view.clusterName,
    reason: explanation,
    objections: [{ subject: name, rule: 'not-a-direct-replica', explanation }],
  };
}

async function outcomeOf(
  outcome: RecoverOutcome,
  { entry, command, startedAtMs }: Pick<Promotion, 'entry' | 'command' | 'startedAtMs'>,
  { fleet, clock, store }: ForcedDeps,
): Promise<TakeoverOutcome> {
  switch (outcome.kind) {
    case 'not-attempted':
      return { kind: 'failed', reason: `not attempted: ${outcome.reason}; nothing was changed` };
    case 'failed':
      return { kind: 'failed', reason: outcome.reason };
    case 'recovered': {
      const [record] = await store.readRecoveries({ uid: outcome.uid }).catch(() => []);
      const successor = fleet.recordOf(outcome.successor)?.instance ?? null;
      return {
        kind: 'promoted',
        uid: outcome.uid,
        recoveryId: record?.recoveryId ?? 0,
        command,
        entry,
        successor: outcome.successor,
        successorAlias: successor?.classification.instanceAlias ?? '',
        coordinates: successor?.ownCoordinates ?? null,
        troubles: outcome.lost.map((server) => ({ server, reason: 'lost' })),
        participants: record?.participants ?? [],
        startedAtMs,
        endedAtMs: clock.now(),
      };
    }
  }
}
