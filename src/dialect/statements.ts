import type { ServerCommand } from '../model/command.ts';
import { OrchestratorError } from '../model/error.ts';
import type { Instance } from '../model/instance.ts';
import { formatKey } from '../model/instance-key.ts';
import { isAtLeast, isOracleFamily } from '../model/version.ts';
import { renderChangeSource } from './change-source.ts';
import { literal } from './literal.ts';
import { plain, type RenderedStatement } from './rendered-statement.ts';
import { canChangeReceiverAlone, hasChannels, hasOfflineMode, hasSuperReadOnly, wordsOf } from './words.ts';

/** What rendering needs to know of a server. */
export type CommandTarget = Pick<Instance, 'key' | 'version' | 'replication' | 'otherChannels' | 'group' | 'semiSync'>;

/**
 * The statements of one command in the words of one server, in the order in which they must be sent. On a server with
 * several channels only the default one is meant.
 *
 * `kill-client-sessions` gives one line for people; its statements depend on who is connected (mysql/kill-clients.ts).
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
    case 'forget-source':
      return [plain(`RESET ${replica}${channel.before} ALL${channel.after}`)];
    case 'set-delay':
      return [
        plain(
          `${wordsOf(version).changeSource}${channel.before} TO ${source}_DELAY=${command.seconds}${channel.after}`,
        ),
      ];
    case 'set-read-only':
      return [plain(readOnlyStatement(target, command.readOnly, command.withSuper))];
    case 'set-offline-mode':
      if (!hasOfflineMode(version)) throw unsupported(target, 'offline_mode', 'MySQL 5.7 or later has it');
      return [plain(`SET GLOBAL offline_mode=${command.offline ? 1 : 0}`)];
    case 'set-semi-sync':
      return [plain(semiSyncStatement(target, command.side, command.enabled))];
    case 'kill-client-sessions':
      return [plain('KILL every session of a client (not of replication, the system or ourselves)')];
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
