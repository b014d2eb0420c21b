import type * as z from 'zod';
import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import type { DetectionRecord, RecoveryRecord } from '../../engine/ports.ts';
import type { Explanation, RecoverOutcome } from '../../engine/use-cases.ts';
import { WOULD } from '../../legacy/would.ts';
import type { AnalysisV2, DetectionV2, RECOVERIES, RecoveryV2 } from '../contract/v2/recoveries.ts';
import type { RequestInfo } from '../route.ts';
import { actor } from '../routes/common.ts';
import {
  clusterNamed,
  isoOfStored,
  isoTime,
  isoTimeOrNull,
  keyOrNull,
  knownServer,
  textOrNull,
  would,
} from './common.ts';
import type { Implementations } from './define.ts';
import { sortName } from './instance-listing.ts';
import { mapPage, pageOfSorted, pageOfStored } from './page.ts';
import { planned } from './planned.ts';
import { notThere, ProblemError, refuse } from './problem.ts';

const analysisShape = (entry: AnalysisEntry): z.input<typeof AnalysisV2> => {
  const { view } = entry;
  return {
    key: view.key,
    source: keyOrNull(view.sourceKey),
    clusterName: view.clusterName,
    clusterAlias: view.clusterAlias,
    code: entry.code,
    description: entry.description,
    structureWarnings: [...entry.structureWarnings],
    isPrimary: view.isPrimary,
    isCoPrimary: view.isCoPrimary,
    isReachable: view.lastCheckValid,
    isDowntimed: view.isDowntimed,
    downtimeEndAt: view.isDowntimed ? isoTimeOrNull(view.downtimeEndAtMs) : null,
    depth: view.depth,
    replicaCount: view.countReplicas,
    validReplicaCount: view.countValidReplicas,
    replicatingReplicaCount: view.countValidReplicatingReplicas,
    hasAutomatedPrimaryRecovery: entry.hasAutomatedPrimaryRecovery,
    hasAutomatedIntermediateRecovery: entry.hasAutomatedIntermediateRecovery,
  };
};

const recoveryShape = (record: RecoveryRecord): RecoveryV2 => {
  const endedAt = isoOfStored(record.endedAt);
  return {
    id: record.recoveryId,
    uid: record.uid,
    analysis: record.analysis,
    failed: record.key,
    clusterName: record.clusterName,
    clusterAlias: record.clusterAlias,
    state: endedAt === null ? 'running' : record.isSuccessful ? 'succeeded' : 'failed',
    startedAt: isoOfStored(record.startedAt),
    endedAt,
    successor: record.successor,
    successorAlias: textOrNull(record.successorAlias),
    lostReplicas: [...record.lostReplicas],
    participants: [...record.participants],
    errors: [...record.errors],
    node: textOrNull(record.processingNodeHostname),
    isBlocking: record.isInActivePeriod,
    acknowledgement: record.isAcknowledged
      ? {
          at: isoOfStored(record.acknowledgedAt),
          by: record.acknowledgedBy,
          comment: record.acknowledgedComment,
        }
      : null,
  };
};

const detectionShape = (record: DetectionRecord): z.input<typeof DetectionV2> => ({
  id: record.detectionId,
  analysis: record.analysis,
  failed: record.key,
  clusterName: record.clusterName,
  clusterAlias: record.clusterAlias,
  detectedAt: isoOfStored(record.startedAt),
  isActionable: record.isActionable,
  replicas: [...record.replicas],
  recoveryId: record.relatedRecoveryId === 0 ? null : record.relatedRecoveryId,
});

async function recoveryOf({ services }: RequestInfo, uid: string): Promise<RecoveryRecord> {
  const [found] = await services.orchestrator.recoveries({ uid, limit: 1 });
  return found ?? notThere('unknown-recovery', 'there is no recovery of this uid');
}

function recovered(outcome: RecoverOutcome) {
  switch (outcome.kind) {
    case 'recovered':
      return { uid: outcome.uid, successor: outcome.successor, lostReplicas: [...outcome.lost] };
    case 'not-attempted':
      if (outcome.refusal !== null) return refuse(outcome.refusal);
      throw new ProblemError({ slug: 'conflict', code: 'recovery-not-attempted', detail: outcome.reason });
    case 'failed': {
      const { uid, reason } = outcome;
      throw new ProblemError({ slug: 'operation-failed', code: 'recovery-failed', detail: reason, recoveryUid: uid });
    }
  }
}

/** Code and server together are told apart; one server may show one code only, but that is no promise. */
const analysisName = ({ view, code }: AnalysisEntry): string => `${sortName(view.key)}\u0000${code}`;

export const recoveries: Implementations<typeof RECOVERIES> = {
  listAnalyses: {
    async handle(info, { query: { cluster, includeDowntimed, includeNoProblem, ...page } }) {
      const entries = await info.services.orchestrator.analyse({
        ...(cluster === undefined ? {} : { clusterName: clusterNamed(info, cluster).clusterName }),
        includeDowntimed,
        includeNoProblem,
      });
      return mapPage(pageOfSorted(entries, page, analysisName), analysisShape);
    },
  },
  listRecoveries: {
    async handle({ services }, { query: { cluster, alias, unacknowledged, ...page } }) {
      const filter = {
        ...(cluster === undefined ? {} : { clusterName: cluster }),
        ...(alias === undefined ? {} : { clusterAlias: alias }),
        ...(unacknowledged ? { onlyUnacknowledged: true } : {}),
      };
      const read = (range: { readonly limit: number; readonly beforeId?: number }) =>
        services.orchestrator.recoveries({ ...filter, ...range });
      return mapPage(await pageOfStored(page, read, ({ recoveryId }) => recoveryId), recoveryShape);
    },
  },
  recover: {
    async handle(info, { body: { instance, candidate = null, skipHooks } }) {
      const { key } = knownServer(info, { host: instance.hostname, port: instance.port });
      return recovered(await info.services.orchestrator.recover(key, { candidate, skipHooks }));
    },
    location: ({ uid }) => `/recoveries/${encodeURIComponent(uid)}`,
    async preview(info, { body: { instance, candidate = null } }) {
      const { key } = knownServer(info, { host: instance.hostname, port: instance.port });
      return planned(info, await info.services.orchestrator.planRecovery(key, candidate));
    },
  },
  getRecovery: {
    async handle(info, { params: { uid } }) {
      const record = await recoveryOf(info, uid);
      const steps = await info.services.orchestrator.recoverySteps(uid);
      return {
        ...recoveryShape(record),
        steps: steps.map(({ at, message }) => ({ at: isoOfStored(at), message })),
      };
    },
  },
  acknowledgeRecovery: {
    async handle(info, { params, body: { comment } }) {
      const { uid } = await recoveryOf(info, params.uid);
      const by = actor(info);
      await info.services.orchestrator.acknowledge({ uid }, by, comment);
      return { uid, by, comment };
    },
    async preview(info, { params, body: { comment } }) {
      const { uid } = await recoveryOf(info, params.uid);
      return would(WOULD.acknowledge(`recovery ${uid}`, actor(info), comment));
    },
  },
  listFailureDetections: {
    async handle({ services }, { query: { cluster, ...page } }) {
      const filter = cluster === undefined ? {} : { clusterName: cluster };
      const read = (range: { readonly limit: number; readonly beforeId?: number }) =>
        services.orchestrator.detections({ ...filter, ...range });
      return mapPage(await pageOfStored(page, read, ({ detectionId }) => detectionId), detectionShape);
    },
  },
  listExplanations: {
    handle({ services }, { query }) {
      const named = ({ clusterName, server }: Explanation): string =>
        `${clusterName}\u0000${server === undefined ? '' : sortName(server)}`;
      const page = pageOfSorted(services.orchestrator.explanations(), query, named);
      return mapPage(page, ({ clusterName, primary, server = null, verdict, sentence, atMs }) => ({
        ...{ clusterName, primary, server, verdict, sentence },
        at: isoTime(atMs),
      }));
    },
  },
  listBlockedRecoveries: {
    async handle(info, { query: { cluster, ...page } }) {
      const name = cluster === undefined ? null : clusterNamed(info, cluster).clusterName;
      const blocked = await info.services.orchestrator.blockedRecoveries(name);
      return mapPage(
        pageOfSorted(blocked, page, ({ key }) => sortName(key)),
        ({ key, clusterName, analysis, lastBlockedAt, blockingRecoveryId }) => ({
          ...{ failed: key, clusterName, analysis, blockingRecoveryId },
          lastBlockedAt: isoOfStored(lastBlockedAt),
        }),
      );
    },
  },
  listDeposedPrimaries: {
    async handle({ services }, { query }) {
      const page = pageOfSorted(await services.orchestrator.deposedPrimaries(), query, ({ key }) => sortName(key));
      return mapPage(page, ({ key, clusterName, successor, deposedAtMs, fencedAtMs }) => ({
        ...{ key, clusterName, successor },
        deposedAt: isoTime(deposedAtMs),
        fencedAt: isoTimeOrNull(fencedAtMs),
      }));
    },
  },
  getRecoverySwitch: {
    handle: async ({ services }) => ({ isEnabled: !(await services.orchestrator.isRecoveryDisabled()) }),
  },
  putRecoverySwitch: {
    async handle(info, { body: { isEnabled } }) {
      await info.services.orchestrator.setRecoveryDisabled(!isEnabled, actor(info));
      return { isEnabled };
    },
    preview: (_, { body: { isEnabled } }) => would(WOULD.setRecoveries(!isEnabled)),
  },
};
