import * as z from 'zod';
import { keyJson } from '../../legacy/key-json.ts';
import { maintenanceJson } from '../../legacy/maintenance-json.ts';
import { WOULD } from '../../legacy/would.ts';
import { formatKey, sameKey } from '../../model/instance-key.ts';
import { bare, failed, ok } from '../answer.ts';
import { InstanceKeyJson } from '../contract/envelope.ts';
import { MaintenanceJson } from '../contract/registration.ts';
import { noParams, noQuery, recordId, serverParams } from '../params.ts';
import { defineRoute, type Route } from '../route.ts';
import { resolvedKey } from './common.ts';

const group = 'Maintenance';
const keyed = { kind: 'envelope', schema: InstanceKeyJson } as const;

/** A lock that nobody ends is void after ten minutes (historic). */
const LOCK_SECONDS = 600;

const beginParams = serverParams.extend({
  owner: z.string().describe('Who is responsible'),
  reason: z.string().describe('Why'),
});
const idParams = z.object({ maintenanceKey: recordId.describe('Number of the maintenance') });

/** Locks on servers: while one holds, no operation touches the server and it is left out of the analysis. */
export const maintenanceRoutes: readonly Route[] = [
  defineRoute({
    paths: ['/api/begin-maintenance/:host/:port/:owner/:reason'],
    group,
    permission: 'write',
    mutates: true,
    doc: 'Places a maintenance lock, for ten minutes at most.',
    params: beginParams,
    query: noQuery,
    response: keyed,
    handle: async (info, { params }) => {
      const key = await resolvedKey(info, params);
      const { registrations } = info.services.orchestrator;
      const outcome = await registrations.beginMaintenance(key, params.owner, params.reason, LOCK_SECONDS);
      if (outcome.kind === 'begun') return ok(`Maintenance begun: ${formatKey(key)}`, keyJson(key));
      const { by } = outcome;
      const message = `${formatKey(key)} is in maintenance since ${by.beganAt}, by ${by.owner}: ${by.reason}; end it with end-maintenance`;
      return failed(message, by.maintenanceId);
    },
    dryRun: async (info, { params }) => {
      const key = await resolvedKey(info, params);
      return ok(WOULD.beginMaintenance(formatKey(key), params.owner, params.reason, LOCK_SECONDS), keyJson(key));
    },
  }),
  defineRoute({
    paths: ['/api/end-maintenance/:host/:port'],
    group,
    permission: 'write',
    mutates: true,
    doc: 'Lifts the maintenance lock of a server.',
    params: serverParams,
    query: noQuery,
    response: keyed,
    handle: async (info, { params }) => {
      const key = await resolvedKey(info, params);
      await info.services.orchestrator.registrations.endMaintenance(key);
      return ok(`Maintenance ended: ${formatKey(key)}`, keyJson(key));
    },
    dryRun: async (info, { params }) => {
      const key = await resolvedKey(info, params);
      return ok(WOULD.endMaintenance(formatKey(key)), keyJson(key));
    },
  }),
  defineRoute({
    paths: ['/api/end-maintenance/:maintenanceKey'],
    group,
    permission: 'write',
    mutates: true,
    doc: 'Lifts a maintenance lock by its number.',
    params: idParams,
    query: noQuery,
    response: { kind: 'envelope', schema: z.int() },
    handle: async (info, { params: { maintenanceKey } }) => {
      await info.services.orchestrator.registrations.endMaintenanceById(maintenanceKey);
      return ok(`Maintenance ended: ${maintenanceKey}`, maintenanceKey);
    },
    dryRun: (_, { params: { maintenanceKey } }) => ok(WOULD.endMaintenanceById(maintenanceKey), maintenanceKey),
  }),
  defineRoute({
    paths: ['/api/in-maintenance/:host/:port'],
    group,
    permission: 'read',
    doc: 'Is there a maintenance lock on the server? Message `true` or `false`; its address when there is.',
    params: serverParams,
    query: noQuery,
    response: { kind: 'envelope', schema: z.string() },
    handle: async (info, { params }) => {
      const key = await resolvedKey(info, params);
      const active = await info.services.orchestrator.registrations.maintenances();
      const isLocked = active.some((one) => sameKey(one.key, key));
      return ok(String(isLocked), isLocked ? formatKey(key) : '');
    },
  }),
  defineRoute({
    paths: ['/api/maintenance'],
    group,
    permission: 'read',
    doc: 'The maintenance locks that hold now, those of operations under way among them.',
    params: noParams,
    query: noQuery,
    response: { kind: 'bare', schema: z.array(MaintenanceJson) },
    handle: async (info) => bare((await info.services.orchestrator.registrations.maintenances()).map(maintenanceJson)),
  }),
].flat();
