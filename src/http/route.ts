import type * as z from 'zod';
import type { Answer } from './answer.ts';
import type { RouteServices } from './services.ts';

/** read: anyone who may see the site. write: needs authorization for action, even where it only reads (historic). */
export type Permission = 'read' | 'write';

/** Chapters of docs/api.md and tags of the OpenAPI document. */
export const ROUTE_GROUPS = [
  'Servers',
  'Clusters',
  'Topology',
  'Analysis and recovery',
  'Recovery history',
  'Acknowledgement',
  'Downtime',
  'Automated recovery switch',
  'Node health',
  'Distributed mode',
  'Audit',
  'Names',
  'Live',
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
  /** Ends when the client goes away. */
  readonly signal: AbortSignal;
}

/** How the answer looks. `schema` describes the bare value, or the envelope's Details. */
export interface ResponseDoc {
  readonly kind: 'bare' | 'envelope' | 'text' | 'stream';
  readonly schema: z.ZodType;
}

/** One row of the table: router, permissions, OpenAPI and docs/api.md are all derived from it. */
export interface Route {
  readonly method: 'GET';
  /** With `:name` parameters, without the URL prefix. */
  readonly path: string;
  readonly group: RouteGroup;
  readonly permission: Permission;
  /** One sentence; `docs/api.md` and OpenAPI print it. */
  readonly doc: string;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly response: ResponseDoc;
  /** True when the answer is an envelope if something goes wrong, whatever `response` says (all but text routes). */
  handle(info: RequestInfo, params: unknown, query: unknown): Promise<Answer>;
}

export interface RouteDefinition<Params extends z.ZodObject, Query extends z.ZodObject> {
  readonly paths: readonly string[];
  readonly group: RouteGroup;
  readonly permission: Permission;
  readonly doc: string;
  readonly params: Params;
  readonly query: Query;
  readonly response: ResponseDoc;
  readonly handle: (
    info: RequestInfo,
    input: { readonly params: z.output<Params>; readonly query: z.output<Query> },
  ) => Promise<Answer> | Answer;
}

/**
 * Makes one Route per path from a definition whose handler is typed by its schemas. All paths share handler and
 * document; a parameter that some of them lack must be optional in `params`.
 */
export function defineRoute<Params extends z.ZodObject, Query extends z.ZodObject>(
  definition: RouteDefinition<Params, Query>,
): readonly Route[] {
  const { paths, handle, ...shared } = definition;
  return paths.map((path) => ({
    ...shared,
    method: 'GET' as const,
    path,
    handle: async (info: RequestInfo, params: unknown, query: unknown) =>
      handle(info, { params: params as z.output<Params>, query: query as z.output<Query> }),
  }));
}
