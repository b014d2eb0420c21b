import * as z from 'zod';
import { matchesWithin } from '../../engine/basis/bounded-match.ts';
import type { OperationParameter, OperationWords } from '../../legacy/operation-words.ts';
import { OPERATIONS } from '../../legacy/operations.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { OperationRequest } from '../../plan/operations/request.ts';
import { InstanceKeyJson } from '../contract/envelope.ts';
import { InstanceJson } from '../contract/instance.ts';
import { flag, port, serverParams, wholeNumber } from '../params.ts';
import { defineRoute, type RequestInfo, type Route, type RouteInput } from '../route.ts';
import { actor, resolvedKey } from './common.ts';
import { operationAnswer, previewAnswer } from './operation-answer.ts';

const params = serverParams.extend({
  belowHost: z.string().optional().describe('Host of the destination'),
  belowPort: port.optional().describe('Port of the destination'),
  seconds: wholeNumber('seconds', 0).optional().describe('How far it is to stay behind'),
  process: wholeNumber('process', 1).optional().describe('Id of the session'),
  logFile: z.string().optional().describe('Name of a binary log'),
});

const pattern = z.string().optional().describe('Only replicas whose host:port matches this regular expression');
const logFile = z.string().optional().describe('Name of a binary log');
const force = flag.describe('`true`: even if a replica still needs them');

/** Whatever an operation may be asked beside its path; each route shows only what it takes. */
interface Asked {
  readonly pattern?: string | undefined;
  readonly logFile?: string | undefined;
  readonly force?: boolean;
}

function queryOf({ takesPattern, parameter, kind }: OperationWords): z.ZodObject {
  return z.object({
    ...(takesPattern ? { pattern } : {}),
    ...(parameter?.name === 'logFile' && !parameter.isRequired ? { logFile } : {}),
    ...(kind === 'purge-binary-logs' ? { force } : {}),
  });
}

const PATH_PARAMETERS: Readonly<Record<OperationParameter, string>> = {
  seconds: '/:seconds',
  process: '/:process',
  logFile: '/:logFile',
};

function pathsOf({ paths, destination, parameter }: OperationWords): readonly string[] {
  const tails = {
    none: [''],
    needed: ['/:belowHost/:belowPort'],
    optional: ['', '/:belowHost/:belowPort'],
  }[destination];
  const last = parameter?.isRequired === true ? PATH_PARAMETERS[parameter.name] : '';
  return paths.flatMap((path) => tails.map((tail) => `/api/${path}/:host/:port${tail}${last}`));
}

const DETAILS = {
  instance: InstanceJson,
  instances: z.array(InstanceJson),
  'subject-key': InstanceKeyJson,
  seconds: z.int(),
} as const;

async function requestOf(
  info: RequestInfo,
  { kind }: OperationWords,
  input: RouteInput<typeof params, z.ZodObject>,
): Promise<OperationRequest> {
  const { belowHost, belowPort, seconds, process } = input.params;
  const asked = input.query as Asked;
  const file = input.params.logFile ?? asked.logFile;
  const pattern = asked.pattern ?? '';
  // Planning matches it against some of these names; a pattern that does not end must not be tried there.
  if (pattern !== '') {
    const names = info.services.orchestrator.fleet().records.map(({ key }) => formatKey(key));
    matchesWithin(pattern, 'pattern', names);
  }
  return {
    kind,
    instance: await resolvedKey(info, input.params),
    destination:
      belowHost === undefined || belowPort === undefined
        ? null
        : await resolvedKey(info, { host: belowHost, port: belowPort }),
    ...(pattern === '' ? {} : { pattern }),
    ...(seconds === undefined ? {} : { delaySeconds: seconds }),
    ...(process === undefined ? {} : { processId: process }),
    ...(file === undefined ? {} : { binlogFile: file }),
    ...(asked.force === true ? { isForced: true } : {}),
  };
}

/** Everything that rearranges a topology or acts on one server, each row of the table by all its names. */
export const operationRoutes: readonly Route[] = OPERATIONS.flatMap((words) =>
  defineRoute({
    paths: pathsOf(words),
    group: words.section,
    permission: 'write',
    mutates: true,
    doc: words.doc,
    params,
    query: queryOf(words),
    response: { kind: 'envelope', schema: DETAILS[words.details] },
    handle: async (info, input) => {
      const request = await requestOf(info, words, input);
      const outcome = await info.services.orchestrator.operations.run(request, actor(info));
      return operationAnswer(info, words, request, outcome);
    },
    dryRun: async (info, input) => previewAnswer(info, await requestOf(info, words, input)),
  }),
);
