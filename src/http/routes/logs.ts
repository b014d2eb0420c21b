import * as z from 'zod';
import { logRefusalMessage, noErrantMessage } from '../../legacy/refusal-message.ts';
import { formatCoordinates } from '../../model/coordinates.ts';
import { OrchestratorError } from '../../model/error.ts';
import type { Instance } from '../../model/instance.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import { failed, ok } from '../answer.ts';
import { noQuery, serverParams } from '../params.ts';
import { defineRoute, type RequestInfo, type Route } from '../route.ts';
import { resolvedKey } from './common.ts';

const group = 'Binary logs';

/** What is known of a server whose logs are to be read. @throws OrchestratorError `unknown-instance`. */
function instanceOf({ services }: RequestInfo, key: InstanceKey): Instance {
  const instance = services.orchestrator.fleet().recordOf(key)?.instance ?? null;
  if (instance === null) throw new OrchestratorError('unknown-instance', `Cannot read instance: ${formatKey(key)}`);
  return instance;
}

/** Searches in logs; nothing is changed. */
export const logRoutes: readonly Route[] = [
  defineRoute({
    paths: ['/api/last-pseudo-gtid/:host/:port'],
    group,
    permission: 'write',
    doc: 'The newest Pseudo-GTID entry that a server has executed; Message says where it stands.',
    params: serverParams,
    query: noQuery,
    response: { kind: 'envelope', schema: z.string() },
    handle: async (info, { params }) => {
      const key = await resolvedKey(info, params);
      const found = await info.services.orchestrator.pseudoGtid.lastEntry(instanceOf(info, key));
      if (found.kind === 'refused') return failed(logRefusalMessage(found));
      return ok(formatCoordinates(found.coordinates), found.text);
    },
  }),
  defineRoute({
    paths: ['/api/locate-gtid-errant/:host/:port'],
    group,
    permission: 'read',
    doc: 'The binary logs of a server that hold its errant GTIDs.',
    params: serverParams,
    query: noQuery,
    response: { kind: 'envelope', schema: z.array(z.string()) },
    handle: async (info, { params }) => {
      const { pseudoGtid, questions } = info.services.orchestrator;
      const key = await resolvedKey(info, params);
      const errant = await questions.errantGtidOf(key);
      if (errant === '') throw new OrchestratorError('no-errant-gtid', noErrantMessage(formatKey(key)));
      const located = await pseudoGtid.locateErrant(instanceOf(info, key), errant);
      if (located.kind === 'refused') return failed(logRefusalMessage(located));
      return ok('located errant GTID', located.files);
    },
  }),
].flat();
