import { describe, expect, it } from 'vitest';
import mariadb1011 from './fixtures/mariadb-1011.json' with { type: 'json' };
import mysql56 from './fixtures/mysql-56.json' with { type: 'json' };
import mysql97 from './fixtures/mysql-97.json' with { type: 'json' };
import { type Extras, isSameServer, type ProbeRows, readInstance, readQuickInstance } from './read-instance.ts';
import type { Row } from './row.ts';

// Captured from real servers: 9.7.4 and MariaDB 10.11.18 with semi-sync, 5.6.24 without; primary at 21001, replica at 21002.
const CAPTURED = { 'mysql-9.7': mysql97, 'mysql-5.6': mysql56, 'mariadb-10.11': mariadb1011 } as const;
const PRIMARY = { hostname: '127.0.0.1', port: 21001 };
const REPLICA = { hostname: '127.0.0.1', port: 21002 };

const EXTRAS: Extras = {
  classification: {
    instanceAlias: 'one',
    dataCenter: 'dc1',
    region: '',
    physicalEnvironment: '',
    suggestedClusterAlias: '',
    clusterDomain: '',
    semiSyncPriority: 0,
    promotionRule: null,
  },
  lagSeconds: null,
  lastLagSeconds: null,
  pseudoGtid: false,
  hasCredentialsQuery: false,
};

const read = (rows: unknown, key = REPLICA, previous: ReturnType<typeof readInstance> | null = null) =>
  readInstance(rows as ProbeRows, EXTRAS, { key, latencyMs: 3, previous });

const rowsOf = (rows: unknown): ProbeRows => rows as ProbeRows;
/** The captured rows with columns of the first row of one part replaced. */
const changed = (rows: unknown, part: keyof ProbeRows, columns: Row): ProbeRows => {
  const before = rowsOf(rows)[part]?.[0] ?? {};
  return { ...rowsOf(rows), [part]: [{ ...before, ...columns }] };
};

describe.each(Object.entries(CAPTURED))('%s', (flavour, captured) => {
  it('reads a primary', () => {
    const primary = read(captured.primary, PRIMARY);
    expect(primary).toMatchObject({
      key: PRIMARY,
      serverId: 21001,
      reportHost: '127.0.0.1',
      isReadOnly: false,
      binlogEnabled: true,
      binlogFormat: 'ROW',
      binlogRowImage: 'FULL',
      logsReplicaUpdates: true,
      ownCoordinates: { kind: 'binlog', file: 'mysql-bin.000001' },
      replication: null,
      otherChannels: [],
      attachedReplicas: [REPLICA],
      lagSeconds: null,
      group: null,
    });
    expect(primary.isSuperReadOnly).toBe(flavour === 'mysql-9.7' ? false : null);
    expect(primary.serverUuid === null).toBe(flavour === 'mariadb-10.11');
    expect(primary.supportsOracleGtid).toBe(flavour !== 'mariadb-10.11');
    expect(primary.executedGtid).toMatch(flavour === 'mariadb-10.11' ? /^0-21001-\d+$/ : /^[0-9a-f-]{36}:1(-\d+)?$/);
  });

  it('reads a replica that follows it', () => {
    const replica = read(captured.replica);
    const primary = read(captured.primary, PRIMARY);
    expect(replica.replication).toMatchObject({
      channel: '',
      source: PRIMARY,
      configuredSource: PRIMARY,
      sourceServerId: 21001,
      sourceUuid: primary.serverUuid,
      receiver: { state: 'running', errorNumber: 0, errorText: '' },
      applier: { state: 'running', errorNumber: 0, errorText: '' },
      applierHasReadAll: true,
      positioning: flavour === 'mariadb-10.11' ? 'mariadb-slave-pos' : 'oracle-auto',
      receivedGtid: primary.executedGtid,
      secondsBehind: 0,
      delaySeconds: 0,
      hasFilters: false,
      profile: { user: 'repl', connectRetrySeconds: 1, heartbeatPeriodSeconds: 1 },
    });
    expect(replica.executedGtid).toBe(primary.executedGtid);
    expect(replica.hasReplicationCredentials).toBe(true);
    expect(replica.replicationCredentialsAvailable).toBe(flavour !== 'mariadb-10.11');
    expect(replica.isReadOnly).toBe(true);
    expect(replica.lagSeconds).toBe(0);
  });

  it('reads a receiver that cannot connect, with its error number', () => {
    const orphan = read({ ...captured.replica, replication: captured.orphanReplication });
    expect(orphan.replication?.receiver.state).toBe('other');
    expect(orphan.replication?.receiver.errorNumber).toBe(2003);
    expect(orphan.replication?.receiver.errorText).toMatch(/error (re)?connecting to (master|source)/i);
    expect(orphan.replication?.applier.state).toBe('running');
    expect(orphan.replication?.secondsBehind).toBeNull();
    expect(orphan.lagSeconds).toBeNull();
  });

  it('reads quickly on top of the last reading: what it did not ask stands, what it asked is new', () => {
    const full = read(captured.replica);
    const { identity, ownPosition } = rowsOf(captured.replica);
    const rows = { identity, ownPosition, replication: captured.orphanReplication } as ProbeRows;
    expect(isSameServer(rows, full)).toBe(true);
    const quick = readQuickInstance(rows, full, { key: REPLICA, latencyMs: 1, hasLagQuery: false });
    expect(quick).toEqual({
      ...read({ ...captured.replica, replication: captured.orphanReplication }),
      lastLagSeconds: full.lagSeconds,
      latencyMs: 1,
    });
    expect(isSameServer(changed(rows, 'identity', { server_id: '7' }), full)).toBe(false);
    expect(isSameServer(changed(rows, 'identity', { version: '10.0.0' }), full)).toBe(false);
  });

  it('keeps the last lag that was told for as long as none is, and no longer', () => {
    const context = { key: REPLICA, latencyMs: 1, hasLagQuery: false };
    const { identity, replication } = rowsOf(captured.replica);
    const orphaned = { identity, replication: captured.orphanReplication } as ProbeRows;
    const late = { ...read(captured.replica), lagSeconds: 1800 };
    const quick = readQuickInstance(orphaned, late, context);
    expect(quick).toMatchObject({ lagSeconds: null, lastLagSeconds: 1800 });
    const full = read({ ...captured.replica, replication: captured.orphanReplication }, REPLICA, quick);
    expect(readQuickInstance(orphaned, full, context)).toMatchObject({ lagSeconds: null, lastLagSeconds: 1800 });
    expect(readQuickInstance({ identity, replication } as ProbeRows, full, context)).not.toHaveProperty(
      'lastLagSeconds',
    );
    const forgotten = readQuickInstance({ identity, replication: [] } as ProbeRows, full, context);
    expect(forgotten).not.toHaveProperty('lastLagSeconds');
  });

  it('reads quickly whether semi-sync is on', () => {
    const full = read(captured.replica);
    const { identity, replication } = rowsOf(captured.replica);
    const semiSyncSwitches = [{ source_enabled: '1', replica_enabled: '0' }];
    const rows = { identity, replication, semiSyncSwitches } as unknown as ProbeRows;
    const quick = readQuickInstance(rows, full, { key: REPLICA, latencyMs: 1, hasLagQuery: false });
    expect(quick.semiSync).toEqual({ ...full.semiSync, sourceEnabled: true, replicaEnabled: false });
  });

  it('never blanks what a refused statement could not read, but for the end of its log, which is another by now', () => {
    const full = read(captured.primary, PRIMARY);
    const { identity, replication } = rowsOf(captured.primary);
    const bare = read({ identity, replication }, PRIMARY, full);
    const { replicationCredentialsAvailable } = full;
    expect({ ...bare, replicationCredentialsAvailable }).toEqual({ ...full, ownCoordinates: null });
    expect(full.ownCoordinates).not.toBeNull();
  });
});

describe('details', () => {
  it('reads semi-sync in both generations of names', () => {
    expect(read(mysql97.primary, PRIMARY).semiSync).toEqual({
      available: true,
      sourceEnabled: true,
      replicaEnabled: false,
      sourceActive: true,
      replicaActive: false,
      sourceTimeoutMs: 10_000,
      waitForReplicaCount: 1,
      connectedReplicas: 1,
      waitingCommits: 0,
      sourceWordsNew: true,
      replicaWordsNew: true,
    });
    expect(read(mariadb1011.primary, PRIMARY).semiSync).toMatchObject({
      available: true,
      sourceEnabled: true,
      sourceActive: true,
      connectedReplicas: 1,
      waitingCommits: 0,
      sourceWordsNew: false,
    });
    expect(read(mysql56.primary, PRIMARY).semiSync.available).toBe(false);
  });

  it('takes replicas from the process list, with its own port, when none reported itself', () => {
    const rows = {
      ...mysql97.primary,
      reportedReplicas: [],
      dumpSessions: [{ host: '10.0.0.7:4711' }, { host: '10.0.0.7:4712' }, { host: 'fe80::1:99' }],
    };
    expect(read(rows, PRIMARY).attachedReplicas).toEqual([
      { hostname: '10.0.0.7', port: 21001 },
      { hostname: 'fe80::1', port: 21001 },
    ]);
    const unnamed = { ...rows, reportedReplicas: [{ Server_Id: '2', Host: '', Port: '3306' }] };
    expect(read(unnamed, PRIMARY)).toMatchObject({ attachedReplicas: { length: 2 }, guessedReplicas: [] });
  });

  it('guesses from the process list where some replicas reported themselves and some did not', () => {
    const reported = { Server_Id: '2', Host: 'db2', Port: '3306' };
    const rows = {
      ...mysql97.primary,
      reportedReplicas: [reported, { Server_Id: '3', Host: '', Port: '3306' }],
      dumpSessions: [{ host: 'db2:4711' }, { host: '10.0.0.2:4712' }, { host: '10.0.0.3:4713' }],
    };
    const { attachedReplicas, guessedReplicas } = read(rows, PRIMARY);
    expect(attachedReplicas).toEqual([{ hostname: 'db2', port: 3306 }]);
    expect(guessedReplicas).toEqual(['10.0.0.2', '10.0.0.3'].map((hostname) => ({ hostname, port: 21001 })));
    expect(read({ ...rows, reportedReplicas: [reported] }, PRIMARY).guessedReplicas).toEqual([]);
    const list = { Server_Id: '3', Host: '10.0.0.2,192.168.0.2', Port: '3306' };
    expect(read({ ...rows, reportedReplicas: [reported, list] }, PRIMARY).guessedReplicas).toEqual(guessedReplicas);
    expect(read({ ...rows, reportedReplicas: [list] }, PRIMARY).guessedReplicas).toHaveLength(3);
  });

  it('keeps the default channel apart from named ones and ignores those of group replication', () => {
    const row = mysql97.replica.replication[0] as Row;
    const rows = {
      ...mysql97.replica,
      replication: [
        { ...row, Channel_Name: 'reports', Source_Port: '5555' },
        { ...row, Channel_Name: 'group_replication_applier', Source_Host: '<NULL>' },
        row,
      ],
    };
    const replica = read(rows);
    expect(replica.replication?.channel).toBe('');
    expect(replica.otherChannels.map((channel) => channel.channel)).toEqual(['reports']);
    expect(read({ ...rows, replication: [rows.replication[0]] }).replication?.channel).toBe('reports');
  });

  it('takes gtid_slave_pos on a MariaDB replica and gtid_current_pos elsewhere', () => {
    const positions = { gtid_slave_pos: '0-1-5', gtid_current_pos: '0-2-9', gtid_binlog_pos: '0-2-9' };
    expect(read(changed(mariadb1011.replica, 'identity', positions)).executedGtid).toBe('0-1-5');
    expect(read(changed(mariadb1011.primary, 'identity', positions)).executedGtid).toBe('0-2-9');
    const fresh = { ...positions, gtid_current_pos: '' };
    expect(read(changed(mariadb1011.primary, 'identity', fresh)).executedGtid).toBe('0-2-9');
  });

  it('joins GTID sets that the server broke into lines', () => {
    const rows = changed(mysql97.primary, 'identity', { gtid_executed: 'aa:1-5,\nbb:1-7' });
    expect(read(rows, PRIMARY).executedGtid).toBe('aa:1-5,bb:1-7');
  });

  it('reads a member of a single-primary group and its primary', () => {
    const uuid = read(mysql97.primary, PRIMARY).serverUuid;
    const member = (id: string | null, host: string, role: string, state = 'ONLINE') => ({
      id,
      host,
      port: '3306',
      role,
      state,
    });
    const rows = {
      ...mysql97.primary,
      groupMembers: [member('x', 'a', 'PRIMARY'), member(uuid, 'b', 'SECONDARY'), member('y', 'c', '', 'OFFLINE')],
      groupVariables: [
        { VARIABLE_NAME: 'group_replication_group_name', VARIABLE_VALUE: 'g' },
        { VARIABLE_NAME: 'group_replication_single_primary_mode', VARIABLE_VALUE: 'ON' },
      ],
    };
    expect(read(rows, PRIMARY).group).toEqual({
      groupName: 'g',
      isSinglePrimary: true,
      memberState: 'ONLINE',
      memberRole: 'SECONDARY',
      members: [{ hostname: 'a', port: 3306 }],
      primary: { hostname: 'a', port: 3306 },
      uuids: { members: ['x'], primary: 'x' },
    });
    expect(read({ ...rows, groupMembers: [member(null, '', '', 'OFFLINE')] }, PRIMARY).group).toBeNull();
  });

  it.each([
    'Slave has read all relay log; waiting for the slave I/O thread to update it',
    'Slave has read all relay log; waiting for more updates',
    'Replica has read all relay log; waiting for more updates',
  ])('knows "%s"', (state) => {
    expect(
      read(changed(mysql97.replica, 'replication', { Replica_SQL_Running_State: state })).replication
        ?.applierHasReadAll,
    ).toBe(true);
  });

  it('does not take another state for having read all', () => {
    const rows = changed(mysql97.replica, 'replication', {
      Replica_SQL_Running_State: 'Reading event from the relay log',
    });
    expect(read(rows).replication?.applierHasReadAll).toBe(false);
  });

  it('prefers the answer of the lag query, and sees filters and delay', () => {
    const rows = changed(mysql97.replica, 'replication', {
      Replicate_Do_DB: 'a',
      SQL_Delay: '3600',
      Seconds_Behind_Source: '12',
    });
    const replica = read(rows);
    expect(replica.replication).toMatchObject({ hasFilters: true, delaySeconds: 3600, secondsBehind: 12 });
    expect(replica.lagSeconds).toBe(12);
    expect(
      readInstance(rows, { ...EXTRAS, lagSeconds: 1 }, { key: REPLICA, latencyMs: 1, previous: null }).lagSeconds,
    ).toBe(1);
  });
});
