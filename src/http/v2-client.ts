import type * as z from 'zod';
import { OrchestratorError } from '../model/error.ts';
import { V2, type V2Name } from './contract/v2/index.ts';
import { ProblemV2 } from './contract/v2/problem.ts';
import type { RouteContract } from './contract/v2/route-contract.ts';

export type { ClusterV2 } from './contract/v2/clusters.ts';
export type { InstanceV2 } from './contract/v2/instances.ts';
export type { PlannedV2 } from './contract/v2/operations.ts';
export type { ProblemV2 } from './contract/v2/problem.ts';
export type { RecoveryV2 } from './contract/v2/recoveries.ts';

export interface V2ClientOptions {
  /** Where orchestrator serves, with its URLPrefix: `https://orc.example.com/orc`. */
  readonly baseUrl: string;
  /** AuthenticationMethod basic or multi. */
  readonly login?: { readonly user: string; readonly password: string };
  /** AuthenticationMethod token: the pair `public:secret`. */
  readonly accessToken?: string;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How long to wait for an answer; default ten minutes, since operations answer when they are done. */
  readonly timeoutMs?: number;
  readonly fetch?: typeof fetch;
}

/** The service answered with a problem, or with something that is none of its answers (then `problem` is null). */
export class V2ClientError extends OrchestratorError {
  readonly status: number;
  readonly problem: ProblemV2 | null;

  constructor(status: number, problem: ProblemV2 | null, message: string) {
    super(problem?.code ?? 'api-unexpected', message);
    this.name = 'V2ClientError';
    this.status = status;
    this.problem = problem;
  }
}

/** As sent, or as meant: a limit may be given as 10 or '10'. */
type Given<S extends z.ZodType> = {
  readonly [K in keyof z.input<S>]: z.input<S>[K] | (K extends keyof z.output<S> ? z.output<S>[K] : never);
};
type IsOptional<T> = Record<never, never> extends T ? true : false;
type Part<Name extends string, S extends z.ZodType> = keyof z.input<S> extends never
  ? unknown
  : IsOptional<Given<S>> extends true
    ? { readonly [N in Name]?: Given<S> }
    : { readonly [N in Name]: Given<S> };

/** What is asked of one route: its path parameters, its query, its body. */
export type Ask<C extends RouteContract> = Part<'params', C['params']> &
  Part<'query', C['query']> &
  (C['body'] extends z.ZodType ? { readonly body: z.input<C['body']> } : unknown);

type Arguments<C extends RouteContract> = IsOptional<Ask<C>> extends true ? [ask?: Ask<C>] : [ask: Ask<C>];
type Calls = { readonly [Name in V2Name]: (...ask: Arguments<V2[Name]>) => Promise<z.output<V2[Name]['response']>> };
type Changing = { [Name in V2Name]: V2[Name]['preview'] extends z.ZodType ? Name : never }[V2Name];
type Listing = {
  [Name in V2Name]: z.output<V2[Name]['response']> extends { readonly nextPageToken: string | null } ? Name : never;
}[V2Name];
type ItemOf<Name extends V2Name> =
  z.output<V2[Name]['response']> extends { readonly items: readonly (infer Item)[] } ? Item : never;

/** One function for each route of /api/v2; each rejects with V2ClientError. */
export interface V2Client extends Calls {
  /** What the call of the same name would do; changes nothing. */
  readonly dryRun: {
    readonly [Name in Changing]: (
      ...ask: Arguments<V2[Name]>
    ) => Promise<V2[Name]['preview'] extends z.ZodType ? z.output<V2[Name]['preview']> : never>;
  };
  /** All items of a listing, page after page. */
  readonly all: { readonly [Name in Listing]: (...ask: Arguments<V2[Name]>) => AsyncIterable<ItemOf<Name>> };
}

interface AnyAsk {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

const TEN_MINUTES_MS = 600_000;

/** A client of /api/v2 whose types are those of the server's own route table. */
export function createV2Client(options: V2ClientOptions): V2Client {
  const { baseUrl, login, accessToken, timeoutMs = TEN_MINUTES_MS, fetch: send = fetch } = options;
  const headers = {
    Accept: 'application/json, application/problem+json',
    ...(login === undefined ? {} : { Authorization: `Basic ${toBase64(`${login.user}:${login.password}`)}` }),
    ...(accessToken === undefined ? {} : { Cookie: `access-token=${encodeURIComponent(accessToken)}` }),
    ...options.headers,
  };

  async function call(contract: RouteContract, ask: AnyAsk, isDryRun: boolean): Promise<unknown> {
    const path = contract.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(ask.params?.[name])));
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries({ ...ask.query, ...(isDryRun ? { dryRun: true } : {}) })) {
      if (value !== undefined) query.set(name, String(value));
    }
    const target = `${baseUrl.replace(/\/+$/, '')}${path}${query.size === 0 ? '' : `?${query.toString()}`}`;
    const response = await send(target, {
      method: contract.method,
      headers: contract.body === null ? headers : { ...headers, 'Content-Type': 'application/json' },
      signal: AbortSignal.timeout(timeoutMs),
      ...(contract.body === null ? {} : { body: JSON.stringify(ask.body) }),
    });
    return answerOf(response, await response.text(), `${contract.method} ${target}`);
  }

  async function* items(contract: RouteContract, ask: AnyAsk): AsyncGenerator<unknown> {
    let pageToken: string | null | undefined = ask.query?.pageToken as string | undefined;
    do {
      const query = { ...ask.query, pageToken };
      const page = (await call(contract, { ...ask, query }, false)) as PageOfAnything;
      yield* page.items;
      pageToken = page.nextPageToken;
    } while (pageToken !== null);
  }

  const each = <T>(make: (contract: RouteContract) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(V2).map(([name, contract]) => [name, make(contract)]));
  return {
    ...each(
      (contract) =>
        (ask: AnyAsk = {}) =>
          call(contract, ask, false),
    ),
    dryRun: each(
      (contract) =>
        (ask: AnyAsk = {}) =>
          call(contract, ask, true),
    ),
    all: each(
      (contract) =>
        (ask: AnyAsk = {}) =>
          items(contract, ask),
    ),
  } as unknown as V2Client;
}

interface PageOfAnything {
  readonly items: readonly unknown[];
  readonly nextPageToken: string | null;
}

function answerOf(response: Response, text: string, asked: string): unknown {
  const parsed = parse(text);
  if (response.ok && (parsed !== undefined || text === '')) return parsed ?? null;
  const problem = ProblemV2.safeParse(parsed);
  if (problem.success) throw new V2ClientError(response.status, problem.data, problem.data.detail);
  throw new V2ClientError(
    response.status,
    null,
    `${asked}: status ${response.status}, and not from orchestrator's /api/v2; check baseUrl, and what lies between`,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Also where there is no Buffer. */
const toBase64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));
