import * as z from 'zod';
import type { KvSubmission } from '../../engine/kv/service.ts';
import { historicTimestamp } from '../../legacy/go-time.ts';
import { WOULD } from '../../legacy/would.ts';
import { type Answer, bare, failed, ok } from '../answer.ts';
import { KvPairJson, KvStoreJson } from '../contract/kv.ts';
import { clusterHint, noParams, noQuery } from '../params.ts';
import { defineRoute, type RequestInfo, type Route } from '../route.ts';

const group = 'Key-value stores';

const params = z.object({ clusterHint: clusterHint.optional() });

const clusterOf = async (info: RequestInfo, hint: string | undefined): Promise<string | null> =>
  hint === undefined || hint === '' ? null : info.services.orchestrator.clusterNameByHint(hint);

const pairsJson = ({ pairs }: KvSubmission): readonly KvPairJson[] =>
  pairs.map(({ key, value }) => ({ Key: key, Value: value }));

const answerOf = (done: KvSubmission): Answer =>
  done.troubles.length > 0
    ? failed(done.troubles.join('; '), pairsJson(done))
    : // Historic: it says masters and counts entries.
      ok(`Submitted ${done.pairs.length} masters`, pairsJson(done));

/** Who is primary, told to the world. */
export const kvRoutes: readonly Route[] = [
  defineRoute({
    paths: ['/api/submit-masters-to-kv-stores', '/api/submit-masters-to-kv-stores/:clusterHint'],
    group,
    permission: 'write',
    mutates: true,
    doc: 'Writes the primary of a cluster, or of every cluster with an alias, to the key-value stores now.',
    params,
    query: noQuery,
    response: { kind: 'envelope', schema: z.array(KvPairJson) },
    handle: async (info, input) =>
      answerOf(await info.services.orchestrator.kv.submit(await clusterOf(info, input.params.clusterHint))),
    dryRun: async (info, input) => {
      const made = await info.services.orchestrator.kv.preview(await clusterOf(info, input.params.clusterHint));
      return ok(WOULD.submitPrimaries(made.primaries.length), pairsJson(made));
    },
  }),
  defineRoute({
    paths: ['/api/kv-stores'],
    group,
    permission: 'read',
    doc: 'The key-value stores of the configuration, and what is wrong with them.',
    params: noParams,
    query: noQuery,
    response: { kind: 'bare', schema: z.array(KvStoreJson) },
    handle: (info) =>
      bare(
        info.services.orchestrator.kv.states().map(
          ({ name, problem, sinceMs, pending }): KvStoreJson => ({
            Name: name,
            IsWell: problem === null,
            Problem: problem ?? '',
            Since: historicTimestamp(sinceMs),
            PendingAliases: [...pending],
          }),
        ),
      ),
  }),
].flat();
