import { describe, expect, it } from 'vitest';
import { instanceOf } from '../model/testing/instances.ts';
import { parseVersion } from '../model/version.ts';
import { fullProbe, type ProbePart, replicationProbe } from './probe-statements.ts';

const sqlOf = (version: string, part: ProbePart, performanceSchema = true): string | undefined =>
  fullProbe({ version: parseVersion(version), performanceSchema }).find((statement) => statement.part === part)?.sql;

const NO_SEMI_SYNC = { ...instanceOf('a:1').semiSync, available: false };

describe('the statements of a probe', () => {
  it.each([
    ['5.6.24', 'SHOW SLAVE STATUS', 'SHOW MASTER STATUS', 'SHOW SLAVE HOSTS'],
    ['5.7.44', 'SHOW SLAVE STATUS', 'SHOW MASTER STATUS', 'SHOW SLAVE HOSTS'],
    ['8.0.21', 'SHOW SLAVE STATUS', 'SHOW MASTER STATUS', 'SHOW SLAVE HOSTS'],
    ['8.0.4', 'SHOW SLAVE STATUS', 'SHOW MASTER STATUS', 'SHOW SLAVE HOSTS'],
    ['8.0.34', 'SHOW REPLICA STATUS', 'SHOW MASTER STATUS', 'SHOW REPLICAS'],
    ['8.1.0', 'SHOW REPLICA STATUS', 'SHOW MASTER STATUS', 'SHOW REPLICAS'],
    ['8.4.3', 'SHOW REPLICA STATUS', 'SHOW BINARY LOG STATUS', 'SHOW REPLICAS'],
    ['9.7.4', 'SHOW REPLICA STATUS', 'SHOW BINARY LOG STATUS', 'SHOW REPLICAS'],
    ['10.11.18-MariaDB', 'SHOW ALL SLAVES STATUS', 'SHOW MASTER STATUS', 'SHOW SLAVE HOSTS'],
    ['5.5.5-11.4.2-MariaDB', 'SHOW ALL SLAVES STATUS', 'SHOW MASTER STATUS', 'SHOW SLAVE HOSTS'],
  ])('%s', (version, replication, ownPosition, replicas) => {
    expect(sqlOf(version, 'replication')).toBe(replication);
    expect(sqlOf(version, 'ownPosition')).toBe(ownPosition);
    expect(sqlOf(version, 'reportedReplicas')).toBe(replicas);
  });

  it('asks for variables that the version has, compared as numbers', () => {
    expect(sqlOf('5.6.24', 'identity')).not.toContain('super_read_only');
    expect(sqlOf('5.7.44', 'identity')).toContain('super_read_only');
    expect(sqlOf('8.0.25', 'identity')).toContain('log_slave_updates');
    expect(sqlOf('8.0.26', 'identity')).toContain('log_replica_updates');
    const mariadb = sqlOf('11.4.2-MariaDB', 'identity');
    expect(mariadb).toContain('gtid_slave_pos');
    expect(mariadb).not.toMatch(/server_uuid|super_read_only|gtid_executed/);
  });

  it('leaves performance_schema alone where there is none, or none worth asking', () => {
    expect(sqlOf('9.7.4', 'dumpSessions')).toContain('performance_schema.processlist');
    expect(sqlOf('9.7.4', 'dumpSessions', false)).toContain('information_schema.processlist');
    expect(sqlOf('8.0.21', 'dumpSessions')).toContain('information_schema.processlist');
    expect(sqlOf('9.7.4', 'groupMembers', false)).toBeUndefined();
    expect(sqlOf('5.7.44', 'groupMembers')).toBeUndefined();
    expect(sqlOf('10.11.18-MariaDB', 'groupMembers')).toBeUndefined();
  });

  it('asks little in a quick probe, and each statement is one statement', () => {
    for (const version of ['5.6.24', '8.0.34', '9.7.4', '10.11.18-MariaDB']) {
      const probeClass = { version: parseVersion(version), performanceSchema: true };
      expect(replicationProbe(probeClass, NO_SEMI_SYNC).map((statement) => statement.part)).toEqual([
        'identity',
        'replication',
        'ownPosition',
        'busyWorkers',
      ]);
      for (const { sql } of fullProbe(probeClass)) expect(sql).not.toContain(';');
    }
  });

  it('asks whether semi-sync is on, too, where there is semi-sync, under the names it has there', () => {
    const probeClass = { version: parseVersion('8.0.34'), performanceSchema: true };
    const asked = (sourceWordsNew: boolean, replicaWordsNew: boolean) =>
      replicationProbe(probeClass, { ...NO_SEMI_SYNC, available: true, sourceWordsNew, replicaWordsNew }).find(
        ({ part }) => part === 'semiSyncSwitches',
      )?.sql;
    expect(asked(true, true)).toBe(
      'SELECT @@global.rpl_semi_sync_source_enabled AS source_enabled, @@global.rpl_semi_sync_replica_enabled AS replica_enabled',
    );
    expect(asked(false, true)).toContain('rpl_semi_sync_master_enabled');
    expect(asked(true, false)).toContain('rpl_semi_sync_slave_enabled');
  });
});
