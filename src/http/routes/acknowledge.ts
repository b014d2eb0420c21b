import * as z from 'zod';
import { keyJson } from '../../legacy/key-json.ts';
import { WOULD } from '../../legacy/would.ts';
import { formatKey } from '../../model/instance-key.ts';
import { ok } from '../answer.ts';
import { InstanceKeyJson } from '../contract/envelope.ts';
import { clusterAlias, clusterHint, commentQuery, noParams, recordId, serverParams } from '../params.ts';
import { defineRoute, type RequestInfo, type Route } from '../route.ts';
import { actor, resolvedKey } from './common.ts';

const group = 'Acknowledgement';
const query = commentQuery;

const would = (info: RequestInfo, which: string, comment: string): string =>
  WOULD.acknowledge(which, actor(info), comment);

/** A person says: I have seen this recovery; it no longer holds back the next one. `?comment=` is required. */
export const acknowledgeRoutes: readonly Route[] = [
  defineRoute({
    paths: ['/api/ack-recovery/cluster/:clusterHint', '/api/ack-recovery/cluster/alias/:clusterAlias'],
    group,
    permission: 'write',
    mutates: true,
    doc: 'Acknowledges all recoveries of a cluster.',
    params: z.object({ clusterHint: clusterHint.optional(), clusterAlias: clusterAlias.optional() }),
    query,
    response: { kind: 'envelope', schema: z.string() },
    handle: async (info, { params, query: { comment } }) => {
      const { orchestrator } = info.services;
      const clusterName = await orchestrator.clusterNameByHint(params.clusterHint ?? params.clusterAlias ?? '');
      await orchestrator.acknowledge({ clusterName }, actor(info), comment);
      return ok('Acknowledged cluster recoveries', clusterName);
    },
    dryRun: async (info, { params, query: { comment } }) => {
      const hint = params.clusterHint ?? params.clusterAlias ?? '';
      const clusterName = await info.services.orchestrator.clusterNameByHint(hint);
      return ok(would(info, `the recoveries of cluster ${clusterName}`, comment), clusterName);
    },
  }),
  defineRoute({
    paths: ['/api/ack-recovery/instance/:host/:port'],
    group,
    permission: 'write',
    mutates: true,
    doc: 'Acknowledges all recoveries of a server.',
    params: serverParams,
    query,
    response: { kind: 'envelope', schema: InstanceKeyJson },
    handle: async (info, { params, query: { comment } }) => {
      const key = await resolvedKey(info, params);
      await info.services.orchestrator.acknowledge({ key }, actor(info), comment);
      return ok('Acknowledged instance recoveries', keyJson(key));
    },
    dryRun: async (info, { params, query: { comment } }) => {
      const key = await resolvedKey(info, params);
      return ok(would(info, `the recoveries of ${formatKey(key)}`, comment), keyJson(key));
    },
  }),
  defineRoute({
    paths: ['/api/ack-recovery/:recoveryId'],
    group,
    permission: 'write',
    mutates: true,
    doc: 'Acknowledges one recovery by its number.',
    params: z.object({ recoveryId: recordId.describe('Number of the recovery') }),
    query,
    response: { kind: 'envelope', schema: z.string() },
    handle: async (info, { params: { recoveryId }, query: { comment } }) => {
      await info.services.orchestrator.acknowledge({ recoveryId }, actor(info), comment);
      return ok('Acknowledged recovery', String(recoveryId));
    },
    dryRun: (info, { params: { recoveryId }, query: { comment } }) =>
      ok(would(info, `recovery ${recoveryId}`, comment), String(recoveryId)),
  }),
  defineRoute({
    paths: ['/api/ack-recovery/uid/:uid'],
    group,
    permission: 'write',
    mutates: true,
    doc: 'Acknowledges one recovery by its unique id.',
    params: z.object({ uid: z.string().describe('Unique id of the recovery') }),
    query,
    response: { kind: 'envelope', schema: z.string() },
    handle: async (info, { params: { uid }, query: { comment } }) => {
      await info.services.orchestrator.acknowledge({ uid }, actor(info), comment);
      return ok('Acknowledged recovery', uid);
    },
    dryRun: (info, { params: { uid }, query: { comment } }) => ok(would(info, `recovery ${uid}`, comment), uid),
  }),
  defineRoute({
    paths: ['/api/ack-all-recoveries'],
    group,
    permission: 'write',
    mutates: true,
    doc: 'Acknowledges everything.',
    params: noParams,
    query,
    response: { kind: 'envelope', schema: z.string() },
    handle: async (info, { query: { comment } }) => {
      await info.services.orchestrator.acknowledge({}, actor(info), comment);
      return ok('Acknowledged all recoveries', comment);
    },
    dryRun: (info, { query: { comment } }) => ok(would(info, 'all recoveries', comment), comment),
  }),
].flat();
