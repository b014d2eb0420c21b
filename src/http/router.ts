import type { Context } from 'hono';
import { Hono } from 'hono';
import { historicMessage } from '../legacy/logged-message.ts';
import { messageOf, OrchestratorError } from '../model/error.ts';
import { type Answer, failed, notFound, toResponse } from './answer.ts';
import { type AuthenticationSettings, authenticate } from './authentication.ts';
import { complaintOf } from './params.ts';
import { type ActionPolicy, isAuthorizedForAction, type PermissionDeps, type Visitor } from './permission.ts';
import type { RequestInfo, Route } from './route.ts';
import type { RouteServices } from './services.ts';

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
}

/** Builds the router from the table: login, certificate, permission, parameters, handler, encoding, in this order. */
export function createRouter(deps: RouterDeps, routes: readonly Route[], settings: RouterSettings): Hono {
  const app = new Hono({ strict: false });
  app.use(async (context, next) => {
    await next();
    context.res.headers.set('X-Content-Type-Options', 'nosniff');
  });
  app.use(async (context, next) => {
    const authentication = authenticate(context.req.raw.headers, settings);
    if (authentication.kind === 'refused') return loginRequired();
    const complaint = deps.refuseCertificate(context.env, context.req.path);
    if (complaint !== null) return plain(`${complaint}\n`, 401);
    context.set('visitor' as never, authentication.visitor as never);
    return next();
  });
  for (const route of routes) {
    const prefix = settings.unprefixed.has(route.path) ? '' : settings.urlPrefix;
    app.get(prefix + route.path, (context) => answer(context, route, deps, settings));
  }
  app.get('*', async (context) => {
    const path = withoutPrefix(context.req.path, settings.urlPrefix);
    const response = path === null ? null : await deps.serveWeb(path, context.req.raw.headers);
    return response ?? toResponse(notFound(), { messagePrefix: '', ifNoneMatch: null });
  });
  app.notFound(() => toResponse(notFound(), { messagePrefix: '', ifNoneMatch: null }));
  app.onError((error) => {
    deps.services.logger.error({ error: messageOf(error) }, 'request failed');
    return toResponse(failed(messageOf(error)), { messagePrefix: '', ifNoneMatch: null });
  });
  return app;
}

async function answer(context: Context, route: Route, deps: RouterDeps, settings: RouterSettings): Promise<Response> {
  const { services } = deps;
  const options = {
    messagePrefix: services.settings.messagePrefix,
    ifNoneMatch: context.req.header('if-none-match') ?? null,
  };
  const visitor = context.get('visitor' as never) as Visitor;
  const isAuthorized = await isAuthorizedForAction(visitor, settings, deps);
  if (route.permission === 'write' && !isAuthorized) return toResponse(failed('Unauthorized'), options);
  const info: RequestInfo = {
    services,
    userId: visitor.userId,
    isAuthorizedForAction: isAuthorized,
    headers: context.req.raw.headers,
    method: context.req.method,
    signal: context.req.raw.signal,
  };
  return toResponse(await handled(context, route, info), options);
}

async function handled(context: Context, route: Route, info: RequestInfo): Promise<Answer> {
  const params = route.params.safeParse(context.req.param());
  if (!params.success) return failed(complaintOf(params.error));
  const query = route.query.safeParse(context.req.query());
  if (!query.success) return failed(complaintOf(query.error));
  try {
    return await route.handle(info, params.data, query.data);
  } catch (thrown) {
    const fields = { path: context.req.path, error: messageOf(thrown) };
    if (thrown instanceof OrchestratorError) info.services.logger.debug(fields, 'request refused');
    else info.services.logger.warn(fields, 'request failed');
    return failed(historicMessage(thrown, info.services.clock.now()));
  }
}

/** The path below the prefix, or null when it lies outside. */
function withoutPrefix(path: string, prefix: string): string | null {
  if (prefix === '') return path;
  if (path === prefix) return '/';
  return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : null;
}

const plain = (body: string, status: number, headers: Record<string, string> = {}): Response =>
  new Response(body, { status, headers: { 'Content-Type': 'text/plain; charset=utf-8', ...headers } });

const loginRequired = (): Response =>
  plain('Not Authorized\n', 401, { 'WWW-Authenticate': 'Basic realm="Authorization Required"' });
