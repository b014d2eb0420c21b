import type * as z from 'zod';
import { OPERATION_SECTIONS } from '../legacy/operation-words.ts';
import type { Answer } from './answer.ts';
import type { Method, V2Group } from './contract/v2/route-contract.ts';
import { withDryRun } from './dry-run-query.ts';
import { historicManner } from './historic-manner.ts';
import type { Manner } from './manner.ts';
import type { RouteServices } from './services.ts';

/** read: anyone who may see the site. write: needs authorization for action, even where it only reads (historic). */
export type Permission = 'read' | 'write';

/** Chapters of docs/api.md and tags of the OpenAPI document. */
export const ROUTE_GROUPS = [
  'Servers',
  'Clusters',
  'Topology',
  ...OPERATION_SECTIONS,
  'Operations under way',
  'Replication information',
  'Maintenance',
  'Tags',
  'Pools',
  'Analysis and recovery',
  'Recovery history',
  'Acknowledgement',
  'Downtime',
  'Key-value stores',
  'Automated recovery switch',
  'Node health',
  'Distributed mode',
  'Audit',
  'Names',
  'Live',
  'Timings',
  'Agents',
  'About this API',
] as const;
export type RouteGroup = (typeof ROUTE_GROUPS)[number];

/** What a handler gets besides its parameters. */
export interface RequestInfo {
  readonly services: RouteServices;
  /** Who asks; '' when nobody is logged in. */
  readonly userId: string;
  readonly isAuthorizedForAction: boolean;
  readonly headers: Headers;
  readonly method: string;
  /** Path and query as asked for, with the URL prefix. */
  readonly target: string;
  /** Ends when the client goes away. */
  readonly signal: AbortSignal;
  /** Ends the connection at once, whatever of the answer has not been sent. */
  readonly disconnect: () => void;
}

/** How the answer looks. `schema` describes the bare value, or the envelope's Details. */
export interface ResponseDoc {
  readonly kind: 'bare' | 'envelope' | 'text' | 'stream';
  readonly schema: z.ZodType;
}

/** A value of /api/v2: itself, with a status that tells how it went; `preview` is what a dry run answers. */
export interface ResourceDoc {
  readonly kind: 'resource';
  readonly operationId: string;
  readonly status: number;
  readonly schema: z.ZodType;
  readonly preview: z.ZodType | null;
}

/** One row of the table: router, permissions, OpenAPI and the documents are all derived from it. */
export interface Route {
  readonly method: Method;
  /** With `:name` parameters, without the URL prefix. */
  readonly path: string;
  readonly group: RouteGroup | V2Group;
  readonly permission: Permission;
  /** It changes something; then it takes `?dryRun=true`, which changes nothing. */
  readonly mutates: boolean;
  /** One sentence; `docs/api.md` and OpenAPI print it. */
  readonly doc: string;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  /** null: a body is not looked at. */
  readonly body: z.ZodType | null;
  readonly response: ResponseDoc | ResourceDoc;
  /** How it complains: the historic envelope, or problem+json. */
  readonly manner: Manner;
  handle(info: RequestInfo, params: unknown, query: unknown, body: unknown): Promise<Answer>;
}

/** What a handler was asked, read by the schemas of its route. */
export interface RouteInput<Params extends z.ZodObject, Query extends z.ZodObject> {
  readonly params: z.output<Params>;
  readonly query: z.output<Query>;
}

type Handler<Params extends z.ZodObject, Query extends z.ZodObject> = (
  info: RequestInfo,
  input: RouteInput<Params, Query>,
) => Promise<Answer> | Answer;

interface RouteBasics<Params extends z.ZodObject, Query extends z.ZodObject> {
  readonly paths: readonly string[];
  readonly group: RouteGroup;
  readonly permission: Permission;
  readonly doc: string;
  readonly params: Params;
  readonly query: Query;
  readonly response: ResponseDoc;
  readonly handle: Handler<Params, Query>;
}

/** A route that changes something says beforehand, too, what it would change. */
export type RouteDefinition<Params extends z.ZodObject, Query extends z.ZodObject> = RouteBasics<Params, Query> &
  (
    | { readonly mutates?: false; readonly dryRun?: never }
    | {
        readonly mutates: true;
        /** Answers `?dryRun=true`: one sentence on what would be changed, and what `handle` would answer with. */
        readonly dryRun: Handler<Params, Query>;
      }
  );

/**
 * Makes one Route per path from a definition whose handlers are typed by its schemas. All paths share handlers and
 * document; a parameter that some of them lack must be optional in `params`.
 */
export function defineRoute<Params extends z.ZodObject, Query extends z.ZodObject>(
  definition: RouteDefinition<Params, Query>,
): readonly Route[] {
  const { paths, handle, dryRun, mutates = false, ...shared } = definition;
  const query = mutates ? withDryRun(shared.query) : shared.query;
  return paths.map((path) => ({
    ...shared,
    query,
    mutates,
    method: 'GET' as const,
    path,
    body: null,
    manner: historicManner,
    handle: async (info: RequestInfo, params: unknown, asked: unknown) => {
      const isDryRun = mutates && (asked as { readonly dryRun: boolean }).dryRun;
      const input = { params: params as z.output<Params>, query: asked as z.output<Query> };
      return isDryRun && dryRun !== undefined ? dryRun(info, input) : handle(info, input);
    },
  }));
}
