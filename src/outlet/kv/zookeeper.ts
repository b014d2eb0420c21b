import type { KvChange, KvEntry, KvOutlet } from '../../engine/ports.ts';
import { type ZookeeperClient, zookeeper } from './zookeeper-package.ts';
import { createZookeeperSession } from './zookeeper-session.ts';

const { NO_NODE, NODE_EXISTS, BAD_VERSION } = zookeeper.Exception;
/** What a transaction is refused with when a node is not as it was read. */
const OVERTAKEN: readonly number[] = [NO_NODE, NODE_EXISTS, BAD_VERSION];
const DEFAULT_PORT = 2181;

/** ZooKeeper: a key is the path of a node that stays; all nodes of a cluster change in one transaction. @param address ZkAddress. */
export function createZookeeper(address: string): KvOutlet {
  const servers = address.split(',').map((server) => {
    const bare = server.trim();
    return /:\d+$/.test(bare) ? bare : `${bare}:${DEFAULT_PORT}`;
  });
  const name = `ZooKeeper at ${servers.join(',')}`;
  const session = createZookeeperSession(servers.join(','), name);
  return {
    name,
    read: (keys, signal) =>
      session.use(async (client) => {
        const found = await Promise.all(keys.map(async (key) => [key, await readNode(client, pathOf(key))] as const));
        return new Map(found.flatMap(([key, entry]) => (entry === null ? [] : [[key, entry] as const])));
      }, signal),
    swap: (changes, signal) =>
      session.use(async (client) => {
        if (changes.some(({ version }) => version === null)) await makeParents(client, changes);
        return commit(client, changes);
      }, signal),
    elsewhere: async () => [],
    close: async () => session.close(),
  };
}

/** The historic path: the key with one slash before it. */
const pathOf = (key: string): string =>
  `/${key
    .split('/')
    .filter((part) => part !== '')
    .join('/')}`;

function readNode(client: ZookeeperClient, path: string): Promise<KvEntry | null> {
  return new Promise((resolve, reject) => {
    client.getData(path, (error, data, stat) => {
      if (error?.code === NO_NODE) resolve(null);
      else if (error) reject(error);
      else resolve({ value: data?.toString('utf8') ?? '', version: String(stat.version) });
    });
  });
}

/** Everything above the shortest of the keys; the keys themselves are made by the transaction. */
function makeParents(client: ZookeeperClient, changes: readonly KvChange[]): Promise<void> {
  const [shortest = '/'] = changes.map(({ key }) => pathOf(key)).toSorted((a, b) => a.length - b.length);
  const parent = shortest.slice(0, shortest.lastIndexOf('/'));
  if (parent === '') return Promise.resolve();
  return new Promise((resolve, reject) => client.mkdirp(parent, (error) => (error ? reject(error) : resolve())));
}

function commit(client: ZookeeperClient, changes: readonly KvChange[]): Promise<boolean> {
  const transaction = client.transaction();
  for (const { key, value, version } of changes) {
    if (version === null) transaction.create(pathOf(key), Buffer.from(value));
    else {
      transaction.setData(pathOf(key), Buffer.from(value), Number(version));
      // The package takes version 0, that of a node never changed, for "any".
      const operation = transaction.ops.at(-1);
      if (operation !== undefined) operation.version = Number(version);
    }
  }
  return new Promise((resolve, reject) => {
    transaction.commit((error) => {
      if (!error) resolve(true);
      else if (OVERTAKEN.includes(error.code)) resolve(false);
      else reject(error);
    });
  });
}
