import { createServer as createPlainServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { HttpBindings } from '@hono/node-server';
import { getRequestListener } from '@hono/node-server';
import type { Clock, Logger } from '../engine/ports.ts';
import type { Orchestrator } from '../engine/use-cases.ts';
import { createFleetCache } from './fleet-cache.ts';
import { LISTENER_OPTIONS, listen, listenTarget, serverBounds } from './listen.ts';
import { createLiveHub } from './live-hub.ts';
import { openApiDocument, openApiV2Document } from './openapi.ts';
import { BOUNDS, type Bounds } from './patience.ts';
import { createRouter, type RouterSettings } from './router.ts';
import { DEFAULT_STATUS_ENDPOINT } from './routes/health.ts';
import { routesWithStatus } from './routes/index.ts';
import type {
  ApiSettings,
  DebugVariablesSource,
  MetricsPage,
  ReloadConfiguration,
  ResolveCache,
  RunCommand,
  TimingsSource,
} from './services.ts';
import { createStaticWeb } from './static-web.ts';
import { dial } from './tcp-dial.ts';
import { certificateComplaint, type TlsSettings, tlsServerOptions } from './tls.ts';
import { createUnixGroups } from './unix-groups.ts';
import { v2Routes } from './v2/index.ts';

export interface HttpServerDeps {
  readonly orchestrator: Orchestrator;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Folder of the built page. */
  readonly staticDir: string;
  /** Prometheus page; leave out when there is none. */
  readonly metrics?: () => Promise<MetricsPage>;
  readonly resolveCache?: ResolveCache;
  readonly timings?: TimingsSource;
  readonly runCommand?: RunCommand;
  readonly debugVariables?: DebugVariablesSource;
  /** Leave out when there are no files to read again. */
  readonly reloadConfiguration?: ReloadConfiguration;
  /** Judges `public:secret` of AuthenticationMethod token; leave out to refuse all. */
  readonly isValidAccessToken?: (token: string) => Promise<boolean>;
}

/** Settings in the words of the configuration; `unprefixed` and `statusPath` follow from statusEndpoint. */
export interface HttpServerSettings
  extends ApiSettings,
    Omit<TlsSettings, 'statusPath'>,
    Omit<RouterSettings, 'unprefixed' | 'answerMs'> {
  readonly statusEndpoint: string;
  /** `:3000`, `host:3000`. Port 0 lets the system choose. */
  readonly listenAddress: string;
  /** Path of a unix socket; wins over listenAddress when not empty. */
  readonly listenSocket: string;
  /** How long requests may take; BOUNDS when left out. */
  readonly bounds?: Bounds;
}

export interface HttpServer {
  /** Address for people, with the URL prefix, e.g. `http://127.0.0.1:3000/orc`; for a socket `unix:/path`. */
  readonly url: string;
  /** Stops listening, ends live streams, and waits for answers under way. */
  close(): Promise<void>;
}

const IDLE_SWEEP_MS = 10;
const CLOSE_DEADLINE_MS = 2000;

/**
 * Starts the HTTP side: API, live events and page.
 * @throws OrchestratorError `listen-failed` (address in use, privileged, bad, unknown) or `tls-file-unreadable`.
 */
export async function createHttpServer(deps: HttpServerDeps, settings: HttpServerSettings): Promise<HttpServer> {
  const { orchestrator, clock, logger } = deps;
  const bounds = settings.bounds ?? BOUNDS;
  const target = listenTarget(settings.listenAddress, settings.listenSocket);
  const isStatusPrefixed = settings.statusEndpoint === DEFAULT_STATUS_ENDPOINT;
  const tls = { ...settings, statusPath: (isStatusPrefixed ? settings.urlPrefix : '') + settings.statusEndpoint };
  const tlsOptions = tlsServerOptions(tls);
  const routes = routesWithStatus(settings.statusEndpoint);
  const liveHub = createLiveHub({ clock });
  const app = createRouter(
    {
      services: {
        orchestrator,
        clock,
        logger,
        settings,
        fleetCache: createFleetCache(),
        liveHub,
        resolveCache: deps.resolveCache ?? null,
        metrics: deps.metrics ?? null,
        timings: deps.timings ?? null,
        runCommand: deps.runCommand ?? null,
        debugVariables: deps.debugVariables ?? null,
        reloadConfiguration: deps.reloadConfiguration ?? null,
        dial,
        openApi: once(() => openApiDocument(routes, settings.programVersion, settings.urlPrefix)),
        openApiV2: once(() => openApiV2Document(v2Routes, settings.programVersion, settings.urlPrefix)),
      },
      isMemberOfGroups: createUnixGroups({ clock, logger }).isMember,
      isValidAccessToken: deps.isValidAccessToken ?? (async () => false),
      serveWeb: createStaticWeb({ staticDir: deps.staticDir, urlPrefix: settings.urlPrefix }),
      refuseCertificate: (environment, path) =>
        certificateComplaint((environment as HttpBindings).incoming?.socket, path, tls),
    },
    [...routes, ...v2Routes],
    {
      ...settings,
      answerMs: bounds.answerMs,
      unprefixed: new Set(isStatusPrefixed ? [] : [settings.statusEndpoint]),
    },
  );
  if (settings.authenticationMethod === 'basic' && settings.httpAuthUser === '') {
    logger.warn({}, 'AuthenticationMethod is basic but HTTPAuthUser is empty: running without a login');
  }
  const listener = getRequestListener(app.fetch, LISTENER_OPTIONS);
  const onRequest = (incoming: Parameters<typeof listener>[0], outgoing: Parameters<typeof listener>[1]): void => {
    listener(incoming, outgoing).catch((error: unknown) => logger.error({ error: String(error) }, 'request failed'));
  };
  const server =
    tlsOptions === null
      ? createPlainServer(serverBounds(bounds.receiveMs), onRequest)
      : createTlsServer({ ...tlsOptions, ...serverBounds(bounds.receiveMs) }, onRequest);
  try {
    await listen(server, target);
  } catch (thrown) {
    liveHub.close();
    throw thrown;
  }
  server.on('error', (error) => logger.error({ error: error.message }, 'http server error'));
  const unsubscribe = orchestrator.onLiveEvent((event) => liveHub.publish(event));

  return {
    url: target.kind === 'socket' ? `unix:${target.path}` : tcpUrl(target.host, portOf(server), settings),
    async close() {
      unsubscribe();
      liveHub.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // A connection whose answer ends now turns idle a moment later.
      const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS);
      const impatience = setTimeout(() => server.closeAllConnections(), CLOSE_DEADLINE_MS);
      await closed;
      clearInterval(sweep);
      clearTimeout(impatience);
    },
  };
}

/** Made when it is first asked for: a start, after a crash perhaps, need not wait for documents. */
function once(make: () => unknown): () => unknown {
  let made: unknown = null;
  return () => {
    made ??= make();
    return made;
  };
}

function portOf(server: { address(): unknown }): number {
  const address = server.address();
  return typeof address === 'object' && address !== null && 'port' in address ? Number(address.port) : 0;
}

function tcpUrl(host: string, port: number, settings: HttpServerSettings): string {
  const isEverywhere = host === '' || host === '0.0.0.0' || host === '::';
  const shown = isEverywhere ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return `${settings.useSsl ? 'https' : 'http'}://${shown}:${port}${settings.urlPrefix}`;
}
