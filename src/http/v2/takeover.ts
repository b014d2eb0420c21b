import type * as z from 'zod';
import type { TakeoverOutcome } from '../../engine/takeover/outcome.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import type { CLUSTERS, TakeoverV2 } from '../contract/v2/clusters.ts';
import type { PlannedV2 } from '../contract/v2/operations.ts';
import type { RequestInfo } from '../route.ts';
import { actor } from '../routes/common.ts';
import { isoTime, textOrNull } from './common.ts';
import { planned } from './planned.ts';
import { ProblemError, refuse } from './problem.ts';

type Body = z.output<typeof CLUSTERS.takeOver.body>;

const GRACEFUL = { graceful: 'graceful-master-takeover', 'graceful-auto': 'graceful-master-takeover-auto' } as const;

/** The engine's words for a forced change: with a designated server it is another order than without. */
const forced = (clusterName: string, designated: InstanceKey | null) =>
  ({ kind: designated === null ? 'force-master-failover' : 'force-master-takeover', clusterName, designated }) as const;

/** Changes the primary of a cluster. @throws ProblemError plan-refused, operation-failed. */
export async function takeOver(info: RequestInfo, clusterName: string, { mode, designated: asked }: Body) {
  const { orchestrator } = info.services;
  const by = actor(info);
  const designated = asked ?? null;
  return promoted(
    mode === 'forced'
      ? await orchestrator.forced.run(forced(clusterName, designated), by)
      : await orchestrator.takeover.run({ kind: GRACEFUL[mode], clusterName, designated }, by),
  );
}

/** What takeOver would do. @throws ProblemError plan-refused. */
export async function planTakeover(
  info: RequestInfo,
  clusterName: string,
  { mode, designated: asked }: Body,
): Promise<PlannedV2> {
  const { orchestrator } = info.services;
  const designated = asked ?? null;
  return planned(
    info,
    mode === 'forced'
      ? await orchestrator.forced.preview(forced(clusterName, designated))
      : await orchestrator.takeover.preview({ kind: GRACEFUL[mode], clusterName, designated }),
  );
}

function promoted(outcome: TakeoverOutcome): z.input<typeof TakeoverV2> {
  switch (outcome.kind) {
    case 'refused':
      return refuse(outcome.refusal);
    case 'failed':
      throw new ProblemError({ slug: 'operation-failed', code: 'takeover-failed', detail: outcome.reason });
    case 'promoted':
      return {
        recoveryUid: outcome.uid,
        predecessor: outcome.entry.view.key,
        successor: outcome.successor,
        successorAlias: textOrNull(outcome.successorAlias),
        startedAt: isoTime(outcome.startedAtMs),
        endedAt: isoTime(outcome.endedAtMs),
        troubles: outcome.troubles.map(({ server, reason }) => ({ server, reason })),
      };
  }
}
