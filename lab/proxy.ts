import { connect, createServer, type Server, type Socket } from 'node:net';
import { LabError } from './error.ts';

/**
 * A TCP proxy that can be cut. Its states:
 * - whole: connections are passed through, byte for byte.
 * - reset: existing connections end with RST, new ones too as soon as they are made.
 * - blackhole: nothing passes and nothing ends; new connections are accepted by the kernel and never answered, as by a
 *   hung server. After heal() the held connections go on where they stood, as after a real partition.
 * - refuse: existing connections end with RST, new ones are refused, as on a machine without the server.
 * Independently the target may be known to be down; then new connections are refused too.
 */
export const CUT_MODES = ['reset', 'blackhole', 'refuse'] as const;
export type CutMode = (typeof CUT_MODES)[number];

/** Whose connections a cut concerns: all; those of the lab's own servers; all others; or those of certain servers. */
export type CutFrom = 'all' | 'servers' | 'others' | readonly number[];

export interface ProxyOptions {
  /** Default: any free port. */
  readonly listenPort?: number;
  readonly target: { readonly host: string; readonly port: number };
  /** Tells which server of the lab made a connection, null for anybody else; needed for cuts that are not for all. */
  readonly originOf?: (clientPort: number, listenPort: number) => number | null;
}

export interface CuttingProxy {
  readonly port: number;
  cut(mode?: CutMode, options?: { readonly from?: CutFrom }): Promise<void>;
  heal(): Promise<void>;
  /** Tells the proxy that its target is gone (or back), so that it refuses connections as the target's port would. */
  setTargetDown(down: boolean): Promise<void>;
  /** How many connections pass or are held now. */
  connectionCount(): number;
  close(): Promise<void>;
}

interface Passage {
  readonly client: Socket;
  upstream: Socket | null;
  held: boolean;
}

/** Starts a cutting proxy on 127.0.0.1. Rejects with the listen error when the port is taken. */
export async function startProxy(options: ProxyOptions): Promise<CuttingProxy> {
  const passages = new Set<Passage>();
  let cut: { readonly mode: CutMode; readonly from: CutFrom } | null = null;
  let targetDown = false;
  let port = options.listenPort ?? 0;
  let listener: Server | null = null;

  function concerns(client: Socket, from: CutFrom): boolean {
    if (from === 'all') return true;
    const origin = options.originOf?.(client.remotePort ?? 0, port) ?? null;
    if (from === 'servers') return origin !== null;
    if (from === 'others') return origin === null;
    return origin !== null && from.includes(origin);
  }

  function accept(client: Socket): void {
    client.setNoDelay(true);
    const applies = cut !== null && concerns(client, cut.from);
    if (applies && cut?.mode !== 'blackhole') {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const passage: Passage = { client, upstream: null, held: applies };
    passages.add(passage);
    link(passage, client, () => passage.upstream);
    if (applies) client.pause();
    else open(passage);
  }

  function open(passage: Passage): void {
    const upstream = connect({ ...options.target, noDelay: true });
    passage.upstream = upstream;
    link(passage, upstream, () => passage.client);
    passage.client.resume();
  }

  /** Passes what comes from one end on to the other, and its end too. */
  function link(passage: Passage, end: Socket, other: () => Socket | null): void {
    end.on('data', (bytes) => {
      const to = other();
      if (to !== null && !to.write(bytes)) {
        end.pause();
        to.once('drain', () => {
          if (!passage.held) end.resume();
        });
      }
    });
    end.on('error', () => undefined);
    end.on('end', () => {
      if (!passage.held) other()?.end();
    });
    end.on('close', (hadError) => {
      // During a blackhole the other end must not learn of it; heal() tells it.
      if (!passage.held) finish(passage, hadError);
    });
  }

  function finish(passage: Passage, abruptly: boolean): void {
    passages.delete(passage);
    for (const end of [passage.client, passage.upstream]) {
      if (end === null || end.destroyed) continue;
      if (abruptly) end.resetAndDestroy();
      else end.destroySoon();
    }
  }

  async function arrangeListener(): Promise<void> {
    const wanted = !targetDown && cut?.mode !== 'refuse';
    if (wanted && listener === null) {
      listener = await listen(port, accept);
      port = portOf(listener);
    } else if (!wanted && listener !== null) {
      const closing = listener;
      listener = null;
      // close() stops listening at once; it calls back only when the last connection has ended, which may be never.
      closing.close();
    }
  }

  await arrangeListener();

  return {
    get port() {
      return port;
    },
    async cut(mode = 'blackhole', { from = 'all' } = {}) {
      if (from !== 'all' && mode === 'refuse') {
        throw new LabError(
          'bad-argument',
          'a port refuses everybody or nobody; use mode "reset" for some clients only',
        );
      }
      if (from !== 'all' && options.originOf === undefined) {
        throw new LabError(
          'bad-argument',
          'this proxy cannot tell clients apart; start it through a topology, or cut from "all"',
        );
      }
      cut = { mode, from };
      await arrangeListener();
      for (const passage of passages) {
        if (!concerns(passage.client, from)) continue;
        if (mode === 'blackhole') {
          passage.held = true;
          passage.client.pause();
          passage.upstream?.pause();
        } else finish(passage, true);
      }
    },
    async heal() {
      cut = null;
      await arrangeListener();
      for (const passage of passages) {
        if (!passage.held) continue;
        passage.held = false;
        if (passage.client.destroyed || passage.upstream?.destroyed) finish(passage, true);
        else if (passage.upstream === null) open(passage);
        else {
          passage.client.resume();
          passage.upstream.resume();
        }
      }
    },
    async setTargetDown(down) {
      targetDown = down;
      await arrangeListener();
    },
    connectionCount: () => passages.size,
    async close() {
      listener?.close();
      listener = null;
      for (const passage of passages) {
        passage.held = false;
        finish(passage, true);
      }
    },
  };
}

function listen(port: number, accept: (client: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, accept);
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
