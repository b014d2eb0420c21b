import { describe, expect, test } from 'vitest';
import { inventServer } from '../../src/analysis/testing/records.ts';
import { cliDocs } from '../../src/cli/cli-docs.ts';
import { CLIENT_COMMANDS } from '../../src/cli/client/run-client.ts';
import { COMMANDS } from '../../src/cli/commands/index.ts';
import { OrchestratorError } from '../../src/model/error.ts';
import { runTestCli as run } from './support/cli.ts';
import { ALIAS, CLUSTER } from './support/fake-orchestrator.ts';
import { READINESS_TEXT } from './support/readiness-text.ts';

const DAY = '2026-01-02 03:04:05';

describe('golden: what each command prints, and its exit code', () => {
  const golden: readonly (readonly [argv: string, out: string])[] = [
    ['-c clusters', `${CLUSTER}\n`],
    ['-c clusters-alias', `${CLUSTER}\t${ALIAS}\n`],
    ['-c all-clusters-masters', '10.0.0.1:1\n'],
    ['-c all-instances', '10.0.0.1:1\n10.0.0.1:11\n10.0.0.1:12\n10.0.0.1:13\n'],
    ['-c bulk-instances', '10.0.0.1:1\n10.0.0.1:11\n10.0.0.1:12\n10.0.0.1:13\n'],
    ['-c find -pattern ^10', '10.0.0.1:1\n10.0.0.1:11\n10.0.0.1:12\n10.0.0.1:13\n'],
    ['-c search -pattern :13', '10.0.0.1:13\n'],
    ['-c which-instance -i short:11', '10.0.0.1:11\n'],
    ['-c which-cluster -i 10.0.0.1:13', `${CLUSTER}\n`],
    ['-c which-cluster -alias shop', `${CLUSTER}\n`],
    ['-c which-cluster', `${CLUSTER}\n`],
    ['-c which-cluster-alias -i 10.0.0.1:13', 'shop\n'],
    ['-c which-cluster-domain -i 10.0.0.1:13', 'shop.example.com\n'],
    ['-c which-cluster-master -i 10.0.0.1:13', '10.0.0.1:1\n'],
    ['-c which-cluster-instances -alias shop', '10.0.0.1:1\n10.0.0.1:11\n10.0.0.1:12\n10.0.0.1:13\n'],
    ['-c get-cluster-heuristic-lag -i 10.0.0.1:13', '0\n'],
    ['-c which-cluster-osc-replicas -alias shop', '10.0.0.1:11\n10.0.0.1:12\n10.0.0.1:13\n'],
    ['-c which-cluster-osc-slaves -alias shop', '10.0.0.1:11\n10.0.0.1:12\n10.0.0.1:13\n'],
    ['-c which-cluster-gh-ost-replicas -i 10.0.0.1:1', '10.0.0.1:13\n10.0.0.1:12\n10.0.0.1:11\n'],
    ['-c which-heuristic-domain-instance -alias shop', '10.0.0.1:1\n'],
    ['-c set-heuristic-domain-instance -alias shop', '10.0.0.1:1\n'],
    ['-c submit-pool-instances -pool read -i 10.0.0.1:11,10.0.0.1:12', ''],
    [
      '-c cluster-pool-instances',
      [
        '10.0.0.1:1\tshop\tread\t10.0.0.1:11\n',
        '10.0.0.1:1\tshop\tread\t10.0.0.1:12\n',
        '10.0.0.1:1\tshop\tspare\t10.0.0.1:13\n',
      ].join(''),
    ],
    ['-c which-heuristic-cluster-pool-instances -alias shop -pool spare', '10.0.0.1:13\n'],
    ['-c snapshot-topologies', ''],
    [
      '-c active-nodes',
      '{node1 token1 1.0 2026-01-02T03:00:00Z 2026-01-02T03:04:04Z   /tmp/x.sqlite 0001-01-01 00:00:00 +0000 UTC}\n',
    ],
    ['-c access-token', 'public\n'],
    ['-c resolve -i short:11', 'short.example.com:11\n'],
    ['-c reset-hostname-resolve-cache', 'hostname resolve cache cleared\n'],
    ['-c show-resolve-hosts', 'short short.example.com\n'],
    ['-c show-unresolve-hosts', 'db1 vip.example.com\n'],
    ['-c custom-command -hostname 10.0.0.1 -pattern hello', 'done\n'],
    ['-c continuous', ''],
    ['-c redeploy-internal-db', 'Redeployed internal db\n'],
    ['-c internal-suggest-promoted-replacement -i 10.0.0.1:1 -d 10.0.0.1:12', '10.0.0.1:11\n'],
    ['-c internal-suggest-promoted-replacement -i 10.0.0.1:11 -d 10.0.0.1:12', '10.0.0.1:12\n'],
    ['-c search -pattern sho', '10.0.0.1:1\n10.0.0.1:12\n10.0.0.1:11\n10.0.0.1:13\n'],
    ['-c which-master -i 10.0.0.1:13', '10.0.0.1:12\n'],
    ['-c which-master -i 10.0.0.1:1', ''],
    ['-c which-replicas -i 10.0.0.1:1', '10.0.0.1:11\n10.0.0.1:12\n'],
    ['-c which-slaves -i 10.0.0.1:1', '10.0.0.1:11\n10.0.0.1:12\n'],
    ['-c which-replicas -i 10.0.0.1:12,10.0.0.1:1', '10.0.0.1:13\n10.0.0.1:11\n10.0.0.1:12\n'],
    ['-c which-downtimed-instances', ''],
    ['-c which-lost-in-recovery', ''],
    ['-c instance-status -i 10.0.0.1:1', '[0s,ok,8.4.6,rw,ROW,>>,GTID]\n'],
    ['-c is-replicating -i 10.0.0.1:11', '10.0.0.1:11\n'],
    ['-c is-replicating -i 10.0.0.1:1', ''],
    ['-c is-replication-stopped -i 10.0.0.1:11', ''],
    ['-c replication-analysis', ''],
    ['-c discover -i 10.0.0.1:11', '10.0.0.1:11\n'],
    ['-c forget -i 10.0.0.1:13', '10.0.0.1:13\n'],
    ['-c begin-downtime -i 10.0.0.1:11 --reason=x --owner=me --duration=10m', '10.0.0.1:11\n'],
    ['-c end-downtime -i 10.0.0.1:11', '10.0.0.1:11\n'],
    ['-c recover -i 10.0.0.1:1', '10.0.0.1:11\n'],
    ['-c recover-lite -i 10.0.0.1:1 -d 10.0.0.1:11', '10.0.0.1:11\n'],
    ['-c ack-all-recoveries --reason=ok', '2 recoveries acknowledged\n'],
    ['-c ack-cluster-recoveries -alias shop -reason ok', '2 recoveries acknowledged\n'],
    ['-c ack-instance-recoveries -i 10.0.0.1:1 -reason ok', '2 recoveries acknowledged\n'],
    ['-c disable-global-recoveries', 'OK: Orchestrator recoveries DISABLED globally\n'],
    ['-c enable-global-recoveries', 'OK: Orchestrator recoveries ENABLED globally\n'],
    ['-c check-global-recoveries', 'OK: Global recoveries disabled: false\n'],
    [
      '-c submit-masters-to-kv-stores -i 10.0.0.1:1',
      [
        ...['mysql/master/shop:10.0.0.1:1', 'mysql/master/shop/hostname:10.0.0.1', 'mysql/master/shop/port:1'],
        ...['mysql/master/shop/ipv4:10.0.0.1', 'mysql/master/shop/ipv6:', ''],
      ].join('\n'),
    ],
    ['-c relocate -i 10.0.0.1:13 -d 10.0.0.1:11', '10.0.0.1:13<10.0.0.1:11\n'],
    ['-c relocate-below -i short:13 -s short:11', '10.0.0.1:13<10.0.0.1:11\n'],
    ['-c relocate-replicas -i 10.0.0.1:12 -d 10.0.0.1:11', '10.0.0.1:13\n'],
    ['-c relocate-slaves -i 10.0.0.1:1 -d 10.0.0.1:11 -pattern :12$', '10.0.0.1:12\n'],
    ['-c take-siblings -i 10.0.0.1:12', '10.0.0.1:12\n'],
    ['-c enslave-siblings -i 10.0.0.1:12', '10.0.0.1:12\n'],
    ['-c regroup-replicas -i 10.0.0.1:1', '10.0.0.1:11\n10.0.0.1:11 lost: 0, trivial: 1, pseudo-gtid: 0\n'],
    ['-c move-up -i 10.0.0.1:13', '10.0.0.1:13<10.0.0.1:12\n'],
    ['-c move-up-replicas -i 10.0.0.1:12', '10.0.0.1:13\n'],
    ['-c move-below -i 10.0.0.1:12 -d 10.0.0.1:11', '10.0.0.1:12<10.0.0.1:11\n'],
    ['-c move-equivalent -i 10.0.0.1:13 -d 10.0.0.1:11', '10.0.0.1:13<10.0.0.1:11\n'],
    ['-c repoint -i 10.0.0.1:13', '10.0.0.1:13<10.0.0.1:12\n'],
    ['-c repoint-replicas -i 10.0.0.1:12', '10.0.0.1:13<10.0.0.1:12\n'],
    ['-c take-master -i 10.0.0.1:13', '10.0.0.1:13\n'],
    ['-c make-co-master -i 10.0.0.1:11', '10.0.0.1:11\n'],
    ['-c make-master -i 10.0.0.1:11', '10.0.0.1:11\n'],
    ['-c make-local-master -i 10.0.0.1:13', '10.0.0.1:13\n'],
    ['-c regroup-replicas-bls -i 10.0.0.1:1', '10.0.0.1:11\n'],
    ['-c move-gtid -i 10.0.0.1:13 -d 10.0.0.1:11', '10.0.0.1:13<10.0.0.1:11\n'],
    ['-c move-replicas-gtid -i 10.0.0.1:12 -d 10.0.0.1:11', '10.0.0.1:13\n'],
    ['-c regroup-replicas-gtid -i 10.0.0.1:1', '10.0.0.1:11\n10.0.0.1:11 lost: 0, moved: 1\n'],
    ['-c match -i 10.0.0.1:13 -d 10.0.0.1:11', '10.0.0.1:13<10.0.0.1:11\n'],
    ['-c match-up -i 10.0.0.1:13', '10.0.0.1:13<10.0.0.1:12\n'],
    ['-c rematch -i 10.0.0.1:13', '10.0.0.1:13<10.0.0.1:12\n'],
    ['-c match-replicas -i 10.0.0.1:12 -d 10.0.0.1:11', '10.0.0.1:13\n'],
    ['-c match-up-slaves -i 10.0.0.1:12', '10.0.0.1:13\n'],
    ['-c match-up-replicas -i 10.0.0.1:12', '10.0.0.1:13\n'],
    ['-c regroup-replicas-pgtid -i 10.0.0.1:1', '10.0.0.1:11\n10.0.0.1:11 lost: 0, trivial: 1, pseudo-gtid: 0\n'],
    ...[
      ...['enable-gtid', 'disable-gtid', 'gtid-errant-reset-master', 'gtid-errant-inject-empty', 'skip-query'],
      ...['start-replica', 'stop-replica', 'stop-replica-nice', 'restart-replica', 'reset-replica', 'stop-slave'],
      ...['change-master-credentials', 'detach-replica-master-host', 'reattach-replica-master-host', 'detach-slave'],
      ...['enable-semi-sync-master', 'disable-semi-sync-master', 'enable-semi-sync-replica'],
      ...['disable-semi-sync-replica', 'set-read-only', 'set-writeable', 'flush-binary-logs'],
    ].map((name) => [`-c ${name} -i 10.0.0.1:11`, '10.0.0.1:11\n'] as const),
    ['-c delay-replication -i 10.0.0.1:11 -duration 2m', '10.0.0.1:11\n'],
    ['-c kill-query -i 10.0.0.1:11 -process 42', '10.0.0.1:11\n'],
    ['-c purge-binary-logs -i 10.0.0.1:11 -binlog bin.000001', '10.0.0.1:11\n'],
    ['-c unfinished-operations', 'op-1\tmove 10.0.0.1:13 below 10.0.0.1:11\t10.0.0.1:13\n'],
    ['-c finish-operation -uid op-1', '10.0.0.1:13\n'],
    ['-c undo-operation -uid op-1', '10.0.0.1:13\n'],
    ['-c last-pseudo-gtid -i 10.0.0.1:11', 'bin.000002:4:drop view if exists `x`\n'],
    ['-c locate-gtid-errant -i 10.0.0.1:13', 'bin.000001\nbin.000004\n'],
    ['-c last-executed-relay-entry -i 10.0.0.1:11', 'relay.000001:4 Query:relay.000001:90\n'],
    ['-c correlate-relaylog-pos -i 10.0.0.1:11 -d 10.0.0.1:12', 'relay.000001:1;relay.000002:2;\n'],
    ['-c find-binlog-entry -i 10.0.0.1:11 -pattern entry', 'bin.000002:9\n'],
    ['-c correlate-binlog-pos -i 10.0.0.1:11 -d 10.0.0.1:12 -binlog bin.000001:4', 'bin.000003:7\n'],
    ['-c master-pos-wait -i 10.0.0.1:11 -binlog bin.000001:4', '10.0.0.1:11\n'],
    ['-c can-replicate-from -i 10.0.0.1:11 -d 10.0.0.1:12', '10.0.0.1:12\n'],
    ['-c can-replicate-from-gtid -i 10.0.0.1:11 -d 10.0.0.1:12', '10.0.0.1:12\n'],
    ['-c which-gtid-errant -i 10.0.0.1:13', '00000000-0000-0000-0000-000000000013:1\n'],
    ['-c which-gtid-errant -i 10.0.0.1:11', '\n'],
    [
      '-c restart-slave-statements -i 10.0.0.1:11 -statement flush;',
      'stop replica io_thread;\nstop replica sql_thread;\nflush;\nstart replica sql_thread;\nstart replica io_thread;\n',
    ],
    [
      '-c restart-replica-statements -i 10.0.0.1:11',
      'stop replica io_thread;\nstop replica sql_thread;\nstart replica sql_thread;\nstart replica io_thread;\n',
    ],
    ['-c get-candidate-replica -i 10.0.0.1:1', '10.0.0.1:11\n'],
    ['-c tags -i 10.0.0.1:11', 'role=backup\n'],
    ['-c tag-value -i 10.0.0.1:11 -tag role', 'backup\n'],
    ['-c tag-value -i 10.0.0.1:11 -tag other', ''],
    ['-c tagged -tag role=backup,~other', '10.0.0.1:11\n'],
    ['-c tag -i 10.0.0.1:11 -tag a=b', '10.0.0.1:11\n'],
    ['-c untag -i 10.0.0.1:11 -tag role', '10.0.0.1:11\n'],
    ['-c untag-all -tag role', '10.0.0.1:11\n'],
    ['-c begin-maintenance -i 10.0.0.1:11 -reason x', '10.0.0.1:11\n'],
    ['-c end-maintenance -i 10.0.0.1:11', '10.0.0.1:11\n'],
    ['-c in-maintenance -i 10.0.0.1:11', ''],
    ['-c register-candidate -i 10.0.0.1:11', '10.0.0.1:11\n'],
    ['-c bulk-promotion-rules', ''],
    ['-c register-hostname-unresolve -i 10.0.0.1:11 -hostname vip', '10.0.0.1:11\n'],
    ['-c deregister-hostname-unresolve -i 10.0.0.1:11', '10.0.0.1:11\n'],
    ['-c failover-readiness -alias shop', READINESS_TEXT],
    ['-c graceful-master-takeover -alias shop -d 10.0.0.1:11', '10.0.0.1:11\n{bin.000003 42 0}\n'],
    ['-c graceful-master-takeover-auto -i 10.0.0.1:1', '10.0.0.1:11\n{bin.000003 42 0}\n'],
    ['-c force-master-failover -i 10.0.0.1:1', '10.0.0.1:11\n'],
    ['-c force-master-takeover -alias shop -d 10.0.0.1:12', '10.0.0.1:12\n'],
    ['-c dump-config', '{"Debug":false}\n'],
    ['cli -c clusters', `${CLUSTER}\n`],
    ['-c clusters cli', `${CLUSTER}\n`],
  ];
  for (const [argv, out] of golden) {
    test(argv, async () => {
      const result = await run(argv.split(' '));
      expect(result.err).toBe('');
      expect(result.out).toBe(out);
      expect(result.code).toBe(0);
    });
  }

  test('the trees', async () => {
    const { out } = await run(['-c', 'topology', '-i', '10.0.0.1:13']);
    expect(out).toBe(
      [
        '10.0.0.1:1       [0s,ok,8.4.6,rw,ROW,>>,GTID]',
        '+ 10.0.0.1:11    [0s,ok,8.4.6,ro,ROW,>>,GTID]',
        '+ 10.0.0.1:12    [0s,ok,8.4.6,ro,ROW,>>,GTID]',
        '  + 10.0.0.1:13  [0s,ok,8.4.6,ro,ROW,>>,GTID]',
        '',
      ]
        .join('\n')
        .replaceAll(/ {2}\[/g, ' ['),
    );
    expect((await run(['-c', 'topology-tabulated', '-alias', 'shop'])).out).toContain('+ 10.0.0.1:11  |0s|ok|');
    expect((await run(['-c', 'topology-tags', '-alias', 'shop'])).out).toContain('] [role=backup]\n');
  });

  test('a tree of some servers only', async () => {
    const portsOf = async (pattern: string) => {
      const { out } = await run(['-c', 'topology', '-alias', 'shop', '-pattern', pattern]);
      return [...out.matchAll(/10\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port));
    };
    expect(await portsOf(':13$')).toEqual([1, 12, 13]);
    expect(await portsOf('elsewhere')).toEqual([]);
    const broken = await run(['-c', 'topology', '-alias', 'shop', '-pattern', '(']);
    expect(broken.err).toContain('"(" is not a regular expression');
  });

  test('every command of the table is called here', () => {
    const called = new Set(golden.map(([argv]) => /-c (\S+)/.exec(argv)?.[1]));
    const trees = ['topology', 'topology-tabulated', 'topology-tags'];
    expect(
      COMMANDS.map((command) => command.name).filter((name) => !called.has(name) && !trees.includes(name)),
    ).toEqual([]);
  });
});

describe('failures: one line on standard error, exit code 1', () => {
  const TAKE_IN = '; -c all-instances lists the known servers, -c discover -i host:port takes one in';
  const failing: readonly (readonly [argv: string, message: string])[] = [
    ['-c which-instance -i 10.0.0.1:9', `Instance not found: 10.0.0.1:9${TAKE_IN}`],
    ['-c which-instance', 'Cannot deduce instance: name one with -i host[:port]'],
    ['-c search -i 1010', 'No pattern given'],
    ['-c forget -i 10.0.0.1:9', `${DAY} ERROR ForgetInstance(): instance 10.0.0.1:9 not found${TAKE_IN}`],
    [
      '-c which-cluster -alias nosuch',
      `${DAY} ERROR Unable to determine cluster name. clusterHint=nosuch; -c clusters-alias lists the known clusters, -c discover -i host:port takes a server in`,
    ],
    ['-c begin-downtime -i 10.0.0.1:1', '--reason option required'],
    ['-c ack-all-recoveries', '--reason option required (comment your ack)'],
    ['-c relocate-x -s a -d b', '-s and -d are synonyms, yet both were specified; give only one'],
    ['-c discover -i 10.0.0.1:9', 'dial tcp 10.0.0.1:9: connect: connection refused'],
    ['cli', 'No command given; write -c <command>'],
    ['-c relocate -i 10.0.0.1:13', 'Cannot deduce destination: name it with -d host[:port]'],
    ['-c kill-query -i 10.0.0.1:13', 'This command needs -process <id>'],
    ['-c kill-query -i 10.0.0.1:13 -process x', '"x" makes no sense here; write -process <id>'],
    ['-c tag -i 10.0.0.1:13', 'NewTag: empty tag name; write -tag name or -tag name=value'],
    ['-c locate-gtid-errant -i 10.0.0.1:11', `${DAY} ERROR locate-errant-gtid: no errant-gtid on 10.0.0.1:11`],
    ['-c last-pseudo-gtid -i 10.0.0.1:12', 'PseudoGTIDPattern not configured; cannot use Pseudo-GTID'],
    ['-c begin-maintenance -i 10.0.0.1:13', '--reason option required'],
    ['-c get-candidate-replica -i 10.0.0.1:13', 'No replicas found for 10.0.0.1:13'],
    ['-c regroup-replicas -i 10.0.0.1:13', 'No replicas found for 10.0.0.1:13'],
    ['-c regroup-replicas -i 10.0.0.1:13 --dry-run', 'No replicas found for 10.0.0.1:13'],
    ['-c regroup-replicas-gtid -i 10.0.0.1:13', 'No replicas found for 10.0.0.1:13'],
    ['-c finish-operation -uid op-2', 'there is no unfinished operation op-2'],
  ];
  test('with --stack the line is followed by where it comes from', async () => {
    const { code, err } = await run(['-c', 'which-instance', '-i', '10.0.0.1:9', '--stack']);
    expect(code).toBe(1);
    expect(err).toMatch(/^\S+ \S+ FATAL Instance not found: 10\.0\.0\.1:9; .*\n( +at .*\n)+$/);
  });
  for (const [argv, message] of failing) {
    test(argv, async () => {
      const result = await run(argv.split(' '));
      expect(result.err).toBe(`${DAY} FATAL ${message}\n`);
      expect(result.out).toBe('');
      expect(result.code).toBe(1);
    });
  }

  test('a downtime of a server that nobody knows begins, and the doubt is told', async () => {
    const words = '-c begin-downtime --reason=x --owner=me -i'.split(' ');
    const unknown = await run([...words, '10.0.0.1:9']);
    expect([unknown.code, unknown.out]).toEqual([0, '10.0.0.1:9\n']);
    expect(unknown.err).toMatch(/^10\.0\.0\.1:9 is not known; .*\n$/);
    expect((await run([...words, '10.0.0.1:11'])).err).toBe('');
  });

  test('an unknown command lists the known ones and guesses', async () => {
    const result = await run(['-c', 'toplogy']);
    expect(result.code).toBe(1);
    expect(result.err).toMatch(
      /FATAL Unknown command: "toplogy"\. Did you mean "topology"\? Available commands \(-c\):\n/,
    );
    expect(result.err).toContain('which-cluster-master');
    expect(result.started).toEqual([]);
  });

  test('what is opened is closed, also after a failure', async () => {
    expect((await run(['-c', 'which-instance', '-i', '10.0.0.1:9'])).orchestrator.closed).toBe(true);
    expect((await run(['-c', 'clusters'])).orchestrator.closed).toBe(true);
  });

  test('only commands that ask a server, or change something, open more than the reading side', async () => {
    const asking = COMMANDS.filter(({ needs, ...command }) => needs === 'orchestrator' && !('dryRun' in command));
    expect(asking.map(({ name }) => name)).toEqual([
      'unfinished-operations',
      'last-pseudo-gtid',
      'locate-gtid-errant',
      'last-executed-relay-entry',
      'correlate-relaylog-pos',
      'find-binlog-entry',
      'correlate-binlog-pos',
      'master-pos-wait',
      'can-replicate-from',
      'can-replicate-from-gtid',
      'which-gtid-errant',
      'get-candidate-replica',
      'failover-readiness',
      'internal-suggest-promoted-replacement',
    ]);
    for (const { name } of COMMANDS.filter(({ needs }) => needs === 'reading'))
      expect((await run(['-c', name, '-i', '10.0.0.1:11', '-pattern', 'x', '-tag', 'role'])).started, name).toEqual([
        'config',
        'open reading',
      ]);
  });

  test('bad configuration ends it before anything is opened', async () => {
    const result = await run(['-c', 'clusters'], undefined, {
      loadConfig: async () => {
        throw new OrchestratorError('bad-config', 'Debug: expected true or false');
      },
    });
    expect([result.code, result.err]).toEqual([1, `${DAY} FATAL Debug: expected true or false\n`]);
    expect(result.started).toEqual([]);
  });

  test('with RaftEnabled commands are refused, unless one insists', async () => {
    const refused = await run(['-c', 'clusters'], undefined, { raftEnabled: true });
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('orchestrator-client');
    expect((await run(['-c', 'clusters', '--ignore-raft-setup'], undefined, { raftEnabled: true })).code).toBe(0);
  });
});

describe('recover', () => {
  test('not attempted: nothing on standard output, exit code 0, the reason beside it', async () => {
    const result = await run(['-c', 'recover', '-i', '10.0.0.1:1'], (fake) => {
      fake.outcome = { kind: 'not-attempted', reason: 'it is healthy', refusal: null };
    });
    expect([result.code, result.out, result.err]).toEqual([0, '', 'Recovery not attempted: it is healthy\n']);
  });

  test('not attempted, since the candidate is refused: exit code 1', async () => {
    const refusal = {
      kind: 'refusal',
      purpose: '',
      clusterName: 'c',
      reason: 'it is no replica',
      objections: [],
    } as const;
    const result = await run(['-c', 'recover', '-i', '10.0.0.1:1', '-d', '10.0.0.1:13'], (fake) => {
      fake.outcome = { kind: 'not-attempted', reason: refusal.reason, refusal };
    });
    expect([result.code, result.out]).toEqual([1, '']);
    expect(result.err).toContain('Recovery not attempted: it is no replica');
  });

  test('failed: exit code 1', async () => {
    const result = await run(['-c', 'recover', '-i', '10.0.0.1:1'], (fake) => {
      fake.outcome = { kind: 'failed', uid: 'u', reason: 'nobody can follow' };
    });
    expect(result.code).toBe(1);
    expect(result.err).toContain('Recovery of 10.0.0.1:1 failed: nobody can follow');
  });

  test('a dry run prints the plan, or who refused, and does nothing', async () => {
    for (const flag of ['--dry-run', '-noop']) {
      const plan = await run(['-c', 'recover', '-i', '10.0.0.1:1', flag]);
      expect(plan.code).toBe(0);
      expect(plan.out).toBe(
        [
          `Plan to replace dead primary 10.0.0.1:1 (cluster ${CLUSTER}); nothing was changed`,
          '  because: 10.0.0.1:11 has received most',
          'promote:',
          '  10.0.0.1:11  forget-source (no way back): it becomes the primary',
          '',
        ].join('\n'),
      );
      expect(plan.orchestrator.calls).toEqual([]);
    }
    const refusal = await run(['-c', 'recover', '-i', '10.0.0.1:11', '--dry-run']);
    expect(refusal.code).toBe(1);
    expect(refusal.err).toContain(
      'Refused to replace 10.0.0.1:11: 10.0.0.1:11 is not a primary\n  10.0.0.1:11: it follows',
    );
  });

  test('analysis names verdict and structure', async () => {
    const stopped = { receiver: 'stopped', applier: 'stopped' } as const;
    const { out } = await run(['-c', 'replication-analysis'], (fake) => {
      fake.records[3] = inventServer(13, { source: 12, cluster: CLUSTER, alias: ALIAS, depth: 2, ...stopped });
    });
    expect(out).toBe(`10.0.0.1:12 (cluster ${CLUSTER}): AllIntermediateMasterReplicasNotReplicating\n`);
  });
});

describe('words and flags', () => {
  test('http starts the server with the flags, before or after the word', async () => {
    for (const argv of [
      ['-debug', 'http'],
      ['http', '--debug'],
      ['--debug=true', 'http'],
      ['http', '-debug=1'],
    ]) {
      const result = await run([...argv, '-config', '/etc/x.json', '-discovery=false']);
      expect(result.started).toEqual(['http']);
      expect(result.flags).toMatchObject({ debug: true, config: '/etc/x.json', discovery: false, verbose: false });
    }
  });

  test('a word after http, as of --discovery false or a file without --config, is not passed over in silence', async () => {
    const { started, err } = await run(['http', '--discovery', 'false']);
    expect(started).toEqual(['http']);
    expect(err).toMatch(/^"false" is ignored: .*--name=false.*--config <file>\.\n$/);
    expect((await run(['http'])).err).toBe('');
  });

  test('nothing but the introduction without arguments; version and help start nothing', async () => {
    for (const [argv, text] of [
      [[], 'orchestrator -c <command>'],
      [['--version'], '1.2.3\nabc\n'],
      [['help'], 'which-cluster-master'],
      [['--help'], '-promotion-rule'],
      [['-h'], '-promotion-rule'],
      [['help', 'recover'], 'Usage: orchestrator -c recover'],
      [['-c', 'help'], 'which-cluster-master'],
    ] as const) {
      const result = await run(argv);
      expect(result.out).toContain(text);
      expect([result.code, result.err, result.started]).toEqual([0, '', []]);
    }
  });

  test('unknown words and topics', async () => {
    const word = await run(['topology']);
    expect(word.code).toBe(1);
    expect(word.err).toContain('orchestrator -c topology');
    const topic = await run(['help', 'recovr']);
    expect(topic.code).toBe(1);
    expect(topic.err).toContain('Did you mean "recover"?');
  });

  test('flags that make no sense: exit code 2', async () => {
    for (const [argv, message] of [
      [
        ['-c', 'clusters', '--promotion-rul', 'x'],
        'flag provided but not defined: -promotion-rul; did you mean -promotion-rule?',
      ],
      [['-c'], 'flag needs an argument: -c'],
      [['-debug=maybe'], 'invalid boolean value "maybe" for -debug'],
    ] as const) {
      const result = await run(argv);
      expect(result.code).toBe(2);
      expect(result.err).toContain(message);
    }
  });

  test('values may look like flags or hold anything', async () => {
    const result = await run([
      '-c',
      'begin-downtime',
      '-i',
      '10.0.0.1:1',
      '-reason',
      '-x = "é"',
      '--owner=a=b',
      '-duration',
      '1h',
    ]);
    expect(result.orchestrator.calls).toEqual(['begin-downtime 10.0.0.1:1 a=b -x = "é" 3600']);
  });
});

test('docs/cli.md is what the tables say (npx vitest run test/contract/cli.test.ts -u writes it)', async () => {
  await expect(cliDocs(COMMANDS, CLIENT_COMMANDS)).toMatchFileSnapshot('../../docs/cli.md');
});

test('names of commands are used once', () => {
  const names = COMMANDS.flatMap((command) => [command.name, ...command.synonyms]);
  expect(new Set(names).size).toBe(names.length);
  const clientNames = CLIENT_COMMANDS.map((command) => command.name);
  expect(new Set(clientNames).size).toBe(clientNames.length);
});
