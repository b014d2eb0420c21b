import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { Hono } from 'hono';
import { messageOf, OrchestratorError } from '../model/error.ts';
import { type Answer, toResponse } from './answer.ts';
import { type AuthenticationSettings, authenticate } from './authentication.ts';
import { isCrossSite } from './cross-site.ts';
import { historicManner } from './historic-manner.ts';
import { readJsonBody } from './json-body.ts';
import type { Complaint, Manner } from './manner.ts';
import { inTime, whyUnbounded } from './patience.ts';
import { type ActionPolicy, isAuthorizedForAction, type PermissionDeps, type Visitor } from './permission.ts';
import type { RequestInfo, Route } from './route.ts';
import type { RouteServices } from './services.ts';
import { problemManner } from './v2/problem-manner.ts';

export interface RouterDeps extends PermissionDeps {
  readonly services: RouteServices;
  /** Serves the page and its files; null when the path is none of them. Paths come without the URL prefix. */
  readonly serveWeb: (path: string, headers: Headers) => Promise<Response | null>;
  /** Why the client's certificate does not admit it to this path, or null when it does; null too without mutual TLS. */
  readonly refuseCertificate: (environment: unknown, path: string) => string | null;
}

export interface RouterSettings extends AuthenticationSettings, ActionPolicy {
  /** `/orc` or ''. */
  readonly urlPrefix: string;
  /** Routes whose path stands without the URL prefix (a configured status endpoint). */
  readonly unprefixed: ReadonlySet<string>;
  /** How long whoever reads may be kept waiting (patience.ts). */
  readonly answerMs: number;
}

/** Everything below it is modern: unknown paths too complain in problem+json. */
const V2_ROOT = '/api/v2';

/** Builds the router from the table: login, certificate, permission, origin, parameters, body, handler, encoding, in this order. */
export function createRouter(deps: RouterDeps, routes: readonly Route[], settings: RouterSettings): Hono {
  const app = new Hono({ strict: false });
  const { urlPrefix } = settings;
  const options = (context: Context) => ({
    messagePrefix: deps.services.settings.messagePrefix,
    ifNoneMatch: context.req.header('if-none-match') ?? null,
  });
  const complain = (
    context: Context,
    complaint: Complaint,
    manner = mannerOf(context.req.path, urlPrefix),
  ): Response => {
    const { path } = context.req;
    const bare = { messagePrefix: '', ifNoneMatch: null };
    return toResponse(manner.complain(complaint, { path, urlPrefix, nowMs: deps.services.clock.now() }), bare);
  };

  app.use(async (context, next) => {
    await next();
    context.res.headers.set('X-Content-Type-Options', 'nosniff');
  });
  app.use(async (context, next) => {
    const authentication = authenticate(context.req.raw.headers, settings);
    if (authentication.kind === 'refused') return complain(context, { kind: 'login-required' });
    const sentence = deps.refuseCertificate(context.env, context.req.path);
    if (sentence !== null) return complain(context, { kind: 'certificate', sentence });
    context.set('visitor' as never, authentication.visitor as never);
    return next();
  });
  for (const route of routes) {
    const prefix = settings.unprefixed.has(route.path) ? '' : urlPrefix;
    const isBounded = whyUnbounded(route) === null;
    app.on(route.method, prefix + route.path, async (context) => {
      const answered = answer(context, route, deps, settings);
      const inBounds = isBounded ? inTime(answered, settings.answerMs, context.req.path) : answered;
      return toResponse(await inBounds, options(context));
    });
  }
  for (const [path, allowed] of modernMethods(routes)) {
    app.all(urlPrefix + path, (context) =>
      context.req.method === 'OPTIONS'
        ? new Response(null, { status: 204, headers: { Allow: allowed.join(', ') } })
        : complain(context, { kind: 'wrong-method', allowed }),
    );
  }
  app.all(`${urlPrefix}${V2_ROOT}/*`, (context) => complain(context, { kind: 'no-such-path' }));
  app.get('*', async (context) => {
    const path = withoutPrefix(context.req.path, urlPrefix);
    const served = path === null ? null : deps.serveWeb(path, context.req.raw.headers);
    const response = served === null ? null : await inTime(served, settings.answerMs, context.req.path);
    return response ?? complain(context, { kind: 'no-such-path' });
  });
  app.notFound((context) => complain(context, { kind: 'no-such-path' }));
  app.onError((error, context) => {
    deps.services.logger.error({ error: messageOf(error) }, 'request failed');
    return complain(context, { kind: 'thrown', thrown: error });
  });
  return app;
}

const mannerOf = (path: string, urlPrefix: string): Manner =>
  path === urlPrefix + V2_ROOT || path.startsWith(`${urlPrefix}${V2_ROOT}/`) ? problemManner : historicManner;

/** The methods of each modern path; who asks by another one is told so. HEAD comes with GET. */
function modernMethods(routes: readonly Route[]): ReadonlyMap<string, readonly string[]> {
  const byPath = new Map<string, readonly string[]>();
  for (const { path, method, manner } of routes) {
    if (manner !== problemManner) continue;
    byPath.set(path, [...(byPath.get(path) ?? []), ...(method === 'GET' ? ['GET', 'HEAD'] : [method])]);
  }
  return byPath;
}

async function answer(context: Context, route: Route, deps: RouterDeps, settings: RouterSettings): Promise<Answer> {
  const { services } = deps;
  const { method } = context.req;
  const { headers, signal, url } = context.req.raw;
  const visitor = context.get('visitor' as never) as Visitor;
  const complain = (complaint: Complaint): Answer => {
    const { urlPrefix } = settings;
    return route.manner.complain(complaint, { path: context.req.path, urlPrefix, nowMs: services.clock.now() });
  };

  // Whoever asks for the head of something only looks.
  if (method === 'HEAD' && route.mutates) return complain({ kind: 'wrong-method', allowed: [route.method] });
  const isAuthorized = await isAuthorizedForAction(visitor, settings, deps);
  if (route.permission === 'write' && !isAuthorized) return complain({ kind: 'unauthorized' });
  if (route.mutates && isCrossSite(headers)) return complain({ kind: 'cross-site' });

  const params = route.params.safeParse(context.req.param());
  if (!params.success) return complain({ kind: 'bad-input', place: 'path', error: params.error });
  const query = route.query.safeParse(route.manner.queryOf(context.req.queries()));
  if (!query.success) return complain({ kind: 'bad-input', place: 'query', error: query.error });
  let body: unknown = null;
  if (route.body !== null) {
    const read = await readJsonBody(context.req.raw);
    if (read.kind === 'bad-body') return complain(read);
    const parsed = route.body.safeParse(read.value);
    if (!parsed.success) return complain({ kind: 'bad-input', place: 'body', error: parsed.error });
    body = parsed.data;
  }
  if (!FROM_MEMORY.includes(route.group)) await services.orchestrator.catchUp(route.mutates ? 'order' : 'question');
  const info: RequestInfo = {
    services,
    userId: visitor.userId,
    isAuthorizedForAction: isAuthorized,
    headers,
    method,
    target: url.slice(url.indexOf('/', url.indexOf('://') + 3)),
    signal,
    disconnect: () => void (context.env as Partial<HttpBindings>).outgoing?.destroy(),
  };
  try {
    return await route.handle(info, params.data, query.data, body);
  } catch (thrown) {
    const fields = { path: context.req.path, error: messageOf(thrown) };
    if (thrown instanceof OrchestratorError) services.logger.debug(fields, 'request refused');
    else services.logger.warn(fields, 'request failed');
    return complain({ kind: 'thrown', thrown });
  }
}

/** Groups whose answers do not hang on what people decided; load balancers ask them, also while the backend hangs. */
const FROM_MEMORY: readonly string[] = ['Node health', 'Distributed mode'];

/** The path below the prefix, or null when it lies outside. */
function withoutPrefix(path: string, prefix: string): string | null {
  if (prefix === '') return path;
  if (path === prefix) return '/';
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : null;
}
