import * as z from 'zod';

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type Method = (typeof METHODS)[number];

/** Chapters of docs/api-v2.md and tags of its OpenAPI document. */
export const V2_GROUPS = ['Clusters', 'Instances', 'Operations', 'Recoveries', 'Node'] as const;
export type V2Group = (typeof V2_GROUPS)[number];

/** What can be asked of one path by one method, and what is answered: all that router, client and documents need to know. */
export interface RouteContract {
  readonly method: Method;
  /** With `:name` parameters, without the URL prefix. */
  readonly path: `/api/v2/${string}`;
  readonly group: V2Group;
  /** One sentence. */
  readonly doc: string;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  /** null: the request has no body. */
  readonly body: z.ZodType | null;
  readonly status: 200 | 201 | 202 | 204;
  /** What is answered; z.null() where there is no content. */
  readonly response: z.ZodType;
  /** What `?dryRun=true` answers, with status 200; null for what changes nothing. */
  readonly preview: z.ZodType | null;
}

/** What a dry run of anything but a plan says. */
export const WouldV2 = z.object({
  dryRun: z.literal(true),
  would: z.string().describe('One sentence: what would be done'),
});
export type WouldV2 = z.infer<typeof WouldV2>;

export const noParams = z.strictObject({});
export const noQuery = z.strictObject({});

type Told<C, Defaults> = Omit<Defaults, keyof C> & C;

const READING = {
  method: 'GET',
  params: noParams,
  query: noQuery,
  body: null,
  status: 200,
  preview: null,
} as const;

const CHANGING = { params: noParams, query: noQuery, body: null, status: 200, preview: WouldV2 } as const;

/** A GET; what is not told is empty. */
export const reading = <
  const C extends Pick<RouteContract, 'path' | 'group' | 'doc' | 'response'> & Partial<RouteContract>,
>(
  contract: C,
): Told<C, typeof READING> => ({ ...READING, ...contract });

/** Something that changes something: never a GET, and always with a dry run. */
export const changing = <
  const C extends Pick<RouteContract, 'method' | 'path' | 'group' | 'doc' | 'response'> &
    Partial<RouteContract> & { readonly method: Exclude<Method, 'GET'> },
>(
  contract: C,
): Told<C, typeof CHANGING> => ({ ...CHANGING, ...contract });
