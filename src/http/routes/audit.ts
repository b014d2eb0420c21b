import * as z from 'zod';
import { auditJson } from '../../legacy/history-json.ts';
import { keyJson } from '../../legacy/key-json.ts';
import { WOULD } from '../../legacy/would.ts';
import { formatKey } from '../../model/instance-key.ts';
import { bare, notFound, ok } from '../answer.ts';
import { InstanceKeyJson } from '../contract/envelope.ts';
import { AuditJson } from '../contract/recovery.ts';
import { noParams, noQuery, page, port, serverParams } from '../params.ts';
import { defineRoute, type Route } from '../route.ts';
import { resolvedKey } from './common.ts';

/** Who did what. */
export const auditRoutes: readonly Route[] = defineRoute({
  paths: ['/api/audit', '/api/audit/:page', '/api/audit/instance/:host/:port', '/api/audit/instance/:host/:port/:page'],
  group: 'Audit',
  permission: 'read',
  doc: 'The audit log, newest first, of everything or of one server.',
  params: z.object({ page, host: z.string().optional(), port: port.optional() }),
  query: noQuery,
  response: { kind: 'bare', schema: z.array(AuditJson) },
  handle: async (info, { params }) => {
    const { host, port: portNumber } = params;
    const key =
      host === undefined || portNumber === undefined ? null : await resolvedKey(info, { host, port: portNumber });
    const rows = await info.services.orchestrator.auditLog({ page: params.page, ...(key === null ? {} : { key }) });
    return bare(rows.map(auditJson));
  },
});

/** Names and addresses. */
export const nameRoutes: readonly Route[] = [
  defineRoute({
    paths: ['/api/resolve/:host/:port'],
    group: 'Names',
    permission: 'read',
    doc: 'The address under which the server is known, after making sure that somebody listens there.',
    params: serverParams,
    query: noQuery,
    response: { kind: 'envelope', schema: InstanceKeyJson },
    handle: async (info, { params }) => {
      const key = await resolvedKey(info, params);
      await info.services.dial(key);
      return ok(`Instance resolved: ${formatKey(key)}`, keyJson(key));
    },
  }),
  defineRoute({
    paths: ['/api/hostname-resolve-cache'],
    group: 'Names',
    permission: 'read',
    doc: 'The host names that are remembered; `Expiration` in nanoseconds since 1970.',
    params: noParams,
    query: noQuery,
    response: {
      kind: 'envelope',
      schema: z.record(z.string(), z.object({ Object: z.string(), Expiration: z.number() })),
    },
    handle: (info) => {
      const entries = info.services.resolveCache?.entries() ?? [];
      return ok(
        'Cache retrieved',
        Object.fromEntries(
          entries.map((one) => [one.hostname, { Object: one.resolved, Expiration: one.expiresAtMs * 1_000_000 }]),
        ),
      );
    },
  }),
  defineRoute({
    paths: ['/api/reset-hostname-resolve-cache'],
    group: 'Names',
    permission: 'write',
    mutates: true,
    doc: 'Forgets all remembered host names.',
    params: noParams,
    query: noQuery,
    response: { kind: 'envelope', schema: z.null() },
    handle: async (info) => {
      const { resolveCache } = info.services;
      if (resolveCache === null) return notFound();
      await resolveCache.clear();
      return ok('Hostname cache cleared');
    },
    dryRun: (info) => (info.services.resolveCache === null ? notFound() : ok(WOULD.resetResolveCache())),
  }),
].flat();
