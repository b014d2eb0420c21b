import * as z from 'zod';
import { DEFAULT_DOWNTIME_SECONDS, parseDurationSeconds } from '../../legacy/duration.ts';
import { keyJson } from '../../legacy/key-json.ts';
import { WOULD } from '../../legacy/would.ts';
import { formatKey } from '../../model/instance-key.ts';
import { type Answer, failed, ok } from '../answer.ts';
import { InstanceKeyJson } from '../contract/envelope.ts';
import { noParams, noQuery, serverParams } from '../params.ts';
import { defineRoute, type Route } from '../route.ts';
import { actor, resolvedKey } from './common.ts';

const group = 'Downtime';
const keyed = { kind: 'envelope', schema: InstanceKeyJson } as const;

/** Seconds of a downtime; the historic ten minutes for none and for zero; null when it is no duration. */
function secondsOf(duration: string | undefined): number | null {
  const seconds = duration === undefined || duration === '' ? 0 : parseDurationSeconds(duration);
  return seconds === 0 ? DEFAULT_DOWNTIME_SECONDS : seconds;
}

const invalidDuration = (duration: string | undefined): Answer =>
  failed(`Invalid duration: ${duration}; write e.g. 30s, 10m, 4h or 2d`);

/** Telling that a server is not to be counted on for a while. */
export const downtimeRoutes: readonly Route[] = [
  defineRoute({
    paths: [
      '/api/begin-downtime/:host/:port/:owner/:reason',
      '/api/begin-downtime/:host/:port/:owner/:reason/:duration',
    ],
    group,
    permission: 'write',
    mutates: true,
    doc: 'Begins a downtime: `:duration` like 30s, 10m, 4h, 2d, 1w; ten minutes when there is none.',
    params: serverParams.extend({
      owner: z.string().describe('Who is responsible'),
      reason: z.string().describe('Why'),
      duration: z.string().optional().describe('How long, e.g. 30m'),
    }),
    query: noQuery,
    response: keyed,
    handle: async (info, { params }) => {
      const seconds = secondsOf(params.duration);
      if (seconds === null) return invalidDuration(params.duration);
      const key = await resolvedKey(info, params);
      await info.services.orchestrator.beginDowntime(key, params.owner, params.reason, seconds);
      return ok(`Downtime begun: ${formatKey(key)}`, keyJson(key));
    },
    dryRun: async (info, { params }) => {
      const seconds = secondsOf(params.duration);
      if (seconds === null) return invalidDuration(params.duration);
      const key = await resolvedKey(info, params);
      return ok(WOULD.beginDowntime(formatKey(key), params.owner, params.reason, seconds), keyJson(key));
    },
  }),
  defineRoute({
    paths: ['/api/end-downtime/:host/:port'],
    group,
    permission: 'write',
    mutates: true,
    doc: 'Ends a downtime.',
    params: serverParams,
    query: noQuery,
    response: keyed,
    handle: async (info, { params }) => {
      const key = await resolvedKey(info, params);
      await info.services.orchestrator.endDowntime(key);
      return ok(`Downtime ended: ${formatKey(key)}`, keyJson(key));
    },
    dryRun: async (info, { params }) => {
      const key = await resolvedKey(info, params);
      return ok(WOULD.endDowntime(formatKey(key)), keyJson(key));
    },
  }),
].flat();

const switchState = { kind: 'envelope', schema: z.enum(['enabled', 'disabled']) } as const;

/** The switch that turns automated recovery off everywhere. */
export const globalRecoveryRoutes: readonly Route[] = [
  defineRoute({
    paths: ['/api/disable-global-recoveries'],
    group: 'Automated recovery switch',
    permission: 'write',
    mutates: true,
    doc: 'Turns automated recovery off, everywhere.',
    params: noParams,
    query: noQuery,
    response: switchState,
    handle: async (info) => {
      await info.services.orchestrator.setRecoveryDisabled(true, actor(info));
      return ok('Globally disabled recoveries', 'disabled');
    },
    dryRun: () => ok(WOULD.setRecoveries(true), 'disabled'),
  }),
  defineRoute({
    paths: ['/api/enable-global-recoveries'],
    group: 'Automated recovery switch',
    permission: 'write',
    mutates: true,
    doc: 'Turns automated recovery on again.',
    params: noParams,
    query: noQuery,
    response: switchState,
    handle: async (info) => {
      await info.services.orchestrator.setRecoveryDisabled(false, actor(info));
      return ok('Globally enabled recoveries', 'enabled');
    },
    dryRun: () => ok(WOULD.setRecoveries(false), 'enabled'),
  }),
  defineRoute({
    paths: ['/api/check-global-recoveries'],
    group: 'Automated recovery switch',
    permission: 'read',
    doc: 'Is automated recovery on?',
    params: noParams,
    query: noQuery,
    response: switchState,
    handle: async (info) => {
      const state = (await info.services.orchestrator.isRecoveryDisabled()) ? 'disabled' : 'enabled';
      return ok(`Global recoveries ${state}`, state);
    },
  }),
].flat();
