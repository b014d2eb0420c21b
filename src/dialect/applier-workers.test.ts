import { describe, expect, it } from 'vitest';
import { parseVersion } from '../model/version.ts';
import { busyWorkersSql, hasBusyWorkers } from './applier-workers.ts';
import { readChannel } from './read-replication.ts';

const sql = (version: string, performanceSchema = true): string | null =>
  busyWorkersSql({ version: parseVersion(version), performanceSchema });

describe('workers of a multi-threaded applier', () => {
  it('are looked up where the server has a table of them, else in the process list, and only if there are any', () => {
    expect(sql('9.7.4')).toContain('replication_applier_status_by_worker');
    expect(sql('5.7.44')).toContain('replication_applier_status_by_worker');
    expect(sql('9.7.4', false)).toContain('@@global.replica_parallel_workers > 0');
    expect(sql('5.6.24', false)).toContain('@@global.slave_parallel_workers > 0');
    expect(sql('10.11.18-MariaDB', false)).toContain('@@global.slave_parallel_threads > 0');
    expect(sql('5.5.62')).toBeNull();
  });

  it('count for their own channel, and for all where the server does not tell the channel', () => {
    expect(hasBusyWorkers([{ channel: '', busy: '2' }], '')).toBe(true);
    expect(hasBusyWorkers([{ channel: 'other', busy: '2' }], '')).toBe(false);
    expect(hasBusyWorkers([{ channel: null, busy: '1' }], 'any')).toBe(true);
    expect(hasBusyWorkers([{ channel: null, busy: '0' }], '')).toBe(false);
    expect(hasBusyWorkers([], '')).toBe(false);
  });

  it('keep an applier from having read all while they execute', () => {
    const row = { Replica_SQL_Running_State: 'Replica has read all relay log; waiting for more updates' };
    const read = (busy: string): boolean =>
      readChannel(row, { connectionRows: [], heartbeatPeriodSeconds: null, workerRows: [{ channel: '', busy }] })
        .applierHasReadAll;
    expect(read('1')).toBe(false);
    expect(read('0')).toBe(true);
  });
});
