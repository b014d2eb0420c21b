import type { Flavour } from './flavour.ts';
import type { Binaries } from './servers/binaries.ts';

/** Semi-synchronous replication of a topology; where the flavour has no plugins the lab refuses to start. */
export interface SemiSyncSettings {
  /** How long a commit waits for an acknowledgement before going on without; default 10 000 ms, as the servers have it. */
  readonly timeoutMs?: number;
}

export interface ServerArgsInput {
  readonly flavour: Flavour;
  readonly folderArgs: readonly string[];
  readonly serverDir: string;
  readonly dataDir: string;
  /** Where the server listens. */
  readonly listenPort: number;
  /** Where the others are told to find it; its server id too. */
  readonly reportPort: number;
  readonly gtid: boolean;
  readonly durable: boolean;
  readonly isReplica: boolean;
  readonly superReadOnly: boolean;
  readonly semiSync: SemiSyncSettings | null;
  /** Further arguments, after all others so that they win. */
  readonly settings: readonly string[];
}

/** Arguments every server of the lab gets, also the one that makes the data folder. */
export function commonArgs(
  flavour: Flavour,
  binaries: Pick<Binaries, 'folderArgs'>,
  serverDir: string,
): readonly string[] {
  const small = {
    'mysql-9.7': ['--innodb-redo-log-capacity=16M', '--mysqlx=OFF'],
    'mysql-5.6': ['--innodb-log-file-size=8M', '--explicit-defaults-for-timestamp'],
    'mariadb-10.11': ['--innodb-log-file-size=8M'],
  }[flavour];
  return [
    '--no-defaults',
    ...(process.getuid?.() === 0 ? ['--user=root'] : []),
    ...binaries.folderArgs,
    `--tmpdir=${serverDir}/tmp`,
    `--socket=${serverDir}/s`,
    `--pid-file=${serverDir}/mysqld.pid`,
    '--innodb-buffer-pool-size=32M',
    // The kernel allows only so many asynchronous requests in all; many small servers would exhaust them.
    '--innodb-use-native-aio=0',
    '--skip-name-resolve',
    // Neither written nor missed: a crash test restarts cold anyway.
    '--innodb-buffer-pool-dump-at-shutdown=OFF',
    '--innodb-buffer-pool-load-at-startup=OFF',
    ...small,
  ];
}

/**
 * All arguments of one server of a topology, after the program itself. Replication settings are those of a careful
 * production set-up; durability is relaxed unless asked for, because the lab kills processes, not machines.
 */
export function serverArgs(input: ServerArgsInput): readonly string[] {
  return [
    ...commonArgs(input.flavour, input, input.serverDir),
    `--datadir=${input.dataDir}`,
    `--log-error=${input.serverDir}/error.log`,
    '--bind-address=127.0.0.1',
    `--port=${input.listenPort}`,
    `--server-id=${input.reportPort}`,
    '--report-host=127.0.0.1',
    `--report-port=${input.reportPort}`,
    '--log-bin=mysql-bin',
    '--relay-log=relay-bin',
    ...flavourArgs(input),
    ...(input.durable
      ? ['--sync-binlog=1', '--innodb-flush-log-at-trx-commit=1']
      : ['--sync-binlog=0', '--innodb-flush-log-at-trx-commit=2', '--innodb-doublewrite=OFF']),
    ...semiSyncArgs(input),
    ...(input.isReplica ? readOnlyArgs(input.flavour, input.superReadOnly) : []),
    ...input.settings,
  ];
}

/** Arguments that start a server closed for writes; `superToo` closes it for privileged users where that exists. */
export function readOnlyArgs(flavour: Flavour, superToo: boolean): readonly string[] {
  return ['--read-only=1', ...(flavour === 'mysql-9.7' && superToo ? ['--super-read-only=1'] : [])];
}

/** Arguments that start a server open for writes, whatever its usual arguments say. */
export function writableArgs(flavour: Flavour): readonly string[] {
  return ['--read-only=0', ...(flavour === 'mysql-9.7' ? ['--super-read-only=0'] : [])];
}

function flavourArgs({ flavour, gtid }: ServerArgsInput): readonly string[] {
  const mode = gtid ? 'ON' : 'OFF';
  const mysqlGtid = [`--gtid-mode=${mode}`, `--enforce-gtid-consistency=${mode}`, '--relay-log-recovery=ON'];
  switch (flavour) {
    case 'mysql-9.7':
      // performance_schema is on (worker ids come from there) but small: 300 MB a server instead of 550.
      return [...mysqlGtid, '--log-replica-updates=ON', '--performance-schema=ON', ...SMALL_PERFORMANCE_SCHEMA];
    case 'mysql-5.6':
      return [
        ...mysqlGtid,
        '--log-slave-updates',
        '--binlog-format=ROW',
        '--master-info-repository=TABLE',
        '--relay-log-info-repository=TABLE',
        '--performance-schema=OFF',
      ];
    case 'mariadb-10.11':
      return ['--log-slave-updates', '--binlog-format=ROW', '--performance-schema=OFF'];
  }
}

const SMALL_PERFORMANCE_SCHEMA: readonly string[] = [
  '--table-open-cache=200',
  '--table-definition-cache=400',
  '--performance-schema-digests-size=200',
  '--performance-schema-error-size=10',
  '--performance-schema-events-statements-history-long-size=100',
  '--performance-schema-events-stages-history-long-size=100',
  '--performance-schema-events-transactions-history-long-size=100',
  '--performance-schema-events-waits-history-long-size=100',
  '--performance-schema-max-memory-classes=0',
];

function semiSyncArgs({ flavour, semiSync, isReplica }: ServerArgsInput): readonly string[] {
  if (semiSync === null) return [];
  const timeoutMs = semiSync.timeoutMs ?? 10_000;
  if (flavour === 'mysql-9.7') {
    return [
      '--plugin-load-add=semisync_source.so',
      '--plugin-load-add=semisync_replica.so',
      `--loose-rpl-semi-sync-source-timeout=${timeoutMs}`,
      isReplica ? '--loose-rpl-semi-sync-replica-enabled=1' : '--loose-rpl-semi-sync-source-enabled=1',
    ];
  }
  return [
    `--rpl-semi-sync-master-timeout=${timeoutMs}`,
    // As MySQL does by default: nobody sees a row that only its primary has.
    '--rpl-semi-sync-master-wait-point=AFTER_SYNC',
    isReplica ? '--rpl-semi-sync-slave-enabled=1' : '--rpl-semi-sync-master-enabled=1',
  ];
}
