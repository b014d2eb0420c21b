import { rm, stat } from 'node:fs/promises';
import type { ServerOptions } from 'node:http';
import { connect, createServer, type Server } from 'node:net';
import { OrchestratorError } from '../model/error.ts';

/** Where to listen: a unix socket, or host and port ('' = all addresses); and the key of the configuration that says so. */
export type ListenTarget =
  | { readonly kind: 'socket'; readonly path: string; readonly configKey: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly configKey: string };

/** Path, query and headers of a request may be this long together, as they might before: pools and statements travel in them. */
export const MAX_HEADER_BYTES = 1_048_576;

/**
 * How requests become those of the standard. A request of HTTP/1.0 need not name a host, and health checks of load balancers do not
 * (HAProxy's `option httpchk` by default): it counts as asked of this host, instead of being a bad request.
 */
export const LISTENER_OPTIONS = { overrideGlobalObjects: false, hostname: 'localhost' } as const;

/**
 * A connection at rest is kept longer than proxies and clients keep theirs (Go's 90 s, nginx's 60 s): whoever closes first must be the side
 * that asks, or a request goes out on a connection that is just being closed. The existing program never closes.
 */
const KEEP_ALIVE_MS = 120_000;
/** How often connections are looked through for requests that do not arrive. */
const LOOK_MS = 5_000;

/** What a server of Node.js is made with: bounds for everything that a client may leave unfinished. */
export const serverBounds = (receiveMs: number): ServerOptions => ({
  maxHeaderSize: MAX_HEADER_BYTES,
  keepAliveTimeout: KEEP_ALIVE_MS,
  requestTimeout: receiveMs,
  headersTimeout: receiveMs,
  connectionsCheckingInterval: Math.min(LOOK_MS, receiveMs),
});

/**
 * Reads ListenSocket and ListenAddress (`:3000`, `host:3000`, `[::1]:3000`); a socket wins. `addressKey` is what the address is called.
 * @throws OrchestratorError `listen-failed` when the address has another form.
 */
export function listenTarget(listenAddress: string, listenSocket: string, addressKey = 'ListenAddress'): ListenTarget {
  if (listenSocket !== '') return { kind: 'socket', path: listenSocket, configKey: 'ListenSocket' };
  const match = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d+)$/.exec(listenAddress.trim());
  const port = Number(match?.[3]);
  if (match === null || port > 65535) {
    throw new OrchestratorError(
      'listen-failed',
      `cannot listen on "${listenAddress}": write ${addressKey} as ":3000" or "host:3000"`,
      { details: { listenAddress } },
    );
  }
  return { kind: 'tcp', host: match[1] ?? match[2] ?? '', port, configKey: addressKey };
}

/**
 * Starts listening. The socket file that a killed process left behind is taken over, one that somebody serves is not.
 * @throws OrchestratorError `listen-failed` naming the address and the remedy.
 */
export async function listen(server: Server, target: ListenTarget): Promise<void> {
  if (target.kind === 'socket' && (await isAbandoned(target.path))) await rm(target.path, { force: true });
  await bind(server, target);
}

/**
 * Finds out whether listening would work, without keeping the address: asked before anything is begun, so that a second
 * program started by mistake does nothing at all.
 * @throws OrchestratorError `listen-failed`, as listen() does.
 */
export async function checkListen(target: ListenTarget): Promise<void> {
  const server = createServer();
  await listen(server, target);
  await new Promise((resolve) => server.close(resolve));
}

/** True for a socket file at which nobody listens. */
async function isAbandoned(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  if (found === null || !found.isSocket()) return false;
  return new Promise((resolve) => {
    const caller = connect(path);
    caller.once('connect', () => {
      caller.destroy();
      resolve(false);
    });
    caller.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
}

function bind(server: Server, target: ListenTarget): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      reject(
        new OrchestratorError('listen-failed', `cannot listen on ${describe(target)}: ${remedy(error, target)}`, {
          details: { address: describe(target), errno: error.code ?? '' },
          cause: error,
        }),
      );
    };
    server.once('error', onError);
    const onListening = (): void => {
      server.off('error', onError);
      resolve();
    };
    if (target.kind === 'socket') server.listen(target.path, onListening);
    else if (target.host === '') server.listen(target.port, onListening);
    else server.listen(target.port, target.host, onListening);
  });
}

const describe = (target: ListenTarget): string =>
  target.kind === 'socket' ? `socket ${target.path}` : `${target.host}:${target.port}`;

function remedy(error: NodeJS.ErrnoException, target: ListenTarget): string {
  const key = target.configKey;
  switch (error.code) {
    case 'EADDRINUSE':
      return `the address is in use, perhaps by another orchestrator; stop that program or set ${key} to another one`;
    case 'EACCES':
      return target.kind === 'tcp' && target.port < 1024
        ? `ports below 1024 need root or CAP_NET_BIND_SERVICE; set ${key} to a port above 1023`
        : `permission denied; let the program's user write there or change ${key}`;
    case 'EADDRNOTAVAIL':
      return `this machine has no such address; set ${key} to one of its own, or to ":${portOf(target)}" for all of them`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `the host name does not resolve; set ${key} to an address of this machine, or to ":${portOf(target)}"`;
    case 'ENOENT':
      return 'the folder of the socket does not exist; create it or change ListenSocket';
    default:
      return `${error.message}; check ${key}`;
  }
}

const portOf = (target: ListenTarget): number => (target.kind === 'tcp' ? target.port : 3000);
