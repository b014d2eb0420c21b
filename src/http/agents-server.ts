import { createServer as createPlainServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { HttpBindings } from '@hono/node-server';
import { getRequestListener } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { matchesWithin } from '../engine/basis/bounded-match.ts';
import type { Logger } from '../engine/ports.ts';
import type { AgentUseCases } from '../engine/requests/agents.ts';
import { hostAttributeJson } from '../legacy/agent-json.ts';
import { messageOf, OrchestratorError } from '../model/error.ts';
import { formatKey, parseKey } from '../model/instance-key.ts';
import { JSON_CONTENT_TYPE } from './answer.ts';
import { LISTENER_OPTIONS, listen, listenTarget, serverBounds } from './listen.ts';
import { BOUNDS } from './patience.ts';
import { certificateComplaint, type TlsSettings, tlsServerOptions } from './tls.ts';

export interface AgentsServerSettings extends Omit<TlsSettings, 'statusOuVerify' | 'statusPath'> {
  /** AgentsServerPort, `:3001` or `host:3001`. */
  readonly listenAddress: string;
}

const json = (body: unknown): Response =>
  new Response(JSON.stringify(body), { headers: { 'Content-Type': JSON_CONTENT_TYPE } });

/** A list as JSON, or with ?format=txt one line each. */
const lines = (context: Context, found: readonly string[]): Response =>
  context.req.query('format') === 'txt'
    ? new Response(found.join('\n'), { headers: { 'Content-Type': 'text/plain; charset=utf-8' } })
    : json(found);

/** The routes that agents and hosts call. Errors are told with status 200 (historic). */
export function createAgentsApp(agents: AgentUseCases, logger: Logger): Hono {
  const app = new Hono({ strict: false });
  const param = (context: Context, name: string): string => context.req.param(name) ?? '';
  app.get('/api/submit-agent/:host/:port/:token', async (context) => {
    const key = parseKey(`${param(context, 'host')}:${param(context, 'port')}`, 0);
    await agents.submit({ ...key, token: param(context, 'token') });
    return json(key.hostname);
  });
  app.get('/api/host-attribute/attr/:attr', async (context) => {
    const match = context.req.query('valueMatch') ?? '';
    const all = await agents.attributes(param(context, 'attr'), null);
    const values = all.map(({ value }) => value);
    const isMatch = match === '' ? null : matchesWithin(match, 'valueMatch', values);
    return json(all.filter((_, index) => isMatch?.[index] ?? true).map(hostAttributeJson));
  });
  app.get('/api/host-attribute/:host/:attrVame/:attrValue', async (context) => {
    await agents.setAttribute(param(context, 'host'), param(context, 'attrVame'), param(context, 'attrValue'));
    return json(true);
  });
  app.get('/api/agents-hosts', async (context) =>
    lines(
      context,
      (await agents.list()).map(({ hostname }) => hostname),
    ),
  );
  app.get('/api/agents-instances', async (context) => {
    const known = (await agents.list()).filter(({ mysqlPort }) => (mysqlPort ?? 0) > 0);
    return lines(
      context,
      known.map(({ hostname, mysqlPort }) => formatKey({ hostname, port: mysqlPort ?? 0 })),
    );
  });
  app.get('/api/agent-ping', () => json('OK'));
  app.onError((error) => {
    if (!(error instanceof OrchestratorError)) logger.warn({ error: messageOf(error) }, 'a request of an agent failed');
    return json({ Code: 'ERROR', Message: messageOf(error), Details: null });
  });
  return app;
}

/**
 * Listens for agents (ServeAgentsHttp).
 * @throws OrchestratorError `listen-failed` or `tls-file-unreadable`.
 */
export async function createAgentsServer(
  deps: { readonly agents: AgentUseCases; readonly logger: Logger },
  settings: AgentsServerSettings,
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const tls = { ...settings, statusOuVerify: false, statusPath: null };
  const options = tlsServerOptions(tls);
  const app = new Hono({ strict: false });
  app.use(async (context, next) => {
    const { socket } = (context.env as HttpBindings).incoming;
    const complaint = certificateComplaint(socket, context.req.path, tls);
    return complaint === null ? next() : new Response(`${complaint}\n`, { status: 401 });
  });
  app.route('/', createAgentsApp(deps.agents, deps.logger));
  const listener = getRequestListener(app.fetch, LISTENER_OPTIONS);
  const onRequest = (incoming: Parameters<typeof listener>[0], outgoing: Parameters<typeof listener>[1]): void => {
    listener(incoming, outgoing).catch((error: unknown) =>
      deps.logger.error({ error: String(error) }, 'request failed'),
    );
  };
  const server =
    options === null
      ? createPlainServer(serverBounds(BOUNDS.receiveMs), onRequest)
      : createTlsServer({ ...options, ...serverBounds(BOUNDS.receiveMs) }, onRequest);
  await listen(server, listenTarget(settings.listenAddress, '', 'AgentsServerPort'));
  server.on('error', (error) => deps.logger.error({ error: error.message }, 'the server for agents has an error'));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
