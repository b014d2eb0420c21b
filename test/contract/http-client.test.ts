import { createServer, type Server } from 'node:http';
import { describe, expect, test } from 'vitest';
import { clientEnvironment } from '../../src/cli/client/environment.ts';
import type { ClientDeps } from '../../src/cli/client/run-client.ts';
import { Secret } from '../../src/model/secret.ts';
import { runTestClient } from './support/client.ts';
import { CLUSTER } from './support/fake-orchestrator.ts';
import { startTestServer, type TestServer } from './support/http-server.ts';
import { READINESS_TEXT } from './support/readiness-text.ts';
import { serveTests } from './support/serve-tests.ts';

let api: TestServer;
serveTests((started) => {
  api = started;
});

const client = (argv: readonly string[], variables: Record<string, string> = {}, deps: Partial<ClientDeps> = {}) =>
  runTestClient(api, argv, variables, deps);

const RESTART = `${JSON.stringify([
  'stop replica io_thread;',
  'stop replica sql_thread;',
  'start replica sql_thread;',
  'start replica io_thread;',
])}\n`;

describe('golden: what each command prints', () => {
  const golden: readonly (readonly [argv: string, out: string])[] = [
    ['-c clusters', `${CLUSTER}\n`],
    ['-c clusters-alias', `${CLUSTER},shop\n`],
    ['-c all-clusters-masters', '10.0.0.1:1\n'],
    ['-c all-instances', '10.0.0.1:1\n10.0.0.1:12\n10.0.0.1:11\n10.0.0.1:13\n'],
    ['-c search -i 13', '10.0.0.1:13\n'],
    ['-c instance -i 10.0.0.1:11', '10.0.0.1:11\n'],
    ['-c which-instance -i short:11', '10.0.0.1:11\n'],
    ['-c which-cluster -i 10.0.0.1:13', `${CLUSTER}\n`],
    ['-c which-cluster-alias -i 10.0.0.1:13', 'shop\n'],
    ['-c which-cluster-master -a shop', '10.0.0.1:1\n'],
    ['-c failover-readiness -a shop', READINESS_TEXT],
    ['-c failover-readiness', READINESS_TEXT],
    ['-c which-cluster-instances -a shop', '10.0.0.1:1\n10.0.0.1:11\n10.0.0.1:12\n10.0.0.1:13\n'],
    ['-c which-master -i 10.0.0.1:13', '10.0.0.1:12\n'],
    ['-c which-master -i 10.0.0.1:1', ':0\n'],
    ['-c which-replicas -i 10.0.0.1:1', '10.0.0.1:11\n10.0.0.1:12\n'],
    ['-c which-slaves -i 10.0.0.1:1', '10.0.0.1:11\n10.0.0.1:12\n'],
    ['-c which-broken-replicas -i 10.0.0.1:1', ''],
    ['-c is-replicating -i 10.0.0.1:11', '10.0.0.1:11\n'],
    ['-c is-replicating -i 10.0.0.1:1', ''],
    ['-c is-replication-stopped -i 10.0.0.1:11', ''],
    ['-c dominant-dc', 'dc1\n'],
    ['-c replication-analysis', ''],
    ['-c discover -i 10.0.0.1:11', '10.0.0.1:11\n'],
    ['-c async-discover -i 10.0.0.1:11', '10.0.0.1:11\n'],
    ['-c forget -i 10.0.0.1:13', ''],
    ['-c forget-cluster -a shop', ''],
    ['-c begin-downtime -i 10.0.0.1:11 -u 10m -r x/y -o me', '10.0.0.1:11\n'],
    ['-c downtimed', '10.0.0.1:11\n'],
    ['-c end-downtime -i 10.0.0.1:11', '10.0.0.1:11\n'],
    ['-c relocate -i 10.0.0.1:13 -d 10.0.0.1:11', '10.0.0.1:13<10.0.0.1:11\n'],
    ['-c relocate-replicas -i 10.0.0.1:12 -d 10.0.0.1:11', '10.0.0.1:13\n'],
    ['-c relocate-slaves -i 10.0.0.1:1 -d 10.0.0.1:11 --pattern :12$', '10.0.0.1:12\n'],
    ['-c move-up -i 10.0.0.1:13', '10.0.0.1:13<10.0.0.1:12\n'],
    ['-c move-up-replicas -i 10.0.0.1:12', '10.0.0.1:13\n'],
    ['-c move-below -i 10.0.0.1:12 -d 10.0.0.1:11', '10.0.0.1:12<10.0.0.1:11\n'],
    ['-c move-equivalent -i 10.0.0.1:13 -d 10.0.0.1:11', '10.0.0.1:13<10.0.0.1:11\n'],
    ['-c repoint -i 10.0.0.1:13 -d 10.0.0.1:12', '10.0.0.1:13<10.0.0.1:12\n'],
    ['-c repoint-replicas -i 10.0.0.1:12', '10.0.0.1:13\n'],
    ['-c move-gtid -i 10.0.0.1:13 -d 10.0.0.1:11', '10.0.0.1:13<10.0.0.1:11\n'],
    ['-c move-replicas-gtid -i 10.0.0.1:12 -d 10.0.0.1:11', '10.0.0.1:11\n'],
    ['-c match -i 10.0.0.1:13 -d 10.0.0.1:11', '10.0.0.1:13<10.0.0.1:11\n'],
    ['-c match-up -i 10.0.0.1:13', '10.0.0.1:13<10.0.0.1:12\n'],
    ['-c match-up-replicas -i 10.0.0.1:12', '10.0.0.1:1\n'],
    ['-c take-siblings -i 10.0.0.1:12', '10.0.0.1:12<10.0.0.1:1\n'],
    ['-c enslave-siblings -i 10.0.0.1:12', '10.0.0.1:12<10.0.0.1:1\n'],
    ['-c make-co-master -i 10.0.0.1:11', '10.0.0.1:11<10.0.0.1:1\n'],
    ['-c take-master -i 10.0.0.1:13', '10.0.0.1:13<10.0.0.1:12\n'],
    ['-c regroup-replicas -i 10.0.0.1:1', '10.0.0.1:11\n'],
    ['-c stop-replica -i 10.0.0.1:11', '10.0.0.1:11\n'],
    ['-c stop-slave-nice -i 10.0.0.1:11', '10.0.0.1:11\n'],
    ['-c detach-replica -i 10.0.0.1:11', '10.0.0.1:11\n'],
    ['-c reattach-replica-master-host -i 10.0.0.1:11', '10.0.0.1:11\n'],
    ['-c set-read-only -i 10.0.0.1:11', '10.0.0.1:11\n'],
    ['-c delay-replication -i 10.0.0.1:11 -S 30', '30\n'],
    ['-c purge-binary-logs -i 10.0.0.1:11 -n bin.000001', '10.0.0.1:11\n'],
    ['-c gtid-errant-inject-empty -i 10.0.0.1:11', '10.0.0.1:11\n'],
    ['-c can-replicate-from -i 10.0.0.1:11 -d 10.0.0.1:12', '10.0.0.1:12\n'],
    ['-c restart-replica-statements -i 10.0.0.1:11', RESTART],
    ['-c locate-gtid-errant -i 10.0.0.1:13', 'bin.000001\nbin.000004\n'],
    ['-c last-pseudo-gtid -i 10.0.0.1:11', 'drop view if exists `x`\n'],
    ['-c tag -i 10.0.0.1:11 -t a=b', '10.0.0.1:11\n'],
    ['-c tags -i 10.0.0.1:11', 'role=backup\n'],
    ['-c tag-value -i 10.0.0.1:11 -t role', 'backup\n'],
    ['-c tagged -t role', '10.0.0.1:11\n'],
    ['-c untag -i 10.0.0.1:11 -t role', '10.0.0.1:11\n'],
    ['-c untag-all -t role', '10.0.0.1:11\n'],
    ['-c begin-maintenance -i 10.0.0.1:11 -r x -o me', '10.0.0.1:11\n'],
    ['-c end-maintenance -i 10.0.0.1:11', '10.0.0.1:11\n'],
    ['-c register-candidate -i 10.0.0.1:11 -R prefer', '10.0.0.1:11\n'],
    ['-c register-hostname-unresolve -i 10.0.0.1:11 -H vip', '10.0.0.1:11\n'],
    ['-c deregister-hostname-unresolve -i 10.0.0.1:11', '10.0.0.1:11\n'],
    ['-c operations-under-way', 'op-1\tmove 10.0.0.1:13 below 10.0.0.1:11\n'],
    ['-c unfinished-operations', 'op-1\tmove 10.0.0.1:13 below 10.0.0.1:11\t10.0.0.1:13\n'],
    ['-c finish-operation --uid op-1', '10.0.0.1:13\n'],
    ['-c undo-operation --uid op-1', '10.0.0.1:13\n'],
    ['-c abort-operation --uid op-1', 'move 10.0.0.1:13 below 10.0.0.1:11\n'],
    ['-c recover -i 10.0.0.1:1', '10.0.0.1:11\n'],
    ['-c recover -i 10.0.0.1:1 -d 10.0.0.1:11', '10.0.0.1:11\n'],
    ['-c ack-cluster-recoveries -a shop -r done', `${CLUSTER}\n`],
    ['-c ack-all-recoveries -r done', 'done\n'],
    ['-c disable-global-recoveries', 'disabled\n'],
    ['-c enable-global-recoveries', 'enabled\n'],
    ['-c check-global-recoveries', 'enabled\n'],
    ['-c api -P lb-check', '"OK"\n'],
    ['-c which-cluster -alias shop', `${CLUSTER}\n`],
    ['-command tag-value -instance=10.0.0.1:11 -tag role', 'backup\n'],
  ];
  for (const [argv, out] of golden) {
    test(argv, async () => {
      if (argv === '-c downtimed') await client(['-c', 'begin-downtime', '-i', '10.0.0.1:11', '-r', 'x', '-o', 'me']);
      expect(await client(argv.split(' '))).toEqual({ code: 0, out, err: '' });
    });
  }

  test('topology', async () => {
    const { out } = await client(['-c', 'topology', '-i', '10.0.0.1:13']);
    expect(out.split('\n')[0]).toMatch(/^10\.0\.0\.1:1 +\[/);
    expect((await client(['-c', 'topology-tabulated', '-a', 'shop'])).out).toContain('|');
    expect((await client(['-c', 'topology-tags', '-a', 'shop'])).out).toContain('[role=backup]');
  });

  test('an address without a scheme is one of HTTP, alone and among several', async () => {
    const bare = api.server.url.replace('http://', '');
    for (const address of [bare, `${bare}/api`, `127.0.0.1:1 ${bare}`])
      expect((await client(['-c', 'which-api', '-U', address])).out).toBe(`${api.server.url}/api\n`);
  });

  test('which-api, with and without /api in the address', async () => {
    for (const address of [api.server.url, `${api.server.url}/`, `${api.server.url}/api`]) {
      const { out } = await client(['-c', 'which-api', '-U', address]);
      expect(out).toBe(`${api.server.url}/api\n`);
    }
  });

  test('a server may come from the environment, and a port from -D', async () => {
    expect((await client(['-c', 'which-instance'], { ORCHESTRATOR_INSTANCE: '10.0.0.1:12' })).out).toBe(
      '10.0.0.1:12\n',
    );
    expect((await client(['-c', 'which-instance', '-i', '10.0.0.1', '-D', '11'])).out).toBe('10.0.0.1:11\n');
  });
});

describe('failures', () => {
  test('what the API refuses', async () => {
    const unknown = await client(['-c', 'instance', '-i', '10.0.0.1:9999']);
    expect(unknown).toEqual({ code: 1, out: '', err: 'Cannot read instance: 10.0.0.1:9999\n' });
    api.orchestrator.outcome = { kind: 'not-attempted', reason: 'healthy', refusal: null };
    const recover = await client(['-c', 'recover', '-i', '10.0.0.1:1']);
    expect(recover).toEqual({ code: 1, out: '{"Hostname":"10.0.0.1","Port":1}\n', err: 'Recovery not attempted\n' });
  });

  test('api prints what was answered as it was written, a refusal too', async () => {
    const asked = async (path: string) => client(['-c', 'api', '-path', path]);
    const written = async (path: string) => (await fetch(`${api.server.url}/api/${path}`)).text();
    for (const [path, code, err] of [
      ['instance/10.0.0.1/11', 0, ''],
      ['lb-check', 0, ''],
      ['instance/10.0.0.1/9999', 1, 'Cannot read instance: 10.0.0.1:9999\n'],
    ] as const)
      expect(await asked(path)).toEqual({ code, out: `${await written(path)}\n`, err });
  });

  test('what is to be a dry run is one with a single dash as well', async () => {
    api.orchestrator.calls.length = 0;
    const { out } = await client(['-c', 'stop-replica', '-i', '10.0.0.1:11', '-dry-run']);
    expect(out).toContain('nothing was changed');
    expect(api.orchestrator.calls).toEqual([]);
  });

  test('what the client refuses', async () => {
    for (const [argv, message] of [
      [['-c', 'nosuch'], 'orchestrator-client[42]: Unsupported command nosuch\n'],
      [['-c', 'toplogy'], 'orchestrator-client[42]: Unsupported command toplogy; did you mean topology?\n'],
      [['-c', 'instance'], '-i is required'],
      [['-c', 'topology'], 'name the cluster with -a alias'],
      [['-c', 'clusters', '--nosuch'], 'nosuch'],
      [['-c', 'clusters', '-D', 'x'], '-D x is not a port'],
      [['-c', 'api', '-P', 'nosuch'], 'has no such route'],
    ] as const) {
      const result = await client(argv);
      expect(result.code).toBe(1);
      expect(result.err).toContain(message);
    }
  });

  test('nobody there', async () => {
    const gone = createServer();
    const address = await listening(gone);
    await new Promise((resolve) => gone.close(resolve));
    const result = await client(['-c', 'clusters', '-U', address]);
    expect(result.code).toBe(1);
    expect(result.err).toMatch(/^Cannot reach http:\/\/127\.0\.0\.1:\d+\/api: .*ECONNREFUSED.*ORCHESTRATOR_API/);
  });

  test('an answer that is not JSON is asked for again, then named', async () => {
    let requests = 0;
    const proxy = createServer((_, response) => {
      requests += 1;
      response.end('<html>bad gateway</html>');
    });
    const address = await listening(proxy);
    const pauses: number[] = [];
    const sleep = async (ms: number): Promise<void> => {
      pauses.push(ms);
    };
    const result = await client(['-c', 'clusters', '-U', address], {}, { sleep });
    proxy.close();
    expect(result.code).toBe(1);
    expect(result.err).toContain('does not answer with JSON');
    expect(requests).toBe(8);
    expect(pauses).toEqual([100, 200, 500, 1000, 2000, 2500, 5000]);
  });
});

describe('logins and leaders', () => {
  test('user and password by option and by environment; without them the message says how', async () => {
    const locked = await startTestServer({
      authenticationMethod: 'basic',
      httpAuthUser: 'admin',
      httpAuthPassword: new Secret('s3:cret'),
    });
    const address = ['-U', locked.server.url];
    const refused = await client(['-c', 'clusters', ...address]);
    expect([refused.code, refused.out]).toEqual([1, '']);
    expect(refused.err).toContain('asks for a login');
    expect((await client(['-c', 'clusters', ...address, '-b', 'admin:s3:cret'])).out).toBe(`${CLUSTER}\n`);
    const environment = { ORCHESTRATOR_AUTH_USER: 'admin', ORCHESTRATOR_AUTH_PASSWORD: 's3:cret' };
    expect((await client(['-c', 'clusters', ...address], environment)).out).toBe(`${CLUSTER}\n`);
    await locked.server.close();
  });

  test('a proxy setup is told the user by a header', async () => {
    const proxied = await startTestServer({ authenticationMethod: 'proxy', powerAuthUsers: ['ann'] });
    const argv = ['-c', 'end-downtime', '-i', '10.0.0.1:11', '-U', proxied.server.url];
    expect((await client(argv)).err).toBe('Unauthorized\n');
    expect((await client([...argv, '-e', 'X-Forwarded-User: ann'])).code).toBe(0);
    const environment = { ORCHESTRATOR_AUTH_USER: 'ann', ORCHESTRATOR_AUTH_USER_HEADER: 'X-Forwarded-User' };
    expect((await client(argv, environment)).code).toBe(0);
    await proxied.server.close();
  });

  test('of several addresses the leader is asked', async () => {
    const follower = await startTestServer();
    follower.orchestrator.isLeader = false;
    follower.orchestrator.records = [];
    const list = `${follower.server.url} http://127.0.0.1:1 ${api.server.url}/api`;
    expect((await client(['-c', 'which-api', '-U', list])).out).toBe(`${api.server.url}/api\n`);
    const alone = await client(['-c', 'which-api', '-U', `${follower.server.url} http://127.0.0.1:1`]);
    expect([alone.code, alone.out]).toEqual([1, '']);
    expect(alone.err).toContain('Cannot determine leader from');
    await follower.server.close();
  });

  test('the profile file of the machine is understood as far as it assigns', () => {
    const profile =
      '# api\nexport ORCHESTRATOR_API="http://a/api http://b/api"\nORCHESTRATOR_AUTH_USER=ann\nexport ORCHESTRATOR_INSTANCE=$(hostname)\n';
    expect(clientEnvironment({ ORCHESTRATOR_AUTH_PASSWORD: 'x' }, profile)).toEqual({
      api: 'http://a/api http://b/api',
      authUser: 'ann',
      authPassword: 'x',
      authUserHeader: '',
      instance: '',
    });
  });
});

function listening(server: Server): Promise<string> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`);
    });
  });
}
