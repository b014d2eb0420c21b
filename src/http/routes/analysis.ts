import * as z from 'zod';
import { analysisJson } from '../../legacy/analysis-json.ts';
import { keyJson } from '../../legacy/key-json.ts';
import { OrchestratorError } from '../../model/error.ts';
import { formatKey, sameKey } from '../../model/instance-key.ts';
import { type Answer, failed, ok } from '../answer.ts';
import { AnalysisJson } from '../contract/cluster.ts';
import { InstanceKeyJson } from '../contract/envelope.ts';
import { clusterName, flag, noParams, noQuery, recoverParams, serverParams } from '../params.ts';
import { defineRoute, type RequestInfo, type Route } from '../route.ts';
import { clusterByNameOrHint, resolvedKey } from './common.ts';

const group = 'Analysis and recovery';
const analyses = { kind: 'envelope', schema: z.array(AnalysisJson) } as const;

const recoverQuery = z.object({
  skipProcesses: flag.describe('`true`: run no hooks'),
});

/** Who analyses, and when. */
const analyst = (info: RequestInfo) => ({ nowMs: info.services.clock.now(), ...info.services.settings });

type RecoverParams = z.output<typeof recoverParams>;

const candidateOf = async ({ services }: RequestInfo, { candidateHost, candidatePort }: RecoverParams) =>
  candidateHost === undefined
    ? null
    : services.orchestrator.resolveKey({ hostname: candidateHost, port: candidatePort ?? 0 });

async function planRecovery(info: RequestInfo, params: RecoverParams): Promise<Answer> {
  const key = await resolvedKey(info, params);
  const plan = await info.services.orchestrator.planRecovery(key, await candidateOf(info, params));
  return plan.kind === 'plan'
    ? ok(`Plan to ${plan.purpose}; nothing was changed`, plan)
    : failed(`Recovery would be refused: ${plan.reason}`, plan);
}

async function recover(info: RequestInfo, params: RecoverParams, skipHooks: boolean): Promise<Answer> {
  const { orchestrator } = info.services;
  const key = await resolvedKey(info, params);
  const candidate = await candidateOf(info, params);
  const outcome = await orchestrator.recover(key, { candidate, skipHooks }).catch((thrown: unknown) => {
    if (thrown instanceof OrchestratorError && thrown.code === 'unknown-instance') return thrown;
    throw thrown;
  });
  if (outcome instanceof OrchestratorError) return failed(outcome.message, keyJson(key));
  switch (outcome.kind) {
    case 'recovered':
      return ok(`Recovery executed on ${formatKey(key)}`, keyJson(outcome.successor));
    case 'failed':
      return failed(`Recovery attempted but no instance promoted: ${outcome.reason}`, keyJson(key));
    case 'not-attempted':
      // Historic words where there is nothing to recover from; the server that was named is the caller's mistake.
      return failed(
        outcome.refusal === null ? 'Recovery not attempted' : `Recovery not attempted: ${outcome.reason}`,
        keyJson(key),
      );
  }
}

const recoverRoutes = (path: string, doc: string, skipHooks: boolean): readonly Route[] =>
  defineRoute({
    paths: [`${path}/:host/:port`, `${path}/:host/:port/:candidateHost/:candidatePort`],
    group,
    permission: 'write',
    mutates: true,
    doc,
    params: recoverParams,
    query: recoverQuery,
    response: { kind: 'envelope', schema: InstanceKeyJson },
    handle: (info, { params, query }) => recover(info, params, skipHooks || query.skipProcesses),
    dryRun: (info, { params }) => planRecovery(info, params),
  });

/** What is wrong, and healing it by hand. */
export const analysisRoutes: readonly Route[] = [
  defineRoute({
    paths: ['/api/replication-analysis', '/api/replication-analysis/:clusterName'],
    group,
    permission: 'read',
    doc: 'Verdicts of the analysis, downtimed servers included, healthy ones left out; of all clusters, or of one by name or alias.',
    params: z.object({ clusterName: clusterName.optional() }),
    query: noQuery,
    response: analyses,
    handle: async (info, { params }) => {
      const { orchestrator } = info.services;
      const name = params.clusterName === undefined ? null : await clusterByNameOrHint(info, params.clusterName);
      const entries = await orchestrator.analyse({
        includeDowntimed: true,
        ...(name === null ? {} : { clusterName: name }),
      });
      return ok(
        'Analysis',
        entries.map((entry) => analysisJson(entry, analyst(info))),
      );
    },
  }),
  defineRoute({
    paths: ['/api/replication-analysis/instance/:host/:port'],
    group,
    permission: 'read',
    doc: 'Verdicts of the analysis about one server.',
    params: serverParams,
    query: noQuery,
    response: analyses,
    handle: async (info, { params }) => {
      const { orchestrator } = info.services;
      const key = await resolvedKey(info, params);
      const entries = await orchestrator.analyse({ includeDowntimed: true });
      const mine = entries.filter((entry) => sameKey(entry.view.key, key));
      return ok(
        'Analysis',
        mine.map((entry) => analysisJson(entry, analyst(info))),
      );
    },
  }),
  recoverRoutes(
    '/api/recover',
    'Recovers a failed server now, whatever filters, downtime and the switch say; the safety rules still hold.',
    false,
  ),
  recoverRoutes('/api/recover-lite', 'The same without hooks.', true),
  defineRoute({
    paths: ['/api/automated-recovery-filters'],
    group,
    permission: 'read',
    doc: 'Which clusters are recovered automatically, by the configuration.',
    params: noParams,
    query: noQuery,
    response: {
      kind: 'envelope',
      schema: z.object({
        RecoverIntermediateMasterClusterFilters: z.array(z.string()),
        RecoverMasterClusterFilters: z.array(z.string()),
        RecoveryIgnoreHostnameFilters: z.array(z.string()),
      }),
    },
    handle: (info) => {
      const { settings } = info.services;
      return ok('Automated recovery configuration details', {
        RecoverIntermediateMasterClusterFilters: settings.recoverIntermediateMasterClusterFilters,
        RecoverMasterClusterFilters: settings.recoverMasterClusterFilters,
        RecoveryIgnoreHostnameFilters: settings.recoveryIgnoreHostnameFilters,
      });
    },
  }),
].flat();
