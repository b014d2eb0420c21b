import { createRequire } from 'node:module';

/** What we use of the package node-zookeeper-client, which brings no types. */
export interface ZookeeperError extends Error {
  readonly code: number;
}

type Done = (error: ZookeeperError | null) => void;

export interface ZookeeperTransaction {
  readonly ops: { version?: number }[];
  create(path: string, data: Buffer): ZookeeperTransaction;
  setData(path: string, data: Buffer, version: number): ZookeeperTransaction;
  commit(done: Done): void;
}

export interface ZookeeperClient {
  readonly connectionManager: {
    readonly socket?: { destroy(): void };
    /** Also called by itself, whenever a connection has ended. */
    connect(): void;
    /** Takes what the socket gives; looked up anew for each connection. */
    onSocketData(data: Buffer): void;
    /** What came of a frame that is not whole yet; the next connection would go on with it. */
    pendingBuffer: Buffer | null;
  };
  connect(): void;
  close(): void;
  once(event: 'connected' | 'expired' | 'disconnected', listener: () => void): void;
  getData(
    path: string,
    done: (error: ZookeeperError | null, data: Buffer | undefined, stat: { readonly version: number }) => void,
  ): void;
  mkdirp(path: string, done: Done): void;
  transaction(): ZookeeperTransaction;
}

interface ZookeeperPackage {
  createClient(
    servers: string,
    options: { readonly sessionTimeout: number; readonly spinDelay: number; readonly retries: number },
  ): ZookeeperClient;
  readonly Exception: { readonly NO_NODE: number; readonly NODE_EXISTS: number; readonly BAD_VERSION: number };
}

export const zookeeper = createRequire(import.meta.url)('node-zookeeper-client') as ZookeeperPackage;
