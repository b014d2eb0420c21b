import { messageOf, OrchestratorError } from '../../model/error.ts';
import { type ZookeeperClient, zookeeper } from './zookeeper-package.ts';

/** One session with the ensemble, opened when it is needed and given up at the first thing that goes wrong. */
export interface ZookeeperSession {
  /** @throws OrchestratorError `kv-unreachable`; what `work` rejects with. */
  use<T>(work: (client: ZookeeperClient) => Promise<T>, signal: AbortSignal): Promise<T>;
  close(): void;
}

/** Also shared among the servers as the time to connect to each. */
const SESSION_TIMEOUT_MS = 6_000;
const SPIN_DELAY_MS = 100;
/** By then the connection of a client that was closed is there to be ended, if it ever will be. */
const END_AFTER_MS = 2 * SPIN_DELAY_MS;

/** @param servers `host:port,host:port`; @param name for messages. */
export function createZookeeperSession(servers: string, name: string): ZookeeperSession {
  let open: { readonly client: ZookeeperClient; readonly connected: Promise<void> } | null = null;

  function connect(): NonNullable<typeof open> {
    const client = zookeeper.createClient(servers, {
      sessionTimeout: SESSION_TIMEOUT_MS,
      spinDelay: SPIN_DELAY_MS,
      retries: 0,
    });
    endAtNonsense(client);
    const connected = new Promise<void>((resolve) => client.once('connected', resolve));
    // A session that broke is not mended: the next use opens another.
    for (const event of ['expired', 'disconnected'] as const) client.once(event, () => drop(client));
    client.connect();
    return { client, connected };
  }

  function drop(client: ZookeeperClient): void {
    if (open?.client !== client) return;
    open = null;
    // Else it would go on knocking, several times a second, until the server is back.
    client.connectionManager.connect = () => undefined;
    client.close();
    // The package leaves the socket to a server that may never answer.
    setTimeout(() => client.connectionManager.socket?.destroy(), END_AFTER_MS).unref();
  }

  const unreachable = (why: string): OrchestratorError =>
    new OrchestratorError('kv-unreachable', `${name} cannot be reached (${why}); check ZkAddress and that it runs`);

  return {
    async use(work, signal) {
      open ??= connect();
      const { client, connected } = open;
      try {
        await untilAborted(connected, signal, () => unreachable('no session in time'));
        return await untilAborted(work(client), signal, () => unreachable('no answer in time'));
      } catch (thrown) {
        drop(client);
        if (thrown instanceof OrchestratorError) throw thrown;
        throw unreachable(messageOf(thrown));
      }
    },
    close() {
      if (open !== null) drop(open.client);
    },
  };
}

/**
 * The package throws where nobody can catch it, and so would end this process: at an error it does not know, and when a session is given
 * to a client that was closed meanwhile, which it takes for the answer to a request. The connection is ended instead, and whoever waits
 * is told that it was lost.
 */
function endAtNonsense({ connectionManager }: ZookeeperClient): void {
  const { onSocketData } = connectionManager;
  connectionManager.onSocketData = (data) => {
    try {
      onSocketData.call(connectionManager, data);
    } catch {
      connectionManager.pendingBuffer = null;
      connectionManager.socket?.destroy();
    }
  };
}

/** The work, or `late()` when the signal ends first. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal, late: () => Error): Promise<T> {
  let stop = (): void => undefined;
  const ended = new Promise<never>((_, reject) => {
    const onAbort = (): void => reject(late());
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    stop = () => signal.removeEventListener('abort', onAbort);
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, ended]);
  } finally {
    stop();
  }
}
