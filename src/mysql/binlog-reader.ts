import { readBinlogEvent, readLogFile } from '../dialect/binlog-rows.ts';
import {
  applierOrderSql,
  coordinatesSql,
  eventsSql,
  IS_READ_ONLY_SQL,
  LIST_BINARY_LOGS_SQL,
} from '../dialect/binlog-statements.ts';
import { readOwnPosition } from '../dialect/read-instance.ts';
import { readChannels } from '../dialect/read-replication.ts';
import { readNumber, readSwitch } from '../dialect/row.ts';
import type { BinlogReader, LogCoordinates, LogRead, LogReadOptions, MarkerWriter } from '../engine/ports/binlog.ts';
import type { Clock } from '../engine/ports.ts';
import type { Instance } from '../model/instance.ts';
import { formatKey } from '../model/instance-key.ts';
import { createConnector } from './connector.ts';
import { createControlSessions } from './control-session.ts';
import { failed, type Outcome, ok } from './failure.ts';
import type { Session } from './session.ts';
import type { ServersSettings } from './settings.ts';
import { untilAborted } from './until-aborted.ts';

/** Reads logs of real servers and writes Pseudo-GTID entries, on control sessions of its own. */
export interface BinlogAccess extends BinlogReader, MarkerWriter {}

type Query = (sql: string, what: string) => Promise<Outcome<readonly Readonly<Record<string, string | null>>[]>>;

export function createBinlogAccess(clock: Clock, settings: ServersSettings): BinlogAccess {
  const sessions = createControlSessions(clock, createConnector(clock, settings));

  /** Runs `work` on a session; its destruction ends the statement when the caller's signal comes. */
  async function read<T>(
    instance: Instance,
    options: LogReadOptions,
    work: (query: Query) => Promise<Outcome<T>>,
  ): Promise<LogRead<T>> {
    const { deadlineMs, signal } = options;
    const startMs = clock.monotonicMs();
    const remainingMs = (): number => deadlineMs - (clock.monotonicMs() - startMs);
    const isAborted = (): boolean => signal?.aborted === true;
    if (isAborted()) return { kind: 'cancelled' };
    const reading = sessions.use<T>(instance.key, remainingMs, async (session) => {
      // Aborted while it connected: a failure other than "closed", which would begin the work again.
      if (isAborted()) return calledOff(instance);
      const abort = (): void => session.destroy();
      signal?.addEventListener('abort', abort, { once: true });
      try {
        const done = await work(queryOn(session, remainingMs));
        return isAborted() ? calledOff(instance) : done;
      } finally {
        signal?.removeEventListener('abort', abort);
      }
    });
    const outcome = await (signal === undefined ? reading : untilAborted(reading, signal));
    if (outcome === null) return { kind: 'cancelled' };
    return outcome.kind === 'ok' ? { kind: 'read', value: outcome.value } : outcome;
  }

  return {
    listLogs: (instance, options) =>
      read(instance, options, async (query) => {
        const rows = await query(LIST_BINARY_LOGS_SQL, 'list its binary logs');
        return rows.kind === 'ok' ? ok(rows.value.map(readLogFile)) : rows;
      }),
    readEvents: (instance, request, options) =>
      read(instance, options, async (query) => {
        const rows = await query(eventsSql(instance, request), `show events of ${request.file}`);
        return rows.kind === 'ok' ? ok(rows.value.map(readBinlogEvent)) : rows;
      }),
    readCoordinates: (instance, options) => read(instance, options, (query) => readCoordinates(instance, query)),
    readApplierOrder: (instance, options) =>
      read(instance, options, async (query) => {
        const sql = applierOrderSql(instance.version);
        if (sql === null) return ok('in-order');
        const rows = await query(sql, 'tell how its applier works');
        if (rows.kind === 'failed') return rows;
        const isSerial = (readNumber(rows.value[0], 'workers') ?? 0) <= 1;
        return ok(isSerial || readSwitch(rows.value[0], 'in_order') === true ? 'in-order' : 'may-leave-gaps');
      }),
    async write(instance, statement, { deadlineMs }) {
      const outcome = await read<'written' | 'read-only'>(instance, { deadlineMs }, async (query) => {
        const rows = await query(IS_READ_ONLY_SQL, 'tell whether it is read-only');
        if (rows.kind === 'failed') return rows;
        if (readSwitch(rows.value[0], 'read_only') !== false) return ok('read-only');
        const written = await query(statement, 'take a Pseudo-GTID entry');
        return written.kind === 'ok' ? ok('written') : written;
      });
      if (outcome.kind === 'read') return { kind: outcome.value };
      return outcome.kind === 'failed' ? outcome : calledOff(instance);
    },
    close: () => sessions.close(),
  };
}

const calledOff = (instance: Instance) =>
  failed({ kind: 'deadline', errorNumber: null, message: `reading ${formatKey(instance.key)} was called off` });

const queryOn =
  (session: Session, remainingMs: () => number): Query =>
  async (sql, what) => {
    const answer = await session.query(sql, remainingMs(), what);
    return answer.kind === 'ok' ? ok(answer.value[0] ?? []) : answer;
  };

async function readCoordinates(instance: Instance, query: Query): Promise<Outcome<LogCoordinates>> {
  const [statusSql, ownSql] = coordinatesSql(instance.version);
  const status = await query(statusSql, 'tell its replication status');
  if (status.kind === 'failed') return status;
  const own = await query(ownSql, 'tell the end of its binary log');
  if (own.kind === 'failed') return own;
  const channel = readChannels(status.value, { connectionRows: [], heartbeatPeriodSeconds: null })[0] ?? null;
  return ok({
    own: readOwnPosition(own.value),
    relay: channel === null || channel.relayCoordinates.file === '' ? null : channel.relayCoordinates,
    executed: channel === null || channel.executedCoordinates.file === '' ? null : channel.executedCoordinates,
    isApplierRunning: channel?.applier.state === 'running',
    applierErrorNumber: channel?.applier.errorNumber ?? 0,
  });
}
