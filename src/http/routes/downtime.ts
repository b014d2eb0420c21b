import * as z from 'zod';
import { DEFAULT_DOWNTIME_SECONDS, parseDurationSeconds } from '../../legacy/duration.ts';
import { keyJson } from '../../legacy/key-json.ts';
import { formatKey } from '../../model/instance-key.ts';
import { failed, ok } from '../answer.ts';
import { InstanceKeyJson } from '../contract/envelope.ts';
import { noParams, noQuery, serverParams } from '../params.ts';
import { defineRoute, type Route } from '../route.ts';
import { resolvedKey } from './common.ts';

const group = 'Downtime';
const keyed = { kind: 'envelope', schema: InstanceKeyJson } as const;

/** Telling that a server is not to be counted on for a while. */
export const downtimeRoutes: readonly Route[] = [
  defineRoute({
    paths: [
      '/api/begin-downtime/:host/:port/:owner/:reason',
      '/api/begin-downtime/:host/:port/:owner/:reason/:duration',
    ],
    group,
    permission: 'write',
    doc: 'Begins a downtime: `:duration` like 30s, 10m, 4h, 2d, 1w; ten minutes when there is none.',
    params: serverParams.extend({
      owner: z.string().describe('Who is responsible'),
      reason: z.string().describe('Why'),
      duration: z.string().optional().describe('How long, e.g. 30m'),
    }),
    query: noQuery,
    response: keyed,
    handle: async (info, { params }) => {
      const durationText = params.duration ?? '';
      const seconds = durationText === '' ? DEFAULT_DOWNTIME_SECONDS : parseDurationSeconds(durationText);
      if (seconds === null) return failed(`Invalid duration: ${durationText}; write e.g. 30s, 10m, 4h or 2d`);
      const key = await resolvedKey(info, params);
      await info.services.orchestrator.beginDowntime(
        key,
        params.owner,
        params.reason,
        seconds === 0 ? DEFAULT_DOWNTIME_SECONDS : seconds,
      );
      return ok(`Downtime begun: ${formatKey(key)}`, keyJson(key));
    },
  }),
  defineRoute({
    paths: ['/api/end-downtime/:host/:port'],
    group,
    permission: 'write',
    doc: 'Ends a downtime.',
    params: serverParams,
    query: noQuery,
    response: keyed,
    handle: async (info, { params }) => {
      const key = await resolvedKey(info, params);
      await info.services.orchestrator.endDowntime(key);
      return ok(`Downtime ended: ${formatKey(key)}`, keyJson(key));
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
    doc: 'Turns automated recovery off, everywhere.',
    params: noParams,
    query: noQuery,
    response: switchState,
    handle: async (info) => {
      await info.services.orchestrator.setRecoveryDisabled(true);
      return ok('Globally disabled recoveries', 'disabled');
    },
  }),
  defineRoute({
    paths: ['/api/enable-global-recoveries'],
    group: 'Automated recovery switch',
    permission: 'write',
    doc: 'Turns automated recovery on again.',
    params: noParams,
    query: noQuery,
    response: switchState,
    handle: async (info) => {
      await info.services.orchestrator.setRecoveryDisabled(false);
      return ok('Globally enabled recoveries', 'enabled');
    },
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
