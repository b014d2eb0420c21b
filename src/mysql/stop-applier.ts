import { setImmediate } from 'node:timers/promises';
import { replicationSql } from '../dialect/probe-statements.ts';
import { readChannels } from '../dialect/read-replication.ts';
import { readNumber } from '../dialect/row.ts';
import { applierWorkersQuery, BUSY_WORKERS_QUERY, killStatement } from '../dialect/sessions.ts';
import { hasWorkerThreads } from '../dialect/statements.ts';
import type { Instance } from '../model/instance.ts';
import { type ControlDeps, openControlSession } from './control-session.ts';
import type { Outcome } from './failure.ts';
import type { Session } from './session.ts';

/** How long a STOP may take before its workers are suspected to wait for the rest of a transaction; then the pause between looks. */
const PATIENCE_MS = 100;

/**
 * Stops the applier. MySQL's multi-threaded applier waits a minute for the rest of a transaction whose source died; killing
 * its workers rolls the incomplete transaction back and lets STOP return (design §4; measured on 9.7: 60.9 s → 0.4 s). Only
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
  const opened = await openControlSession(deps, instance.key, remainingMs);
  if (opened.kind === 'failed') return opened;
  const session = opened.value;
  const done = new AbortController();
  const stopping = session.query(stopSql, remainingMs(), 'stop the applier').then((outcome) => {
    done.abort();
    session.end();
    return outcome;
  });
  if (hasWorkerThreads(instance)) await helpToStop(deps, instance, remainingMs, done.signal);
  return stopping;
}

/** Looks every PATIENCE_MS, on a second session, until the STOP has returned. */
async function helpToStop(
  deps: ControlDeps,
  instance: Instance,
  remainingMs: () => number,
  done: AbortSignal,
): Promise<void> {
  let helper: Session | null = null;
  for (;;) {
    await pause(deps, PATIENCE_MS, done);
    if (done.aborted || remainingMs() <= 0) break;
    if (helper === null) {
      const opened = await openControlSession(deps, instance.key, remainingMs);
      if (opened.kind === 'failed') break;
      helper = opened.value;
    }
    await killWaitingWorkers(helper, instance, remainingMs);
    if (helper.endedBy !== null) break;
  }
  helper?.end();
}

async function killWaitingWorkers(session: Session, instance: Instance, remainingMs: () => number): Promise<void> {
  const channel = instance.replication?.channel ?? '';
  const status = await session.query(replicationSql(instance.version), remainingMs(), 'tell its replication status');
  if (status.kind === 'failed') return;
  const channels = readChannels(status.value[0] ?? [], { connectionRows: [], heartbeatPeriodSeconds: null });
  if (channels.find((candidate) => candidate.channel === channel)?.applierHasReadAll !== true) return;
  const ids =
    (await workerIds(session, applierWorkersQuery(channel), remainingMs)) ??
    (await workerIds(session, BUSY_WORKERS_QUERY, remainingMs)) ??
    [];
  await Promise.all(ids.map((id) => session.query(killStatement(id), remainingMs(), `end applier worker ${id}`)));
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
