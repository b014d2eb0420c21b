import type * as z from 'zod';
import type { Answer } from '../answer.ts';
import { JSON_CONTENT_TYPE } from '../answer.ts';
import { V2 } from '../contract/v2/index.ts';
import type { RouteContract } from '../contract/v2/route-contract.ts';
import { truth } from '../contract/v2/values.ts';
import type { RequestInfo, Route } from '../route.ts';
import { problemManner } from './problem-manner.ts';

/** What was asked, read by the schemas of the contract. */
export interface Asked<C extends RouteContract> {
  readonly params: z.output<C['params']>;
  readonly query: z.output<C['query']>;
  readonly body: C['body'] extends z.ZodType ? z.output<C['body']> : null;
}

type Handler<C extends RouteContract, Answered> = (info: RequestInfo, asked: Asked<C>) => Promise<Answered> | Answered;

/** How one contract is kept. Whatever is no answer is thrown (v2/problem.ts). */
export type Implementation<C extends RouteContract> = {
  readonly handle: Handler<C, z.input<C['response']>>;
  /** Where what was made can be found, below /api/v2. */
  readonly location?: (answered: z.input<C['response']>) => string;
} & (C['preview'] extends z.ZodType
  ? {
      /** Answers `?dryRun=true`; changes nothing. */
      readonly preview: Handler<C, z.input<C['preview']>>;
    }
  : unknown);

/** Implementations of some contracts by their names: what is missing, or answers something else, does not compile. */
export type Implementations<Contracts extends Readonly<Record<string, RouteContract>>> = {
  readonly [Name in keyof Contracts]: Implementation<Contracts[Name]>;
};

/** The query that every changing route takes. */
const dryRun = truth.default(false).describe('`true`: only say what would be done, change nothing');

/** The table of /api/v2 as rows of the one route table. */
export const routesOfV2 = (implementations: Implementations<V2>): readonly Route[] =>
  Object.entries(V2).map(([name, contract]) =>
    routeOf(name, contract, implementations[name as keyof V2] as unknown as Erased),
  );

/** What the compiler has checked already, without its types. */
interface Erased {
  readonly handle: (info: RequestInfo, asked: unknown) => unknown;
  readonly preview?: (info: RequestInfo, asked: unknown) => unknown;
  readonly location?: (answered: unknown) => string;
}

function routeOf(operationId: string, contract: RouteContract, implementation: Erased): Route {
  const { method, path, group, doc, params, body, status, response, preview } = contract;
  const mutates = preview !== null;
  return {
    method,
    path,
    group,
    doc,
    params,
    body,
    mutates,
    permission: mutates ? 'write' : 'read',
    query: mutates ? contract.query.extend({ dryRun }) : contract.query,
    response: { kind: 'resource', operationId, status, schema: response, preview },
    manner: problemManner,
    async handle(info, askedParams, askedQuery, askedBody) {
      const asked = { params: askedParams, query: askedQuery, body: askedBody };
      const isDryRun = (askedQuery as { readonly dryRun?: boolean }).dryRun === true;
      if (isDryRun && implementation.preview !== undefined)
        return resource(200, await implementation.preview(info, asked));
      const answered = await implementation.handle(info, asked);
      const { urlPrefix } = info.services.settings;
      const location = implementation.location === undefined ? null : implementation.location(answered);
      return resource(status, answered, {
        ...(location === null ? {} : { Location: `${urlPrefix}/api/v2${location}` }),
        ...linkToNext(info.target, answered),
      });
    },
  };
}

const resource = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Answer => ({
  kind: 'resource',
  status,
  contentType: JSON_CONTENT_TYPE,
  body,
  headers,
});

/** `Link: <?…>; rel="next"` for a page that is not the last; the reference is relative to what was asked for. */
function linkToNext(target: string, answered: unknown): Readonly<Record<string, string>> {
  const token = (answered as { readonly nextPageToken?: string | null } | null)?.nextPageToken;
  if (token === undefined || token === null) return {};
  const query = new URLSearchParams(target.split('?')[1] ?? '');
  query.set('pageToken', token);
  return { Link: `<?${query.toString()}>; rel="next"` };
}
