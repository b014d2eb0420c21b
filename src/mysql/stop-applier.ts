import { setImmediate } from 'node:timers/promises';
import { replicationSql } from '../dialect/probe-statements.ts';
import { readChannels } from '../dialect/read-replication.ts';
import { readNumber } from '../dialect/row.ts';
import {
  applierWorkersQuery,
  BUSY_WORKERS_QUERY,
  checkpointPeriodQuery,
  killStatement,
  openWorkersQuery,
  setCheckpointPeriod,
} from '../dialect/sessions.ts';
import { hasWorkerThreads } from '../dialect/statements.ts';
import type { Instance } from '../model/instance.ts';
import type { ControlDeps } from './control-session.ts';
import { failed, type Outcome, ok } from './failure.ts';
import type { Session } from './session.ts';

/** By then an ordinary STOP has returned. A worker that holds a transaction open, with nothing left to read, is evidence enough. */
const FIRST_LOOK_MS = 20;
/** Without such evidence a STOP may take this long before its workers are suspected; then the pause between looks. */
const PATIENCE_MS = 100;
/** While workers are being ended the coordinator looks after them this often; else it would notice 300 ms later (measured). */
const CHECKPOINT_MS = 10;

/**
 * Stops the applier. MySQL's multi-threaded applier waits a minute for the rest of a transaction whose source died; killing
 * its workers rolls the incomplete transaction back and lets STOP return (design §4; measured on 9.7: 60.9 s → 0.05 s). Only
 * done while the applier says that it has read all of its relay log: before that, waiting is right.
 *
 * Both ways leave an error number on the stopped applier: 1756 after the minute, 13121 after the KILL. A START clears it and
 * nothing is lost. MariaDB and single-threaded appliers roll back by themselves (measured: 5 ms).
 */
export async function stopApplier(
  deps: ControlDeps,
  instance: Instance,
  stopSql: string,
  remainingMs: () => number,
): Promise<Outcome<unknown>> {
  const done = new AbortController();
  const helping = hasWorkerThreads(instance) ? helpToStop(deps, instance, remainingMs, done.signal) : null;
  const outcome = await deps.sessions.use(instance.key, remainingMs, (session) =>
    session.query(stopSql, remainingMs(), 'stop the applier'),
  );
  done.abort('stopped');
  await helping;
  return outcome;
}

/** Looks on a second session until the STOP has returned. */
async function helpToStop(
  deps: ControlDeps,
  instance: Instance,
  remainingMs: () => number,
  done: AbortSignal,
): Promise<void> {
  await pause(deps, FIRST_LOOK_MS, done);
  if (done.aborted) return;
  await deps.sessions.use<null>(instance.key, remainingMs, async (session) => {
    let restore: string | null = null;
    for (let isFirst = true; !done.aborted && remainingMs() > 0 && session.endedBy === null; isFirst = false) {
      const ids = await waitingWorkers(session, instance, remainingMs, isFirst);
      if (ids.length > 0) {
        restore ??= await hastenCoordinator(session, instance, remainingMs);
        await Promise.all(ids.map((id) => session.query(killStatement(id), remainingMs(), `end applier worker ${id}`)));
      }
      await pause(deps, isFirst ? PATIENCE_MS - FIRST_LOOK_MS : PATIENCE_MS, done);
    }
    if (restore !== null) await session.query(restore, Math.max(remainingMs(), PATIENCE_MS), 'restore a setting');
    return session.endedBy === null ? ok(null) : failed(session.endedBy);
  });
}

/** Sessions of workers that wait for what will never come; `onlyCertain`: those known to hold an incomplete transaction. */
async function waitingWorkers(
  session: Session,
  instance: Instance,
  remainingMs: () => number,
  onlyCertain: boolean,
): Promise<readonly number[]> {
  const name = instance.replication?.channel ?? '';
  const status = await session.query(replicationSql(instance.version), remainingMs(), 'tell its replication status');
  if (status.kind === 'failed') return [];
  const channels = readChannels(status.value[0] ?? [], { connectionRows: [], heartbeatPeriodSeconds: null });
  const channel = channels.find((candidate) => candidate.channel === name);
  if (channel?.applierHasReadAll !== true) return [];
  if (onlyCertain) {
    if (channel.receiver.state !== 'stopped') return [];
    return (await workerIds(session, openWorkersQuery(name), remainingMs)) ?? [];
  }
  return (
    (await workerIds(session, applierWorkersQuery(name), remainingMs)) ??
    (await workerIds(session, BUSY_WORKERS_QUERY, remainingMs)) ??
    []
  );
}

/** Makes the coordinator notice ended workers at once. Gives the statement that takes it back; null when nothing was changed. */
async function hastenCoordinator(
  session: Session,
  { version }: Instance,
  remainingMs: () => number,
): Promise<string | null> {
  const asked = await session.query(checkpointPeriodQuery(version), remainingMs(), 'tell its checkpoint period');
  const row = asked.kind === 'ok' ? asked.value[0]?.[0] : undefined;
  const periodMs = row === undefined ? null : readNumber(row, 'period');
  if (periodMs === null || (periodMs > 0 && periodMs <= CHECKPOINT_MS)) return null;
  const set = await session.query(setCheckpointPeriod(version, CHECKPOINT_MS), remainingMs(), 'hasten its coordinator');
  return set.kind === 'ok' ? setCheckpointPeriod(version, periodMs) : null;
}

/** null when there are none, or the query is refused: then the next way of finding them is tried. */
async function workerIds(session: Session, sql: string, remainingMs: () => number): Promise<readonly number[] | null> {
  const listed = await session.query(sql, remainingMs(), 'list its applier workers');
  if (listed.kind === 'failed') return null;
  const ids = (listed.value[0] ?? []).map((row) => readNumber(row, 'id')).filter((id) => id !== null);
  return ids.length === 0 ? null : ids;
}

async function pause(deps: ControlDeps, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await deps.clock.sleep(ms, signal).catch(() => undefined);
  await setImmediate();
}
