import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { COLUMNS_WRITTEN, insertRow, type RowFacts } from './backend-rows.ts';
import { makeWorkplace, openSqlite, type Workplace } from './program-support.ts';

const CONNECT_ERROR = 'error reconnecting to master repl@testhost:0 - retry-time: 1 retries: 1';

/** A primary at `port`, and replicas behind it at the next ports. */
const cluster = (port: number, primary: Partial<RowFacts>, ...replicas: readonly Partial<RowFacts>[]): RowFacts[] => [
  { port, cluster: port, ...primary },
  ...replicas.map((facts, index) => ({ port: port + 1 + index, cluster: port, source: port, ...facts })),
];

const CUT = 'FirstTierReplicaFailingToConnectToMaster';
const DEAD = { isSeen: false } as const;
const CUT_OFF = { receiver: false, ioError: CONNECT_ERROR } as const;
const semiSync = (clients: number) => ({
  semi_sync_available: '1',
  semi_sync_master_enabled: '1',
  semi_sync_master_status: '1',
  semi_sync_master_wait_for_slave_count: '2',
  semi_sync_master_clients: String(clients),
});
const stale = (port: number, position: number, ago: string): string =>
  `INSERT INTO database_instance_stale_binlog_coordinates (hostname, port, binary_log_file, binary_log_pos, first_seen)
   VALUES ('testhost', ${port}, 'mysql-bin.000167', ${position}, datetime('now', '${ago}'))`;

interface Case {
  /** What `replication-analysis` says of each server that has anything to be said of. */
  readonly expected: Readonly<Record<number, string>>;
  readonly rows: readonly RowFacts[];
  readonly also?: readonly string[];
}

const CASES: Readonly<Record<string, Case>> = {
  'all is well': { rows: cluster(100, {}, {}, {}), expected: {} },
  DeadMaster: { rows: cluster(200, DEAD, CUT_OFF, CUT_OFF), expected: { 200: 'DeadMaster', 201: CUT, 202: CUT } },
  UnreachableMaster: { rows: cluster(300, DEAD, {}, {}), expected: { 300: 'UnreachableMaster' } },
  'a check that got half way, replicas well': {
    rows: cluster(350, { ...DEAD, isPartial: true }, {}, {}),
    expected: {},
  },
  DeadMasterAndSomeReplicas: {
    rows: cluster(400, DEAD, CUT_OFF, DEAD),
    expected: { 400: 'DeadMasterAndSomeReplicas', 401: CUT },
  },
  AllMasterReplicasNotReplicating: {
    rows: cluster(500, {}, { receiver: false }, { applier: false }),
    expected: { 500: 'AllMasterReplicasNotReplicating' },
  },
  DeadIntermediateMaster: {
    rows: [
      ...cluster(600, {}, DEAD, {}),
      { port: 610, cluster: 600, source: 601, depth: 2, ...CUT_OFF },
      { port: 611, cluster: 600, source: 601, depth: 2, ...CUT_OFF },
    ],
    expected: { 601: 'DeadIntermediateMaster' },
  },
  MasterSingleReplicaDead: { rows: cluster(700, {}, DEAD), expected: { 700: 'MasterSingleReplicaDead' } },
  LockedSemiSyncMaster: {
    rows: cluster(800, { also: semiSync(1) }, {}, {}),
    also: [stale(800, 137086726, '-2 minute')],
    expected: { 800: 'LockedSemiSyncMaster' },
  },
  'semi-sync, coordinates stand still, though not for long': {
    rows: cluster(820, { also: semiSync(1) }, {}, {}),
    also: [stale(820, 137086726, '-1 second')],
    expected: { 820: 'LockedSemiSyncMasterHypothesis' },
  },
  'semi-sync, coordinates have moved since': {
    rows: cluster(840, { also: semiSync(1) }, {}, {}),
    also: [stale(840, 99, '-2 minute')],
    expected: { 840: 'LockedSemiSyncMasterHypothesis' },
  },
  'semi-sync, enough replicas': {
    rows: cluster(860, { also: semiSync(2) }, {}, {}),
    also: [stale(860, 137086726, '-2 minute')],
    expected: {},
  },
  NoFailoverSupportStructureWarning: {
    rows: cluster(900, { hasGtid: false }, { hasGtid: false }, { hasGtid: false }),
    expected: { 900: 'NoFailoverSupportStructureWarning' },
  },
  ErrantGTIDStructureWarning: {
    rows: cluster(950, {}, { also: { gtid_errant: "'00020192-1111-1111-1111-111111111111:21'" } }, {}),
    expected: { 950: 'ErrantGTIDStructureWarning' },
  },
  'dead, but downtimed': {
    rows: cluster(1000, DEAD, CUT_OFF, CUT_OFF),
    also: [
      `INSERT INTO database_instance_downtime (hostname, port, downtime_active, begin_timestamp, end_timestamp, owner, reason)
       VALUES ('testhost', 1000, 1, datetime('now'), datetime('now', '+1 hour'), 'dba', 'test')`,
    ],
    expected: { 1001: CUT, 1002: CUT },
  },
  'dead, but in maintenance': {
    rows: cluster(1100, DEAD, CUT_OFF, CUT_OFF),
    also: [
      `INSERT INTO database_instance_maintenance (hostname, port, maintenance_active, begin_timestamp, end_timestamp, owner, reason)
       VALUES ('testhost', 1100, 1, datetime('now'), datetime('now', '+1 hour'), 'dba', 'test')`,
    ],
    expected: { 1101: CUT, 1102: CUT },
  },
};

describe('rows that scripts wrote into database_instance', () => {
  let workplace: Workplace;
  beforeAll(async () => {
    workplace = makeWorkplace({ ReasonableLockedSemiSyncMasterSeconds: 10 });
    // Any command makes the schema.
    expect(await workplace.cli('-c', 'clusters')).toMatchObject({ exitCode: 0, stdout: '' });
  });
  afterAll(() => workplace?.remove());

  test('name 64 of the 78 columns', () => {
    expect(COLUMNS_WRITTEN).toBe(64);
  });

  test('give the analysis that they always gave: `-c replication-analysis`', async () => {
    const database = await openSqlite(workplace.sqliteFile);
    try {
      for (const { rows, also = [] } of Object.values(CASES))
        for (const sql of [...rows.map(insertRow), ...also]) database.exec(sql);
    } finally {
      database.close();
    }
    const { stdout, stderr, exitCode } = await workplace.cli('-c', 'replication-analysis');
    expect(exitCode, stderr).toBe(0);
    const said = new Map(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => /^testhost:(\d+) \(cluster testhost:(\d+)\): (.+)$/.exec(line))
        .map((match) => [Number(match?.[1]), match?.[3] ?? '']),
    );
    for (const [name, { rows, expected }] of Object.entries(CASES)) {
      const ofCase = Object.fromEntries(
        rows.flatMap(({ port }) => (said.has(port) ? [[port, said.get(port)] as const] : [])),
      );
      expect.soft(ofCase, name).toEqual(expected);
    }
  });
});
