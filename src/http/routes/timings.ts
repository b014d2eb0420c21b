import * as z from 'zod';
import {
  backendFiguresJson,
  backendSamplesJson,
  discoveryFiguresJson,
  discoverySamplesJson,
  flushFiguresJson,
  flushSamplesJson,
  queueFiguresJson,
  queueSamplesJson,
} from '../../legacy/timing-json.ts';
import { type Answer, bare, failed, notFound } from '../answer.ts';
import { noParams, noQuery, wholeNumber } from '../params.ts';
import { defineRoute, type Route } from '../route.ts';
import type { TimingsSource } from '../services.ts';

const group = 'Timings';
const params = z.object({ seconds: wholeNumber('seconds', 1).describe('Samples of this many last seconds') });
const queueParams = params.extend({ queue: z.string().optional().describe('DEFAULT or DEADINSTANCES') });
const samples = { kind: 'bare', schema: z.array(z.looseObject({})).nullable() } as const;
const figures = { kind: 'bare', schema: z.record(z.string(), z.union([z.number(), z.string()])) } as const;
const DEFAULT_QUEUE = 'DEFAULT';

/** One kind of sample: as it is, and in sum. */
function pair<Sample>(
  name: string,
  what: string,
  read: (source: TimingsSource, seconds: number) => readonly Sample[],
  raw: (found: readonly Sample[]) => unknown,
  aggregated: (found: readonly Sample[]) => unknown,
): readonly Route[] {
  const route = (path: string, doc: string, response: typeof samples | typeof figures, shape: typeof raw) =>
    defineRoute({
      paths: [path],
      group,
      permission: 'read',
      doc,
      params,
      query: noQuery,
      response,
      handle: (info, input): Answer => {
        const { timings } = info.services;
        return timings === null ? notFound() : bare(shape(read(timings, input.params.seconds)));
      },
    });
  return [
    ...route(`/api/${name}-raw/:seconds`, `${what}, each.`, samples, raw),
    ...route(`/api/${name}-aggregated/:seconds`, `${what}, in sum.`, figures, aggregated),
  ];
}

/** The queue of servers to read, or one of its two. */
const queueRoutes = (kind: 'raw' | 'aggregated'): readonly Route[] =>
  defineRoute({
    paths: [`/api/discovery-queue-metrics-${kind}/:seconds`, `/api/discovery-queue-metrics-${kind}/:queue/:seconds`],
    group,
    permission: 'read',
    doc: `Length of a queue of servers to read, ${kind === 'raw' ? 'once a second' : 'in sum'}.`,
    params: queueParams,
    query: noQuery,
    response: kind === 'raw' ? samples : figures,
    handle: (info, input): Answer => {
      const { timings } = info.services;
      if (timings === null) return notFound();
      const name = input.params.queue ?? DEFAULT_QUEUE;
      const found = timings.queue(name, input.params.seconds);
      if (found === null) return failed(`No discovery queue "${name}"; there are DEFAULT and DEADINSTANCES`);
      return bare(kind === 'raw' ? queueSamplesJson(found) : queueFiguresJson(found));
    },
  });

const variables = (path: string, doc: string, part: 'all' | 'process'): readonly Route[] =>
  defineRoute({
    paths: [path],
    group,
    permission: 'read',
    doc,
    params: noParams,
    query: noQuery,
    response: { kind: 'bare', schema: z.looseObject({}) },
    handle: (info) => {
      const { debugVariables } = info.services;
      return debugVariables === null ? notFound() : bare(debugVariables(part));
    },
  });

/** Where the time goes. */
export const timingRoutes: readonly Route[] = [
  pair(
    'discovery-metrics',
    'Readings of servers',
    (source, seconds) => source.discoveries(seconds),
    discoverySamplesJson,
    discoveryFiguresJson,
  ),
  queueRoutes('raw'),
  queueRoutes('aggregated'),
  pair(
    'backend-query-metrics',
    'Writes to the backend',
    (source, seconds) => source.backendWrites(seconds),
    backendSamplesJson,
    backendFiguresJson,
  ),
  pair(
    'write-buffer-metrics',
    'Batches of servers written to the backend',
    (source, seconds) => source.flushes(seconds),
    flushSamplesJson,
    flushFiguresJson,
  ),
  variables('/debug/metrics', 'Counters under the names that Graphite knows, and what the process takes.', 'all'),
  variables('/debug/vars', 'Command line and memory of the process.', 'process'),
].flat();
