import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/**
 * A small Consul for tests, after its documented HTTP API (no real one is to be had here): /v1/kv with `cas` and `dc`, /v1/txn
 * with the verb `cas`, /v1/catalog/datacenters, the token header. Indexes grow with every write, as there.
 */
export interface FakeConsul {
  readonly address: string;
  /** Value of a key as text; undefined when absent. */
  get(key: string, dataCenter?: string): string | undefined;
  put(key: string, value: string, dataCenter?: string): void;
  /** Method and path of every request, in order. */
  readonly requests: readonly string[];
  /** Called once, before the next write is looked at. */
  beforeWrite(work: () => void): void;
  /** Takes connections and says nothing. */
  hang(isHanging: boolean): void;
  close(): Promise<void>;
}

interface Row {
  readonly value: string;
  readonly index: number;
}

export async function startFakeConsul(
  options: { readonly dataCenters?: readonly string[]; readonly token?: string } = {},
): Promise<FakeConsul> {
  const { dataCenters = ['dc1'], token = '' } = options;
  const stores = new Map(dataCenters.map((name) => [name, new Map<string, Row>()]));
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  let index = 10;
  let isHanging = false;
  let before: (() => void) | null = null;
  const storeOf = (name: string | null): Map<string, Row> | undefined => stores.get(name || (dataCenters[0] ?? ''));

  function write(store: Map<string, Row>, key: string, value: string): void {
    index += 1;
    store.set(key, { value, index });
  }

  const isAsRead = (store: Map<string, Row>, key: string, cas: number): boolean => (store.get(key)?.index ?? 0) === cas;

  function answer(method: string, url: URL, body: string): readonly [status: number, body: unknown] {
    const store = storeOf(url.searchParams.get('dc'));
    if (url.pathname === '/v1/catalog/datacenters') return [200, dataCenters];
    if (store === undefined) return [500, 'No path to datacenter'];
    if (method === 'PUT') {
      const work = before;
      before = null;
      work?.();
    }
    if (url.pathname === '/v1/txn') return transact(store, body);
    const key = decodeURIComponent(url.pathname.slice('/v1/kv/'.length));
    if (method === 'GET') {
      const row = store.get(key);
      return row === undefined ? [404, ''] : [200, [rowJson(key, row)]];
    }
    const cas = url.searchParams.get('cas');
    if (cas !== null && !isAsRead(store, key, Number(cas))) return [200, false];
    write(store, key, body);
    return [200, true];
  }

  function transact(store: Map<string, Row>, body: string): readonly [number, unknown] {
    const operations = (JSON.parse(body) as { KV: { Verb: string; Key: string; Value: string; Index: number } }[]).map(
      ({ KV }) => KV,
    );
    if (operations.length > 64) return [413, 'Transaction contains too many operations'];
    const errors = operations.flatMap(({ Verb, Key, Index }, OpIndex) =>
      Verb === 'cas' && isAsRead(store, Key, Index)
        ? []
        : [{ OpIndex, What: `failed to set key "${Key}", index is stale` }],
    );
    if (errors.length > 0) return [409, { Results: null, Errors: errors }];
    for (const { Key, Value } of operations) write(store, Key, Buffer.from(Value, 'base64').toString('utf8'));
    return [200, { Results: [], Errors: null }];
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://consul');
    requests.push(`${request.method} ${url.pathname}`);
    const body = await readBody(request);
    if (isHanging) return;
    const isAllowed = token === '' || request.headers['x-consul-token'] === token;
    const [status, value] = isAllowed ? answer(request.method ?? '', url, body) : [403, 'Permission denied'];
    response.statusCode = status;
    response.end(typeof value === 'string' ? value : JSON.stringify(value));
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    get: (key, dataCenter = '') => storeOf(dataCenter)?.get(key)?.value,
    put(key, value, dataCenter = '') {
      const store = storeOf(dataCenter);
      if (store !== undefined) write(store, key, value);
    },
    requests,
    beforeWrite(work) {
      before = work;
    },
    hang(value) {
      isHanging = value;
    },
    close: () => end(server, sockets),
  };
}

const rowJson = (key: string, { value, index }: Row) => ({
  LockIndex: 0,
  Key: key,
  Flags: 0,
  Value: value === '' ? null : Buffer.from(value).toString('base64'),
  CreateIndex: index,
  ModifyIndex: index,
});

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function end(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy();
  return new Promise((resolve) => server.close(() => resolve()));
}
