import type { ServerCommand } from '../model/command.ts';
import { OrchestratorError } from '../model/error.ts';
import type { Instance } from '../model/instance.ts';
import { formatKey } from '../model/instance-key.ts';
import { isAtLeast, isOracleFamily } from '../model/version.ts';
import { renderChangeSource, renderDelay, renderSourceAccount, renderUseRelayLog } from './change-source.ts';
import { literal } from './literal.ts';
import { plain, type RenderedStatement } from './rendered-statement.ts';
import { canChangeReceiverAlone, hasChannels, hasOfflineMode, hasSuperReadOnly, wordsOf } from './words.ts';

/** What rendering needs to know of a server. */
export type CommandTarget = Pick<Instance, 'key' | 'version' | 'replication' | 'otherChannels' | 'group' | 'semiSync'>;

/**
 * The statements of one command in the words of one server, in the order in which they must be sent. On a server with
 * several channels only the default one is meant.
 *
 * `open-sessions`, `kill-client-sessions` and `kill-log-holder` give one line for people: what is sent depends on who is connected.
 * @throws OrchestratorError `unsupported-command` when the server has no such feature.
 */
export function renderCommand(target: CommandTarget, command: ServerCommand): readonly RenderedStatement[] {
  const { version } = target;
  const { replica, source } = wordsOf(version);
  const channel = channelClause(target);
  const thread = (verb: 'START' | 'STOP', name: '' | ' IO_THREAD' | ' SQL_THREAD'): readonly RenderedStatement[] => [
    plain(`${verb} ${replica}${channel.before}${name}${channel.after}`),
  ];
  switch (command.kind) {
    case 'start-receiver':
      return thread('START', ' IO_THREAD');
    case 'stop-receiver':
      return thread('STOP', ' IO_THREAD');
    case 'start-applier':
      return thread('START', ' SQL_THREAD');
    case 'stop-applier':
      return thread('STOP', ' SQL_THREAD');
    case 'start-replication':
      return thread('START', '');
    case 'start-until': {
      if (command.coordinates === undefined) throw missingPlace(target, command.kind);
      const { file, position } = command.coordinates;
      const until = `UNTIL ${source}_LOG_FILE=${literal(file)}, ${source}_LOG_POS=${position}`;
      return [plain(`START ${replica}${channel.before} ${until}${channel.after}`)];
    }
    case 'change-source':
      if (command.receiverOnly && !canChangeReceiverAlone(version)) {
        throw unsupported(
          target,
          're-pointing the receiver while the applier runs',
          'stop and drain the applier first',
        );
      }
      return [
        renderChangeSource(version, command, target.replication?.profile.heartbeatPeriodSeconds ?? null, channel),
      ];
    case 'use-relay-log':
      if (version.flavour !== 'mariadb') throw unsupported(target, 'another positioning for its relay log', 'start it');
      if (command.coordinates === undefined) throw missingPlace(target, command.kind);
      return [renderUseRelayLog(version, command.positioning, command.coordinates, target.replication, channel)];
    case 'forget-source':
      return [plain(`RESET ${replica}${channel.before} ALL${channel.after}`)];
    case 'set-delay':
      return [renderDelay(version, command.seconds, target.replication?.profile ?? null, channel)];
    case 'set-read-only':
      return [plain(readOnlyStatement(target, command.readOnly, command.withSuper))];
    case 'keep-read-only':
      return [plain('SET GLOBAL read_only=1')];
    case 'lift-super-read-only':
      if (!hasSuperReadOnly(version)) throw unsupported(target, 'super_read_only', 'MySQL 5.7.8 or later has it');
      return [plain('SET GLOBAL super_read_only=0')];
    case 'set-offline-mode':
      if (!hasOfflineMode(version)) throw unsupported(target, 'offline_mode', 'MySQL 5.7 or later has it');
      return [plain(`SET GLOBAL offline_mode=${command.offline ? 1 : 0}`)];
    case 'set-semi-sync':
      return [plain(semiSyncStatement(target, command.side, command.enabled))];
    case 'set-source-account':
      return [renderSourceAccount(version, command.credentials, target.replication?.profile ?? null, channel)];
    case 'reset-binary-logs':
      return [plain(wordsOf(version).resetBinaryLogs)];
    case 'set-purged-gtid':
      return [plain(`SET GLOBAL gtid_purged=${literal(command.gtid)}`)];
    case 'hold-read-lock':
      return [plain('FLUSH TABLES WITH READ LOCK')];
    case 'release-read-lock':
      return [plain('UNLOCK TABLES')];
    case 'set-replica-position':
      if (version.flavour !== 'mariadb') throw unsupported(target, 'gtid_slave_pos', 'only MariaDB has it');
      return [plain(`SET GLOBAL gtid_slave_pos=${literal(command.gtid)}`)];
    case 'inject-empty':
      return emptyTransactions(command.gtids);
    case 'skip-transaction':
      return skipStatements(target);
    case 'kill-query':
      return [plain(`KILL QUERY ${command.processId}`)];
    case 'flush-binary-logs':
      return [plain('FLUSH BINARY LOGS')];
    case 'purge-binary-logs':
      return [plain(`PURGE BINARY LOGS TO ${literal(command.file)}`)];
    case 'open-sessions':
      return [plain(`log in ${command.count === 1 ? 'once' : `${command.count} times`} ahead`)];
    case 'kill-client-sessions':
      return [plain('KILL every session of a client (not of replication, the system or ourselves)')];
    case 'kill-log-holder':
      return [
        plain('KILL the session whose commit waits for a semi-sync acknowledgement and holds the log, if there is one'),
      ];
  }
}

/** How the channel is named: MySQL behind the statement, MariaDB behind the verb; nothing where there is only one. */
function channelClause(target: CommandTarget): { readonly before: string; readonly after: string } {
  const name = target.replication?.channel ?? '';
  if (!isOracleFamily(target.version)) return { before: name === '' ? '' : ` ${literal(name)}`, after: '' };
  const isOnlyOne = name === '' && target.otherChannels.length === 0 && target.group === null;
  return { before: '', after: hasChannels(target.version) && !isOnlyOne ? ` FOR CHANNEL ${literal(name)}` : '' };
}

/** Setting super_read_only=1 sets read_only too, and clearing read_only clears both (MySQL reference, server variables). */
function readOnlyStatement(target: CommandTarget, readOnly: boolean, withSuper: boolean): string {
  if (!withSuper || !hasSuperReadOnly(target.version)) return `SET GLOBAL read_only=${readOnly ? 1 : 0}`;
  return readOnly ? 'SET GLOBAL super_read_only=1' : 'SET GLOBAL super_read_only=0, GLOBAL read_only=0';
}

/** MariaDB counts for the connection that the session names; it is the default one again afterwards, since sessions are kept. */
function skipStatements({ version, replication }: CommandTarget): readonly RenderedStatement[] {
  const skip = plain(`SET GLOBAL ${wordsOf(version).skipCounter}=1`);
  const name = replication?.channel ?? '';
  if (version.flavour !== 'mariadb' || name === '') return [skip];
  const choose = (connection: string): RenderedStatement =>
    plain(`SET SESSION default_master_connection=${literal(connection)}`);
  return [choose(name), skip, choose('')];
}

/** On one session: GTID_NEXT must be given back, else the session could commit nothing else. */
const emptyTransactions = (gtids: readonly string[]): readonly RenderedStatement[] => [
  ...gtids.flatMap((gtid) => [plain(`SET GTID_NEXT=${literal(gtid)}`), plain('BEGIN'), plain('COMMIT')]),
  plain("SET GTID_NEXT='AUTOMATIC'"),
];

function missingPlace(target: CommandTarget, kind: string): OrchestratorError {
  const server = formatKey(target.key);
  return new OrchestratorError('missing-coordinates', `${kind} of ${server} needs coordinates`, {
    details: { server },
  });
}

function semiSyncStatement(target: CommandTarget, side: 'source' | 'replica', enabled: boolean): string {
  const { semiSync } = target;
  if (!semiSync.available) throw unsupported(target, 'semi-synchronous replication', 'install its plugins first');
  const isNew = side === 'source' ? semiSync.sourceWordsNew : semiSync.replicaWordsNew;
  const word = side === 'source' ? (isNew ? 'source' : 'master') : isNew ? 'replica' : 'slave';
  return `SET GLOBAL rpl_semi_sync_${word}_enabled=${enabled ? 1 : 0}`;
}

function unsupported(target: CommandTarget, feature: string, remedy: string): OrchestratorError {
  return new OrchestratorError(
    'unsupported-command',
    `${formatKey(target.key)} (${target.version.text}) does not offer ${feature}; ${remedy}`,
    { details: { server: formatKey(target.key), version: target.version.text } },
  );
}

/** True where sessions of the applier's workers can be found and killed (performance_schema of MySQL 5.7 and later). */
export const hasWorkerThreads = (target: Pick<Instance, 'version'>): boolean =>
  isOracleFamily(target.version) && isAtLeast(target.version, 5, 7);
