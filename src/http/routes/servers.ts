import * as z from 'zod';
import { instanceJson } from '../../legacy/instance-json.ts';
import { keyJson } from '../../legacy/key-json.ts';
import { searchRecords } from '../../legacy/listings.ts';
import { WOULD } from '../../legacy/would.ts';
import { messageOf, OrchestratorError } from '../../model/error.ts';
import { compareKeys, formatKey, type InstanceKey } from '../../model/instance-key.ts';
import { replicasOf } from '../../model/server-record.ts';
import { bare, failed, ok } from '../answer.ts';
import { InstanceKeyJson } from '../contract/envelope.ts';
import { InstanceJson } from '../contract/instance.ts';
import { clusterHint, noParams, noQuery, serverParams } from '../params.ts';
import { defineRoute, type Route } from '../route.ts';
import { instanceList, literalKey, resolvedKey } from './common.ts';

const group = 'Servers';
const instances = { kind: 'bare', schema: z.array(InstanceJson) } as const;

const notFoundError = (key: InstanceKey): Error => new Error(`ForgetInstance(): instance ${formatKey(key)} not found`);

/** Reading servers, taking them in and forgetting them. */
export const serverRoutes: readonly Route[] = [
  defineRoute({
    paths: ['/api/instance/:host/:port'],
    group,
    permission: 'read',
    doc: 'One server, as last read.',
    params: serverParams,
    query: noQuery,
    response: { kind: 'bare', schema: InstanceJson },
    handle: async (info, { params }) => {
      const { clock, orchestrator, settings } = info.services;
      const key = await resolvedKey(info, params);
      const record = orchestrator.fleet().recordOf(key);
      if (record === null) return failed(`Cannot read instance: ${formatKey(key)}`);
      return bare(instanceJson(record, { nowMs: clock.now(), settings }));
    },
  }),
  defineRoute({
    paths: ['/api/instance-replicas/:host/:port'],
    group,
    permission: 'read',
    doc: 'The direct replicas of a server.',
    params: serverParams,
    query: noQuery,
    response: instances,
    handle: async (info, { params }) => {
      const key = await resolvedKey(info, params);
      return instanceList(info, `replicas ${formatKey(key)}`, (fleet) =>
        replicasOf(key, fleet.records).sort((a, b) => compareKeys(a.key, b.key)),
      );
    },
  }),
  defineRoute({
    paths: ['/api/all-instances'],
    group,
    permission: 'read',
    doc: 'Every known server.',
    params: noParams,
    query: noQuery,
    response: instances,
    handle: (info) => instanceList(info, 'all', (fleet) => searchRecords(fleet.records, '')),
  }),
  defineRoute({
    paths: ['/api/search/:searchString', '/api/search'],
    group,
    permission: 'read',
    doc: 'Servers whose host, host:port, cluster, version or server id contains the text; `?s=` where the path has none.',
    params: z.object({ searchString: z.string().optional().describe('Text to look for') }),
    query: z.object({ s: z.string().optional().describe('Text to look for') }),
    response: instances,
    handle: (info, { params, query }) => {
      const text = params.searchString ?? query.s ?? '';
      return instanceList(info, `search ${text}`, (fleet) => searchRecords(fleet.records, text));
    },
  }),
  defineRoute({
    paths: ['/api/bulk-instances'],
    group,
    permission: 'write',
    doc: 'The addresses of all known servers.',
    params: noParams,
    query: noQuery,
    response: { kind: 'bare', schema: z.array(InstanceKeyJson) },
    handle: (info) => {
      const keys = info.services.orchestrator.fleet().records.map((record) => record.key);
      return bare(keys.sort(compareKeys).map(keyJson));
    },
  }),
  defineRoute({
    paths: ['/api/discover/:host/:port'],
    group,
    permission: 'write',
    mutates: true,
    doc: 'Reads the server now; its replicas and its source follow in the background. Details are null when the filters of the configuration leave it out.',
    params: serverParams,
    query: noQuery,
    response: { kind: 'envelope', schema: InstanceJson.nullable() },
    handle: async (info, { params }) => {
      const { clock, orchestrator, settings } = info.services;
      const key = await resolvedKey(info, params);
      try {
        const record = await orchestrator.discover(key);
        return ok(
          `Instance discovered: ${formatKey(record.key)}`,
          instanceJson(record, { nowMs: clock.now(), settings }),
        );
      } catch (thrown) {
        // Historic: what the configuration leaves out is no error.
        if (thrown instanceof OrchestratorError && thrown.code === 'discovery-filtered')
          return ok(`No instances discovered: ${thrown.message}`);
        throw thrown;
      }
    },
    dryRun: async (info, { params }) => {
      const { clock, orchestrator, settings } = info.services;
      const key = await resolvedKey(info, params);
      const known = orchestrator.fleet().recordOf(key);
      return ok(
        WOULD.discover(formatKey(key)),
        known === null ? null : instanceJson(known, { nowMs: clock.now(), settings }),
      );
    },
  }),
  defineRoute({
    paths: ['/api/refresh/:host/:port'],
    group,
    permission: 'write',
    mutates: true,
    doc: 'Reads the server now.',
    params: serverParams,
    query: noQuery,
    response: { kind: 'envelope', schema: InstanceKeyJson },
    handle: async (info, { params }) => {
      const { key } = await info.services.orchestrator.discover(await resolvedKey(info, params));
      return ok(`Instance refreshed: ${formatKey(key)}`, keyJson(key));
    },
    dryRun: async (info, { params }) => {
      const key = await resolvedKey(info, params);
      return ok(WOULD.discover(formatKey(key)), keyJson(key));
    },
  }),
  defineRoute({
    paths: ['/api/async-discover/:host/:port'],
    group,
    permission: 'write',
    mutates: true,
    doc: 'Begins to read the server and answers at once; what goes wrong is only logged.',
    params: serverParams,
    query: noQuery,
    response: { kind: 'envelope', schema: z.null() },
    handle: async (info, { params }) => {
      const { logger, orchestrator } = info.services;
      const key = await resolvedKey(info, params);
      orchestrator
        .discover(key)
        .catch((thrown: unknown) =>
          logger.warn({ server: formatKey(key), error: messageOf(thrown) }, 'discovery failed'),
        );
      return ok(`Asynchronous discovery initiated for Instance: ${formatKey(key)}`);
    },
    dryRun: async (info, { params }) => ok(WOULD.discover(formatKey(await resolvedKey(info, params)))),
  }),
  defineRoute({
    paths: ['/api/forget/:host/:port'],
    group,
    permission: 'write',
    mutates: true,
    doc: 'Forgets a server, by its literal address. It comes back if it is discovered again.',
    params: serverParams,
    query: noQuery,
    response: { kind: 'envelope', schema: InstanceKeyJson },
    handle: async (info, { params }) => {
      const key = literalKey(params);
      if (!(await info.services.orchestrator.forget(key))) {
        throw notFoundError(key);
      }
      return ok(`Instance forgotten: ${formatKey(key)}`, keyJson(key));
    },
    dryRun: (info, { params }) => {
      const key = literalKey(params);
      if (info.services.orchestrator.fleet().recordOf(key) === null) throw notFoundError(key);
      return ok(WOULD.forget(formatKey(key)), keyJson(key));
    },
  }),
  defineRoute({
    paths: ['/api/forget-cluster/:clusterHint'],
    group,
    permission: 'write',
    mutates: true,
    doc: 'Forgets every server of a cluster.',
    params: z.object({ clusterHint }),
    query: noQuery,
    response: { kind: 'envelope', schema: z.null() },
    handle: async (info, { params }) => {
      const { orchestrator } = info.services;
      const name = await orchestrator.clusterNameByHint(params.clusterHint);
      for (const record of orchestrator.fleet().recordsOfCluster(name)) await orchestrator.forget(record.key);
      return ok(`Cluster forgotten: ${name}`);
    },
    dryRun: async (info, { params }) => {
      const { orchestrator } = info.services;
      const name = await orchestrator.clusterNameByHint(params.clusterHint);
      return ok(WOULD.forgetCluster(name, orchestrator.fleet().recordsOfCluster(name).length));
    },
  }),
].flat();
