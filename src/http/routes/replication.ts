import * as z from 'zod';
import { wordsOf } from '../../dialect/words.ts';
import { coordinatesJson, keyJson } from '../../legacy/key-json.ts';
import { restartStatements } from '../../legacy/restart-statements.ts';
import { formatKey } from '../../model/instance-key.ts';
import { failed, ok } from '../answer.ts';
import { InstanceKeyJson } from '../contract/envelope.ts';
import { EquivalentJson } from '../contract/registration.ts';
import { noQuery, port, serverParams, wholeNumber } from '../params.ts';
import { defineRoute, type Route } from '../route.ts';
import { resolvedKey } from './common.ts';

const group = 'Replication information';

const pairParams = serverParams.extend({
  belowHost: z.string().describe('Host of the server to replicate from'),
  belowPort: port.describe('Port of the server to replicate from'),
});

const canReplicate = (path: string, by: 'rules' | 'gtid', doc: string): readonly Route[] =>
  defineRoute({
    paths: [`/api/${path}/:host/:port/:belowHost/:belowPort`],
    group,
    permission: 'read',
    doc,
    params: pairParams,
    query: noQuery,
    response: { kind: 'envelope', schema: InstanceKeyJson },
    handle: async (info, { params }) => {
      const { questions } = info.services.orchestrator;
      const replica = await resolvedKey(info, params);
      const source = await resolvedKey(info, { host: params.belowHost, port: params.belowPort });
      const objection = await questions.whyNotReplicateFrom(replica, source, by);
      if (objection === null) return ok('true', keyJson(source));
      // Historic: only a server below itself is a plain no.
      return objection.rule === 'same-server' ? ok('false', keyJson(source)) : failed(objection.explanation);
    },
  });

/** Questions about replication; nothing is changed. */
export const replicationRoutes: readonly Route[] = [
  canReplicate(
    'can-replicate-from',
    'rules',
    'Could the first server replicate from the second? Message `true`, or why not.',
  ),
  canReplicate('can-replicate-from-gtid', 'gtid', 'The same, and find its place there by GTID.'),
  defineRoute({
    paths: ['/api/master-equivalent/:host/:port/:logFile/:logPos'],
    group,
    permission: 'write',
    doc: 'Places in the logs of other servers that are recorded as equal to this one.',
    params: serverParams.extend({
      logFile: z.string().describe('Name of a binary log'),
      logPos: wholeNumber('position', 0).describe('Position in it'),
    }),
    query: noQuery,
    response: { kind: 'envelope', schema: z.array(EquivalentJson) },
    handle: async (info, { params }) => {
      const key = await resolvedKey(info, params);
      const coordinates = { kind: 'binlog', file: params.logFile, position: params.logPos } as const;
      const found = await info.services.orchestrator.questions.equivalentsOf({ key, coordinates });
      return ok(
        `Found ${found.length} equivalent coordinates`,
        found.map((one) => ({ Key: keyJson(one.key), Coordinates: coordinatesJson(one.coordinates) })),
      );
    },
  }),
  defineRoute({
    paths: ['/api/restart-replica-statements/:host/:port', '/api/restart-slave-statements/:host/:port'],
    group,
    permission: 'write',
    doc: 'The statements that stop replication, run `?q=`, and let it go on as it was. Nothing is run.',
    params: serverParams,
    query: z.object({ q: z.string().optional().describe('Statement to run in between') }),
    response: { kind: 'envelope', schema: z.array(z.string()) },
    handle: async (info, { params, query }) => {
      const key = await resolvedKey(info, params);
      const instance = info.services.orchestrator.fleet().recordOf(key)?.instance ?? null;
      if (instance === null) return failed(`Cannot read instance: ${formatKey(key)}`);
      const word = wordsOf(instance.version).replica === 'REPLICA' ? 'replica' : 'slave';
      return ok(`statements for: ${formatKey(key)}`, restartStatements(instance, word, query.q ?? ''));
    },
  }),
].flat();
