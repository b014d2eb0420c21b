import * as z from 'zod';
import { groupBy } from '../../engine/basis/group-by.ts';
import type { AnalysisChange, RecoveryFilter } from '../../engine/ports.ts';
import { analysisChangelogJson, blockedRecoveryJson, recoveryStepJson } from '../../legacy/history-json.ts';
import { detectionJson, recoveryJson } from '../../legacy/recovery-json.ts';
import { formatKey } from '../../model/instance-key.ts';
import { bare } from '../answer.ts';
import { AnalysisChangelogJson, BlockedRecoveryJson, RecoveryJson, RecoveryStepJson } from '../contract/recovery.ts';
import { clusterAlias, clusterName, flag, noParams, noQuery, page, recordId, serverParams } from '../params.ts';
import { defineRoute, type Route } from '../route.ts';
import { resolvedKey } from './common.ts';

const group = 'Recovery history';
const recoveries = { kind: 'bare', schema: z.array(RecoveryJson) } as const;

const params = z.object({
  page,
  id: recordId.optional().describe('Number of the record'),
  uid: z.string().optional().describe('Unique id of the recovery'),
  clusterName: clusterName.optional(),
  clusterAlias: clusterAlias.optional(),
});

const filterOf = (input: z.output<typeof params>): RecoveryFilter => ({
  page: input.page,
  ...(input.id === undefined ? {} : { recoveryId: input.id }),
  ...(input.uid === undefined ? {} : { uid: input.uid }),
  ...(input.clusterName === undefined ? {} : { clusterName: input.clusterName }),
  ...(input.clusterAlias === undefined ? {} : { clusterAlias: input.clusterAlias }),
});

/** How long after its end a recovery counts as recent. */
const RECENT_MS = 5 * 60_000;

/** `YYYY-MM-DD HH:MM:SS` or RFC 3339, UTC; NaN when there is none. */
const timeOf = (text: string): number => Date.parse(text.includes('T') ? text : `${text.replace(' ', 'T')}Z`);
const isRecent = (endedAt: string, nowMs: number): boolean => timeOf(endedAt) >= nowMs - RECENT_MS;

/** One entry per server. */
function changelogs(changes: readonly AnalysisChange[]) {
  const byServer = groupBy(changes, ({ key }) => formatKey(key));
  return [...byServer.values()].flatMap((of) =>
    of.slice(0, 1).map(({ key }) => analysisChangelogJson({ key, changes: of })),
  );
}

/** Recoveries and failure detections of the past, and the running ones. */
export const recoveryHistoryRoutes: readonly Route[] = [
  defineRoute({
    paths: [
      '/api/audit-recovery',
      '/api/audit-recovery/:page',
      '/api/audit-recovery/id/:id',
      '/api/audit-recovery/uid/:uid',
      '/api/audit-recovery/cluster/:clusterName',
      '/api/audit-recovery/cluster/:clusterName/:page',
      '/api/audit-recovery/alias/:clusterAlias',
      '/api/audit-recovery/alias/:clusterAlias/:page',
    ],
    group,
    permission: 'read',
    doc: 'Recoveries, newest first; `?unacknowledged=true` for those nobody has acknowledged.',
    params,
    query: z.object({ unacknowledged: flag }),
    response: recoveries,
    handle: async (info, { params: input, query }) => {
      const filter: RecoveryFilter = {
        ...filterOf(input),
        ...(query.unacknowledged ? { onlyUnacknowledged: true } : {}),
      };
      return bare((await info.services.orchestrator.recoveries(filter)).map((one) => recoveryJson(one)));
    },
  }),
  defineRoute({
    paths: ['/api/audit-recovery-steps/:uid'],
    group,
    permission: 'read',
    doc: 'The steps of one recovery.',
    params: z.object({ uid: z.string().describe('Unique id of the recovery') }),
    query: noQuery,
    response: { kind: 'bare', schema: z.array(RecoveryStepJson) },
    handle: async (info, { params: input }) =>
      bare((await info.services.orchestrator.recoverySteps(input.uid)).map(recoveryStepJson)),
  }),
  defineRoute({
    paths: [
      '/api/audit-failure-detection',
      '/api/audit-failure-detection/:page',
      '/api/audit-failure-detection/id/:id',
      '/api/audit-failure-detection/alias/:clusterAlias',
      '/api/audit-failure-detection/alias/:clusterAlias/:page',
    ],
    group,
    permission: 'read',
    doc: 'Failure detections, newest first; `Id` is the detection.',
    params,
    query: noQuery,
    response: recoveries,
    handle: async (info, { params: input }) =>
      bare((await info.services.orchestrator.detections(filterOf(input))).map((one) => detectionJson(one))),
  }),
  defineRoute({
    paths: ['/api/replication-analysis-changelog'],
    group,
    permission: 'read',
    doc: 'How the analysis of each server changed; `null` when none did (historic). Entries are kept for AuditPurgeDays.',
    params: noParams,
    query: noQuery,
    response: { kind: 'bare', schema: z.array(AnalysisChangelogJson).nullable() },
    handle: async (info) => {
      const found = changelogs(await info.services.orchestrator.analysisChanges());
      return bare(found.length === 0 ? null : found);
    },
  }),
  defineRoute({
    paths: ['/api/blocked-recoveries', '/api/blocked-recoveries/cluster/:clusterName'],
    group,
    permission: 'read',
    doc: 'Recoveries that an earlier recovery of the same cluster holds back.',
    params: z.object({ clusterName: clusterName.optional() }),
    query: noQuery,
    response: { kind: 'bare', schema: z.array(BlockedRecoveryJson) },
    handle: async (info, { params: input }) =>
      bare((await info.services.orchestrator.blockedRecoveries(input.clusterName ?? null)).map(blockedRecoveryJson)),
  }),
  defineRoute({
    paths: ['/api/active-cluster-recovery/:clusterName'],
    group,
    permission: 'read',
    doc: 'Recoveries of a cluster that are running.',
    params: z.object({ clusterName }),
    query: noQuery,
    response: recoveries,
    handle: async (info, { params: input }) => {
      const active = await info.services.orchestrator.recoveries({ clusterName: input.clusterName, onlyActive: true });
      return bare(active.filter((one) => one.isInActivePeriod && one.endedAt === '').map((one) => recoveryJson(one)));
    },
  }),
  defineRoute({
    paths: ['/api/recently-active-cluster-recovery/:clusterName'],
    group,
    permission: 'read',
    doc: 'Recoveries of a cluster that ended within the last five minutes.',
    params: z.object({ clusterName }),
    query: noQuery,
    response: recoveries,
    handle: async (info, { params: input }) => {
      const { clock, orchestrator } = info.services;
      const all = await orchestrator.recoveries({ clusterName: input.clusterName });
      return bare(all.filter((one) => isRecent(one.endedAt, clock.now())).map((one) => recoveryJson(one)));
    },
  }),
  defineRoute({
    paths: ['/api/recently-active-instance-recovery/:host/:port'],
    group,
    permission: 'read',
    doc: 'Recoveries that promoted this server and ended within the last five minutes.',
    params: serverParams,
    query: noQuery,
    response: recoveries,
    handle: async (info, { params: input }) => {
      const { clock, orchestrator } = info.services;
      const key = await resolvedKey(info, input);
      const promoted = await orchestrator.recoveries({ successor: key });
      return bare(promoted.filter((one) => isRecent(one.endedAt, clock.now())).map((one) => recoveryJson(one)));
    },
  }),
].flat();
