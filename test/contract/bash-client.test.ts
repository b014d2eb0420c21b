import { describe, expect, test } from 'vitest';
import { CLUSTER } from './support/fake-orchestrator.ts';
import type { TestServer } from './support/http-server.ts';
import { serveTests } from './support/serve-tests.ts';

/**
 * The client that people have had for years is a shell script of curl and jq. For each of its commands: the request as the script
 * builds it (with the slashes it leaves at the end), and what it then reads of the answer.
 */
type Reads = (body: unknown) => unknown;

const field = (value: unknown, name: string): unknown => (value as Record<string, unknown> | null)?.[name];
const keyText = (key: unknown): string => `${field(key, 'Hostname')}:${field(key, 'Port')}`;
const list = (value: unknown): readonly unknown[] => {
  if (!Array.isArray(value)) throw new Error(`no list: ${JSON.stringify(value)}`);
  return value;
};

const details: Reads = (body) => {
  expect(field(body, 'Code'), JSON.stringify(body)).toBe('OK');
  return field(body, 'Details');
};
/** Details is a server: its address. */
const server: Reads = (body) => keyText(field(details(body), 'Key'));
/** Details is a server: `address<address of its source`. */
const move: Reads = (body) => `${server(body)}<${keyText(field(details(body), 'MasterKey'))}`;
const servers: Reads = (body) => list(details(body)).map((one) => keyText(field(one, 'Key')));
const key: Reads = (body) => keyText(details(body));
const keys: Reads = (body) => list(details(body)).map(keyText);
const successor: Reads = (body) => keyText(field(details(body), 'SuccessorKey'));
/** The body itself is servers, or one. */
const bareServers: Reads = (body) => list(body).map((one) => keyText(field(one, 'Key')));
const bareKeys: Reads = (body) => list(body).map(keyText);
const bareField =
  (name: string): Reads =>
  (body) =>
    field(body, name);
const isText: Reads = (body) => typeof details(body);

const I = '10.0.0.1/11';
const D = '10.0.0.1/12';
const P = '10.0.0.1/1';
const ALL = ['10.0.0.1:1', '10.0.0.1:12', '10.0.0.1:11', '10.0.0.1:13'];

const COMMANDS: readonly (readonly [command: string, path: string, reads: Reads, wanted: unknown])[] = [
  ['async-discover', `async-discover/${I}`, details, null],
  ['discover', `discover/${I}`, server, '10.0.0.1:11'],
  ['forget', 'forget/10.0.0.1/13', key, '10.0.0.1:13'],
  ['forget-cluster', 'forget-cluster/shop', details, null],
  ['topology', 'topology/shop', isText, 'string'],
  ['topology-tabulated', 'topology-tabulated/10.0.0.1:11', isText, 'string'],
  ['topology-tags', 'topology-tags/shop', isText, 'string'],
  ['snapshot-topologies', 'snapshot-topologies', isText, 'string'],
  ['clusters', 'clusters-info', (body) => list(body).map(bareField('ClusterName')), [CLUSTER]],
  ['clusters-alias', 'clusters-info', (body) => list(body).map(bareField('ClusterAlias')), ['shop']],
  ['search', 'search?s=13', bareServers, ['10.0.0.1:13']],
  ['instance', `instance/${I}`, (body) => keyText(field(body, 'Key')), '10.0.0.1:11'],
  ['which-master', `instance/${I}`, (body) => keyText(field(body, 'MasterKey')), '10.0.0.1:1'],
  ['which-replicas', `instance-replicas/${P}`, bareServers, ['10.0.0.1:11', '10.0.0.1:12']],
  [
    'which-broken-replicas',
    `instance-replicas/${P}`,
    (body) => list(body).map((one) => [typeof field(one, 'LastSQLError'), field(one, 'ReplicationSQLThreadRuning')]),
    [
      ['string', true],
      ['string', true],
    ],
  ],
  ['which-cluster-instances', 'cluster/shop', (body) => new Set(bareServers(body) as string[]), new Set(ALL)],
  ['which-cluster', 'cluster-info/10.0.0.1:11', bareField('ClusterName'), CLUSTER],
  ['which-cluster-alias', 'cluster-info/shop', bareField('ClusterAlias'), 'shop'],
  ['which-cluster-master', 'master/shop', bareField('ClusterName'), CLUSTER],
  ['all-clusters-masters', 'masters', bareServers, ['10.0.0.1:1']],
  ['all-instances', 'all-instances', bareServers, ALL],
  ['which-cluster-osc-replicas', 'cluster-osc-replicas/shop', (body) => Array.isArray(bareServers(body)), true],
  ['downtimed', 'downtimed/', bareServers, []],
  ['downtimed -a', 'downtimed/shop', bareServers, []],
  ['dominant-dc', 'masters', (body) => list(body).map(bareField('DataCenter')), ['dc1']],
  [
    'submit-masters-to-kv-stores',
    'submit-masters-to-kv-stores/',
    (body) => list(details(body)).map((pair) => `${field(pair, 'Key')}:${field(pair, 'Value')}`)[0],
    'mysql/master/shop:10.0.0.1:1',
  ],
  [
    'submit-masters-to-kv-stores -a',
    'submit-masters-to-kv-stores/shop',
    (body) => list(details(body)).length > 0,
    true,
  ],
  ['tags', `tags/${I}`, (body) => list(body), ['role=backup']],
  ['tag-value', `tag-value/${I}?tag=role`, (body) => body, 'backup'],
  ['tag', `tag/${I}?tag=a%3Db`, key, '10.0.0.1:11'],
  ['untag', `untag/${I}?tag=role`, keys, ['10.0.0.1:11']],
  ['untag-all', 'untag-all?tag=role', keys, ['10.0.0.1:11']],
  ['tagged', 'tagged/?tag=role', bareKeys, ['10.0.0.1:11']],
  ['submit-pool-instances', `submit-pool-instances/read?instances=10.0.0.1:11,10.0.0.1:12`, details, 'read'],
  [
    'which-heuristic-cluster-pool-instances',
    'heuristic-cluster-pool-instances/shop/',
    (body) => Array.isArray(details(body)),
    true,
  ],
  ['begin-downtime', `begin-downtime/${I}/me/x/10m`, key, '10.0.0.1:11'],
  ['end-downtime', `end-downtime/${I}`, key, '10.0.0.1:11'],
  ['begin-maintenance', `begin-maintenance/${I}/me/x`, key, '10.0.0.1:11'],
  ['end-maintenance', `end-maintenance/${I}`, key, '10.0.0.1:11'],
  ['register-candidate', `register-candidate/${I}/prefer`, key, '10.0.0.1:11'],
  ['register-hostname-unresolve', `register-hostname-unresolve/${I}/vip`, key, '10.0.0.1:11'],
  ['deregister-hostname-unresolve', `deregister-hostname-unresolve/${I}`, key, '10.0.0.1:11'],
  ['which-gtid-errant', `instance/${I}`, (body) => typeof field(body, 'GtidErrant'), 'string'],
  ['is-replicating', `instance/${I}`, bareField('ReplicationIOThreadState'), 1],
  ['is-replication-stopped', `instance/${I}`, bareField('ReplicationSQLThreadState'), 1],
  [
    'can-replicate-from',
    `can-replicate-from/${I}/${P}`,
    (body) => [field(body, 'Message'), key(body)],
    ['true', '10.0.0.1:1'],
  ],
  [
    'restart-replica-statements',
    `restart-replica-statements/${I}?q=select%201`,
    (body) => list(details(body)).length,
    5,
  ],
  ['delay-replication', `delay-replication/${I}/30`, details, 30],
  ['recover', `recover/${P}`, key, '10.0.0.1:11'],
  ['ack-cluster-recoveries', 'ack-recovery/cluster/shop?comment=seen', isText, 'string'],
  ['ack-all-recoveries', 'ack-all-recoveries?comment=done', details, 'done'],
  ['disable-global-recoveries', 'disable-global-recoveries', details, 'disabled'],
  ['check-global-recoveries', 'check-global-recoveries', details, 'disabled'],
  ['enable-global-recoveries', 'enable-global-recoveries', details, 'enabled'],
  ['replication-analysis', 'replication-analysis', details, []],
  ['graceful-master-takeover', `graceful-master-takeover/shop/${I}`, successor, '10.0.0.1:11'],
  ['graceful-master-takeover-auto', 'graceful-master-takeover-auto/shop', successor, '10.0.0.1:11'],
];

/** Operations that print the server they were about. */
const ON_ONE = [
  'stop-replica',
  'stop-replica-nice',
  'start-replica',
  'restart-replica',
  'reset-replica',
  'change-master-credentials',
  'detach-replica',
  'reattach-replica',
  'detach-replica-master-host',
  'reattach-replica-master-host',
  'skip-query',
  'gtid-errant-reset-master',
  'gtid-errant-inject-empty',
  'enable-semi-sync-master',
  'disable-semi-sync-master',
  'enable-semi-sync-replica',
  'disable-semi-sync-replica',
  'set-read-only',
  'set-writeable',
  'flush-binary-logs',
];
const MOVES = [
  `relocate/${I}/${D}`,
  `match/${I}/${D}`,
  `match-up/${I}`,
  `move-up/${I}`,
  `move-below/${I}/${D}`,
  `move-equivalent/${I}/${D}`,
  `make-co-master/${I}`,
  `take-master/${I}`,
  `move-gtid/${I}/${D}`,
  `repoint/${I}/${D}`,
  `take-siblings/${I}`,
];
const GROUP_MOVES = [`relocate-replicas/${D}/${I}`, `move-up-replicas/${D}/`, `repoint-replicas/${D}/`];

describe('the shell client finds what it reads', () => {
  let api: TestServer;
  const get = async (path: string, method = 'GET') => fetch(`${api.server.url}/api/${path}`, { method });
  serveTests((started) => {
    api = started;
  });

  test('before anything else it asks for the head of the API, and among several for the leader', async () => {
    for (const path of ['', 'leader-check', 'routed-leader-check'])
      expect((await get(path, 'HEAD')).status).not.toBe(401);
    expect((await get('leader-check')).status).toBe(200);
    expect((await get('routed-leader-check')).status).toBe(200);
  });

  test.each(COMMANDS)('%s: %s', async (_, path, reads, wanted) => {
    expect(reads(await (await get(path)).json())).toEqual(wanted);
  });
  test.each(ON_ONE)('%s', async (command) => {
    expect(server(await (await get(`${command}/${I}`)).json())).toBe('10.0.0.1:11');
  });
  test('purge-binary-logs', async () => {
    expect(server(await (await get(`purge-binary-logs/${I}/bin.000001`)).json())).toBe('10.0.0.1:11');
  });
  test.each(MOVES)('%s', async (path) => {
    expect(move(await (await get(path)).json())).toMatch(/^10\.0\.0\.1:\d+<10\.0\.0\.1:\d+$/);
  });
  test.each(GROUP_MOVES)('%s', async (path) => {
    const moved = servers(await (await get(path)).json()) as readonly string[];
    for (const one of moved) expect(one).toMatch(/^10\.0\.0\.1:\d+$/);
  });
  test.each(['raft-state', 'raft-leader', 'raft-health'])('%s: an error it prints', async (path) => {
    const answer = await get(path);
    expect(answer.status).toBe(500);
    expect(await answer.json()).toMatchObject({ Code: 'ERROR', Message: expect.stringContaining('raft') });
  });
});
