import * as z from 'zod';
import { candidateJson } from '../../legacy/history-json.ts';
import { keyJson } from '../../legacy/key-json.ts';
import { WOULD } from '../../legacy/would.ts';
import { formatKey } from '../../model/instance-key.ts';
import { registrableRule } from '../../model/promotion-rule.ts';
import { readVirtualName } from '../../model/virtual-name.ts';
import { bare, ok } from '../answer.ts';
import { InstanceKeyJson } from '../contract/envelope.ts';
import { CandidateJson } from '../contract/registration.ts';
import { noParams, noQuery, serverParams } from '../params.ts';
import { defineRoute, type Route } from '../route.ts';
import { resolvedKey } from './common.ts';

const keyed = { kind: 'envelope', schema: InstanceKeyJson } as const;
const candidateParams = serverParams.extend({
  promotionRule: z.string().describe('prefer, neutral, prefer_not or must_not'),
});
const unresolveParams = serverParams.extend({ virtualname: z.string().describe('Name by which replicas address it') });

/** Who may be promoted, and under which names servers are addressed. */
export const registrationRoutes: readonly Route[] = [
  defineRoute({
    paths: ['/api/register-candidate/:host/:port/:promotionRule'],
    group: 'Servers',
    permission: 'write',
    mutates: true,
    doc: 'Sets the promotion rule of a server; it expires (CandidateInstanceExpireMinutes).',
    params: candidateParams,
    query: noQuery,
    response: keyed,
    handle: async (info, { params }) => {
      const rule = registrableRule(params.promotionRule);
      const key = await resolvedKey(info, params);
      await info.services.orchestrator.registrations.registerCandidate(key, rule);
      return ok('Registered candidate', keyJson(key));
    },
    dryRun: async (info, { params }) => {
      const rule = registrableRule(params.promotionRule);
      const key = await resolvedKey(info, params);
      return ok(WOULD.registerCandidate(formatKey(key), rule), keyJson(key));
    },
  }),
  defineRoute({
    paths: ['/api/bulk-promotion-rules'],
    group: 'Servers',
    permission: 'write',
    doc: 'All promotion rules that are registered, with the time at which each expires.',
    params: noParams,
    query: noQuery,
    response: { kind: 'bare', schema: z.array(CandidateJson) },
    handle: async (info) => {
      const candidates = await info.services.orchestrator.registrations.candidates();
      return bare(candidates.map((one) => candidateJson({ ...one, expiry: one.expiresAt })));
    },
  }),
  defineRoute({
    paths: ['/api/register-hostname-unresolve/:host/:port/:virtualname'],
    group: 'Names',
    permission: 'write',
    mutates: true,
    doc: 'Sets the virtual name by which replicas address the host of a server.',
    params: unresolveParams,
    query: noQuery,
    response: keyed,
    handle: async (info, { params }) => {
      const name = readVirtualName(params.virtualname);
      const key = await resolvedKey(info, params);
      await info.services.orchestrator.registrations.registerUnresolve(key, name);
      return ok(`Registered virtual name ${name} for ${formatKey(key)}`, keyJson(key));
    },
    dryRun: async (info, { params }) => {
      const name = readVirtualName(params.virtualname);
      const key = await resolvedKey(info, params);
      return ok(WOULD.registerUnresolve(formatKey(key), name), keyJson(key));
    },
  }),
  defineRoute({
    paths: ['/api/deregister-hostname-unresolve/:host/:port'],
    group: 'Names',
    permission: 'write',
    mutates: true,
    doc: 'Drops the virtual name of the host of a server.',
    params: serverParams,
    query: noQuery,
    response: keyed,
    handle: async (info, { params }) => {
      const key = await resolvedKey(info, params);
      await info.services.orchestrator.registrations.deregisterUnresolve(key);
      return ok(`Dropped the virtual name of ${formatKey(key)}`, keyJson(key));
    },
    dryRun: async (info, { params }) => {
      const key = await resolvedKey(info, params);
      return ok(WOULD.deregisterUnresolve(formatKey(key)), keyJson(key));
    },
  }),
].flat();
