import { describe, expect, it } from 'vitest';
import type { ServerCommand } from '../model/command.ts';
import { OrchestratorError } from '../model/error.ts';
import { Secret } from '../model/secret.ts';
import { parseVersion } from '../model/version.ts';
import mysql97 from './fixtures/mysql-97.json' with { type: 'json' };
import { type ProbeRows, readInstance } from './read-instance.ts';
import { type CommandTarget, renderCommand } from './statements.ts';

const SERVERS = {
  '5.6': parseVersion('5.6.24-log', 'MySQL Community Server (GPL)'),
  '5.7': parseVersion('5.7.44-log', 'MySQL Community Server (GPL)'),
  '8.0.21': parseVersion('8.0.21', 'MySQL Community Server - GPL'),
  '8.0.22': parseVersion('8.0.22', 'MySQL Community Server - GPL'),
  '8.0.34': parseVersion('8.0.34', 'MySQL Community Server - GPL'),
  'percona-8.0': parseVersion('8.0.34-26', 'Percona Server (GPL), Release 26'),
  '8.4': parseVersion('8.4.3', 'MySQL Community Server - GPL'),
  '9.7': parseVersion('9.7.4-2', '(Debian)'),
  'mariadb-10.11': parseVersion('10.11.18-MariaDB-log', 'Debian 12'),
  'mariadb-11.4': parseVersion('11.4.2-MariaDB', 'mariadb.org binary distribution'),
} as const;
type ServerName = keyof typeof SERVERS;
const ALL = Object.keys(SERVERS) as readonly ServerName[];

const base = readInstance(
  mysql97.replica as ProbeRows,
  {
    classification: {
      instanceAlias: '',
      dataCenter: '',
      region: '',
      physicalEnvironment: '',
      suggestedClusterAlias: '',
      clusterDomain: '',
      semiSyncPriority: 0,
      promotionRule: null,
    },
    lagSeconds: null,
    pseudoGtid: false,
    lastLagSeconds: null,
    hasCredentialsQuery: false,
  },
  { key: { hostname: 'db2', port: 3306 }, latencyMs: 1, previous: null },
);

const target = (name: ServerName, change: Partial<CommandTarget> = {}): CommandTarget => ({
  ...base,
  version: SERVERS[name],
  ...change,
});
const sqlOf = (name: ServerName, command: ServerCommand, change: Partial<CommandTarget> = {}): readonly string[] =>
  renderCommand(target(name, change), command).map((statement) => statement.sql);

/** The same text for a group of servers, every server in exactly one group. */
type Expectation = readonly (readonly [readonly ServerName[], string])[];
const OLD: readonly ServerName[] = ['5.6', '5.7', '8.0.21', 'mariadb-10.11', 'mariadb-11.4'];
const NEW: readonly ServerName[] = ['8.0.22', '8.0.34', 'percona-8.0', '8.4', '9.7'];

const changeSource = (change: Partial<Extract<ServerCommand, { kind: 'change-source' }>> = {}): ServerCommand => ({
  kind: 'change-source',
  source: { hostname: 'db1', port: 3307 },
  receiverOnly: false,
  positioning: null,
  credentials: null,
  ...change,
});

describe('thread control', () => {
  const cases: readonly (readonly [ServerCommand, Expectation])[] = [
    [
      { kind: 'start-receiver' },
      [
        [OLD, 'START SLAVE IO_THREAD'],
        [NEW, 'START REPLICA IO_THREAD'],
      ],
    ],
    [
      { kind: 'stop-receiver' },
      [
        [OLD, 'STOP SLAVE IO_THREAD'],
        [NEW, 'STOP REPLICA IO_THREAD'],
      ],
    ],
    [
      { kind: 'start-applier' },
      [
        [OLD, 'START SLAVE SQL_THREAD'],
        [NEW, 'START REPLICA SQL_THREAD'],
      ],
    ],
    [
      { kind: 'stop-applier' },
      [
        [OLD, 'STOP SLAVE SQL_THREAD'],
        [NEW, 'STOP REPLICA SQL_THREAD'],
      ],
    ],
    [
      { kind: 'start-replication' },
      [
        [OLD, 'START SLAVE'],
        [NEW, 'START REPLICA'],
      ],
    ],
    [
      { kind: 'start-until', coordinates: { kind: 'binlog', file: 'bin.000007', position: 4711 } },
      [
        [
          ['5.6', '5.7', '8.0.21', 'mariadb-10.11', 'mariadb-11.4'],
          "START SLAVE UNTIL MASTER_LOG_FILE='bin.000007', MASTER_LOG_POS=4711",
        ],
        [['8.0.22'], "START REPLICA UNTIL MASTER_LOG_FILE='bin.000007', MASTER_LOG_POS=4711"],
        [
          ['8.0.34', 'percona-8.0', '8.4', '9.7'],
          "START REPLICA UNTIL SOURCE_LOG_FILE='bin.000007', SOURCE_LOG_POS=4711",
        ],
      ],
    ],
    [
      { kind: 'skip-transaction' },
      [
        [['5.6', '5.7', '8.0.21', '8.0.22', 'mariadb-10.11', 'mariadb-11.4'], 'SET GLOBAL sql_slave_skip_counter=1'],
        [['8.0.34', 'percona-8.0', '8.4', '9.7'], 'SET GLOBAL sql_replica_skip_counter=1'],
      ],
    ],
    [
      { kind: 'reset-binary-logs' },
      [
        [['5.6', '5.7', '8.0.21', '8.0.22', '8.0.34', 'percona-8.0', 'mariadb-10.11', 'mariadb-11.4'], 'RESET MASTER'],
        [['8.4', '9.7'], 'RESET BINARY LOGS AND GTIDS'],
      ],
    ],
    [{ kind: 'set-purged-gtid', gtid: 'u:1-3' }, [[ALL, "SET GLOBAL gtid_purged='u:1-3'"]]],
    [{ kind: 'kill-query', processId: 17 }, [[ALL, 'KILL QUERY 17']]],
    [{ kind: 'open-sessions', count: 1 }, [[ALL, 'log in once ahead']]],
    [{ kind: 'open-sessions', count: 3 }, [[ALL, 'log in 3 times ahead']]],
    [{ kind: 'flush-binary-logs' }, [[ALL, 'FLUSH BINARY LOGS']]],
    [{ kind: 'purge-binary-logs', file: "b'in.000003" }, [[ALL, "PURGE BINARY LOGS TO 'b''in.000003'"]]],
    [
      { kind: 'forget-source' },
      [
        [OLD, 'RESET SLAVE ALL'],
        [NEW, 'RESET REPLICA ALL'],
      ],
    ],
  ];
  it.each(cases.map(([command, expectation]) => [command.kind, command, expectation] as const))(
    '%s in the words of every version',
    (_kind, command, expectation) => {
      for (const [names, sql] of expectation) {
        for (const name of names) expect([name, sqlOf(name, command)]).toEqual([name, [sql]]);
      }
      expect(expectation.flatMap(([names]) => names).sort()).toEqual([...ALL].sort());
    },
  );

  it('names the default channel only where there are others beside it', () => {
    const replication = base.replication;
    if (replication === null) throw new Error('the fixture is a replica');
    const other = { ...replication, channel: 'from-b' };
    expect(sqlOf('8.4', { kind: 'forget-source' }, { otherChannels: [other] })).toEqual([
      "RESET REPLICA ALL FOR CHANNEL ''",
    ]);
    expect(sqlOf('8.4', { kind: 'stop-receiver' }, { replication: other })).toEqual([
      "STOP REPLICA IO_THREAD FOR CHANNEL 'from-b'",
    ]);
    expect(sqlOf('mariadb-10.11', { kind: 'forget-source' }, { otherChannels: [other] })).toEqual(['RESET SLAVE ALL']);
    expect(sqlOf('mariadb-10.11', { kind: 'stop-receiver' }, { replication: other })).toEqual([
      "STOP SLAVE 'from-b' IO_THREAD",
    ]);
    expect(sqlOf('5.6', { kind: 'stop-receiver' }, { otherChannels: [other] })).toEqual(['STOP SLAVE IO_THREAD']);
    const until = { kind: 'start-until', coordinates: { kind: 'binlog', file: 'b.1', position: 4 } } as const;
    expect(sqlOf('8.4', until, { replication: other })).toEqual([
      "START REPLICA UNTIL SOURCE_LOG_FILE='b.1', SOURCE_LOG_POS=4 FOR CHANNEL 'from-b'",
    ]);
    expect(sqlOf('mariadb-10.11', until, { replication: other })).toEqual([
      "START SLAVE 'from-b' UNTIL MASTER_LOG_FILE='b.1', MASTER_LOG_POS=4",
    ]);
    // MariaDB counts for the connection that the session names.
    expect(sqlOf('mariadb-10.11', { kind: 'skip-transaction' }, { replication: other })).toEqual([
      "SET SESSION default_master_connection='from-b'",
      'SET GLOBAL sql_slave_skip_counter=1',
      "SET SESSION default_master_connection=''",
    ]);
  });

  it('needs the place to which a replica shall go', () => {
    expect(() => sqlOf('9.7', { kind: 'start-until' })).toThrow(/start-until of db2:3306 needs coordinates/);
  });

  it('commits an empty transaction per GTID on one session, and gives GTID_NEXT back', () => {
    expect(sqlOf('5.7', { kind: 'inject-empty', gtids: ['u:5', 'u:tag:7'] })).toEqual([
      "SET GTID_NEXT='u:5'",
      'BEGIN',
      'COMMIT',
      "SET GTID_NEXT='u:tag:7'",
      'BEGIN',
      'COMMIT',
      "SET GTID_NEXT='AUTOMATIC'",
    ]);
  });
});

describe('change-source', () => {
  it('says SOURCE from 8.0.23 on and MASTER before and on MariaDB, and repeats the heartbeat period', () => {
    const master = "CHANGE MASTER TO MASTER_HOST='db1', MASTER_PORT=3307, MASTER_HEARTBEAT_PERIOD=1";
    const source = "CHANGE REPLICATION SOURCE TO SOURCE_HOST='db1', SOURCE_PORT=3307, SOURCE_HEARTBEAT_PERIOD=1";
    for (const name of ['8.0.34', 'percona-8.0', '8.4', '9.7'] as const) {
      expect([name, sqlOf(name, changeSource())]).toEqual([name, [source]]);
    }
    for (const name of ['5.6', '5.7', '8.0.21', '8.0.22', 'mariadb-10.11', 'mariadb-11.4'] as const) {
      expect([name, sqlOf(name, changeSource())]).toEqual([name, [master]]);
    }
  });

  it('positions in the way that was asked for', () => {
    expect(sqlOf('9.7', changeSource({ positioning: 'oracle-auto' }))[0]).toContain('SOURCE_AUTO_POSITION=1');
    expect(sqlOf('5.7', changeSource({ positioning: 'oracle-auto' }))[0]).toContain('MASTER_AUTO_POSITION=1');
    expect(sqlOf('mariadb-11.4', changeSource({ positioning: 'mariadb-slave-pos' }))[0]).toContain(
      'MASTER_USE_GTID=slave_pos',
    );
    const coordinates = { kind: 'binlog', file: 'bin.000007', position: 4711 } as const;
    expect(sqlOf('8.4', changeSource({ positioning: 'coordinates', coordinates }))[0]).toMatch(
      /SOURCE_AUTO_POSITION=0, SOURCE_LOG_FILE='bin\.000007', SOURCE_LOG_POS=4711$/,
    );
    expect(sqlOf('mariadb-10.11', changeSource({ positioning: 'coordinates', coordinates }))[0]).toMatch(
      /MASTER_USE_GTID=no, MASTER_LOG_FILE='bin\.000007', MASTER_LOG_POS=4711$/,
    );
  });

  it('touches nothing but the receiver with receiverOnly, and refuses it where the server would lose the relay log', () => {
    const command = changeSource({
      receiverOnly: true,
      positioning: 'oracle-auto',
      credentials: { user: 'repl', password: new Secret('pw') },
    });
    expect(sqlOf('9.7', command)).toEqual([
      "CHANGE REPLICATION SOURCE TO SOURCE_HOST='db1', SOURCE_PORT=3307, SOURCE_HEARTBEAT_PERIOD=1",
    ]);
    for (const name of ['5.6', 'mariadb-10.11', 'mariadb-11.4'] as const) {
      expect(() => sqlOf(name, command)).toThrow(OrchestratorError);
      expect(() => sqlOf(name, command)).toThrow(/db2:3306.*drain the applier first/);
    }
  });

  it('sends the password and shows ***; asks for the public key where caching_sha2_password may need it', () => {
    const credentials = { user: "o'brien", password: new Secret("p'w\\1") };
    const [statement] = renderCommand(target('9.7'), changeSource({ credentials }));
    expect(statement?.sql).toContain("SOURCE_USER='o''brien', SOURCE_PASSWORD='p''w\\\\1', GET_SOURCE_PUBLIC_KEY=1");
    expect(statement?.shownAs).toContain("SOURCE_USER='o''brien', SOURCE_PASSWORD='***', GET_SOURCE_PUBLIC_KEY=1");
    expect(statement?.shownAs).not.toContain('w');
    expect(sqlOf('8.0.21', changeSource({ credentials }))[0]).toContain('GET_MASTER_PUBLIC_KEY=1');
    for (const name of ['5.6', '5.7', 'mariadb-10.11'] as const) {
      expect(sqlOf(name, changeSource({ credentials }))[0]).not.toContain('PUBLIC_KEY');
    }
  });

  it('takes over a whole connection profile', () => {
    const profile = {
      user: 'repl',
      connectRetrySeconds: 5,
      heartbeatPeriodSeconds: 2.5,
      tlsAllowed: true,
      tlsCaFile: '/etc/ca.pem',
      tlsCaPath: '',
      tlsCert: '',
      tlsCipher: '',
      tlsCrlFile: '',
      tlsCrlPath: '',
      tlsKey: '',
      tlsVerifyServerCert: true,
      tlsVersion: 'TLSv1.3',
      tlsCiphersuites: 'TLS_AES_128_GCM_SHA256',
      publicKeyPath: '',
      getPublicKey: false,
    };
    expect(sqlOf('9.7', changeSource({ profile }))[0]).toBe(
      "CHANGE REPLICATION SOURCE TO SOURCE_HOST='db1', SOURCE_PORT=3307, SOURCE_HEARTBEAT_PERIOD=2.5, SOURCE_CONNECT_RETRY=5, SOURCE_SSL=1, SOURCE_SSL_CA='/etc/ca.pem', SOURCE_SSL_VERIFY_SERVER_CERT=1, SOURCE_TLS_VERSION='TLSv1.3', SOURCE_TLS_CIPHERSUITES='TLS_AES_128_GCM_SHA256', GET_SOURCE_PUBLIC_KEY=0",
    );
    expect(sqlOf('mariadb-10.11', changeSource({ profile }))[0]).toBe(
      "CHANGE MASTER TO MASTER_HOST='db1', MASTER_PORT=3307, MASTER_HEARTBEAT_PERIOD=2.5, MASTER_CONNECT_RETRY=5, MASTER_SSL=1, MASTER_SSL_CA='/etc/ca.pem', MASTER_SSL_VERIFY_SERVER_CERT=1",
    );
  });

  it('sets a delay; repeats the heartbeat period where it would be lost, and only there: beside a receiver it is refused', () => {
    const set = (name: ServerName) => sqlOf(name, { kind: 'set-delay', seconds: 60 });
    for (const name of ['8.0.34', 'percona-8.0', '8.4', '9.7'] as const)
      expect([name, set(name)]).toEqual([name, ['CHANGE REPLICATION SOURCE TO SOURCE_DELAY=60']]);
    for (const name of ['5.7', '8.0.21', '8.0.22'] as const)
      expect([name, set(name)]).toEqual([name, ['CHANGE MASTER TO MASTER_DELAY=60']]);
    for (const name of ['5.6', 'mariadb-10.11', 'mariadb-11.4'] as const)
      expect([name, set(name)]).toEqual([name, ['CHANGE MASTER TO MASTER_DELAY=60, MASTER_HEARTBEAT_PERIOD=1']]);
  });

  it('keeps the relay log of MariaDB by naming the place in it', () => {
    const coordinates = { kind: 'relaylog', file: 'relay-bin.000002', position: 627 } as const;
    expect(sqlOf('mariadb-10.11', { kind: 'use-relay-log', positioning: 'coordinates', coordinates })).toEqual([
      "CHANGE MASTER TO MASTER_USE_GTID=no, RELAY_LOG_FILE='relay-bin.000002', RELAY_LOG_POS=627, MASTER_HEARTBEAT_PERIOD=1",
    ]);
    expect(
      sqlOf('mariadb-11.4', { kind: 'use-relay-log', positioning: 'mariadb-slave-pos', coordinates })[0],
    ).toContain("MASTER_USE_GTID=slave_pos, RELAY_LOG_FILE='relay-bin.000002'");
    expect(() => sqlOf('9.7', { kind: 'use-relay-log', positioning: 'coordinates', coordinates })).toThrow(
      OrchestratorError,
    );
    expect(() => sqlOf('mariadb-10.11', { kind: 'use-relay-log', positioning: 'coordinates' })).toThrow(
      /needs coordinates/,
    );
  });

  describe('the account alone', () => {
    const account: Extract<ServerCommand, { kind: 'set-source-account' }> = {
      kind: 'set-source-account',
      credentials: { user: 'repl', password: new Secret('p w') },
    };
    const replication = base.replication;
    if (replication === null) throw new Error('the fixture is a replica');
    const withProfile = (change: Partial<typeof replication.profile>): Partial<CommandTarget> => ({
      replication: { ...replication, profile: { ...replication.profile, ...change } },
    });

    it('is sent in the words of every version, with the heartbeat period, and shown without the password', () => {
      const over = withProfile({ tlsAllowed: true });
      for (const name of ALL) {
        const isNew = ['8.0.34', 'percona-8.0', '8.4', '9.7'].includes(name);
        const [verb, word] = isNew ? ['CHANGE REPLICATION SOURCE', 'SOURCE'] : ['CHANGE MASTER', 'MASTER'];
        const sql = `${verb} TO ${word}_USER='repl', ${word}_PASSWORD='p w', ${word}_HEARTBEAT_PERIOD=1`;
        expect([name, sqlOf(name, account, over)]).toEqual([name, [sql]]);
        expect(renderCommand(target(name, over), account)[0]?.shownAs).toBe(sql.replace('p w', '***'));
      }
    });

    it('brings its files for CA, certificate and key along, and turns TLS neither on nor off', () => {
      const tlsFiles = { caFile: '/ca.pem', cert: '', key: '/key.pem' };
      const command: ServerCommand = { ...account, credentials: { ...account.credentials, tlsFiles } };
      const [sql] = sqlOf('9.7', command, withProfile({ tlsAllowed: true }));
      expect(sql).toContain("SOURCE_SSL_CA='/ca.pem', SOURCE_SSL_KEY='/key.pem'");
      expect(sql).not.toMatch(/SSL=|SSL_CERT/);
    });

    it('brings its files in the place of those of the connection it takes over', () => {
      const tlsFiles = { caFile: '/new.pem', cert: '', key: '' };
      const profile = { ...replication.profile, tlsAllowed: true, tlsCaFile: '/old.pem', tlsCert: '/cert.pem' };
      const [sql] = sqlOf('9.7', changeSource({ credentials: { ...account.credentials, tlsFiles }, profile }));
      expect(sql?.match(/SOURCE_SSL_(CA|CERT)='[^']*'/g)).toEqual([
        "SOURCE_SSL_CA='/new.pem'",
        "SOURCE_SSL_CERT='/cert.pem'",
      ]);
    });

    it("asks for the source's public key where the connection has neither TLS nor a key", () => {
      const bare = withProfile({ tlsAllowed: false, publicKeyPath: '' });
      expect(sqlOf('9.7', account, bare)[0]).toContain('GET_SOURCE_PUBLIC_KEY=1');
      expect(sqlOf('8.0.21', account, bare)[0]).toContain('GET_MASTER_PUBLIC_KEY=1');
      for (const name of ['5.6', '5.7', 'mariadb-10.11', 'mariadb-11.4'] as const)
        expect(sqlOf(name, account, bare)[0]).not.toContain('PUBLIC_KEY');
      expect(sqlOf('9.7', account, withProfile({ tlsAllowed: false, publicKeyPath: '/key.pem' }))[0]).not.toContain(
        'GET_',
      );
    });
  });
});

describe('closing and opening for writes', () => {
  const WITH_SUPER: readonly ServerName[] = ['5.7', '8.0.21', '8.0.22', '8.0.34', 'percona-8.0', '8.4', '9.7'];
  it.each(ALL)('%s: super_read_only where it exists and is asked for', (name) => {
    const hasSuper = WITH_SUPER.includes(name);
    const set = (readOnly: boolean, withSuper: boolean) => sqlOf(name, { kind: 'set-read-only', readOnly, withSuper });
    expect(set(true, true)).toEqual([hasSuper ? 'SET GLOBAL super_read_only=1' : 'SET GLOBAL read_only=1']);
    expect(set(false, true)).toEqual([
      hasSuper ? 'SET GLOBAL super_read_only=0, GLOBAL read_only=0' : 'SET GLOBAL read_only=0',
    ]);
    expect(set(true, false)).toEqual(['SET GLOBAL read_only=1']);
    expect(set(false, false)).toEqual(['SET GLOBAL read_only=0']);
    const offline = () => sqlOf(name, { kind: 'set-offline-mode', offline: true });
    if (hasSuper) expect(offline()).toEqual(['SET GLOBAL offline_mode=1']);
    else expect(offline).toThrow(/does not offer offline_mode/);
  });

  it('keeps read_only on without a word of super_read_only, to see whether the account may', () => {
    for (const name of ['9.7', '5.6', 'mariadb-10.11'] as const)
      expect(sqlOf(name, { kind: 'keep-read-only' })).toEqual(['SET GLOBAL read_only=1']);
  });

  it('takes super_read_only back alone, read_only stays', () => {
    expect(sqlOf('9.7', { kind: 'lift-super-read-only' })).toEqual(['SET GLOBAL super_read_only=0']);
    expect(() => sqlOf('mariadb-10.11', { kind: 'lift-super-read-only' })).toThrow(/does not offer super_read_only/);
  });

  it('has no super_read_only before 5.7.8', () => {
    const command = { kind: 'set-read-only', readOnly: true, withSuper: true } as const;
    expect(sqlOf('5.7', command, { version: parseVersion('5.7.7-rc') })).toEqual(['SET GLOBAL read_only=1']);
  });

  it('uses the generation of semi-sync names that each side has', () => {
    const set = (side: 'source' | 'replica', sourceWordsNew: boolean, replicaWordsNew: boolean) =>
      sqlOf(
        '8.0.34',
        { kind: 'set-semi-sync', side, enabled: false },
        {
          semiSync: { ...base.semiSync, available: true, sourceWordsNew, replicaWordsNew },
        },
      );
    expect(set('source', true, false)).toEqual(['SET GLOBAL rpl_semi_sync_source_enabled=0']);
    expect(set('source', false, true)).toEqual(['SET GLOBAL rpl_semi_sync_master_enabled=0']);
    expect(set('replica', false, true)).toEqual(['SET GLOBAL rpl_semi_sync_replica_enabled=0']);
    expect(set('replica', true, false)).toEqual(['SET GLOBAL rpl_semi_sync_slave_enabled=0']);
    const absent = { semiSync: { ...base.semiSync, available: false } };
    expect(() => sqlOf('5.6', { kind: 'set-semi-sync', side: 'source', enabled: true }, absent)).toThrow(/plugins/);
  });
});
