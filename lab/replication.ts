import { type Flavour, type StartPoint, vocabularyOf } from './flavour.ts';
import type { LabServer } from './server.ts';
import { LAB_USERS } from './users.ts';
import { waitFor } from './wait.ts';

/**
 * Points a replica (whose replication is stopped and reset) at a source and starts it. Without GTIDs it begins at the
 * source's present end of log, so both must hold the same data.
 */
export async function connectReplica(
  flavour: Flavour,
  replica: LabServer,
  source: LabServer,
  gtid: boolean,
): Promise<void> {
  const words = vocabularyOf(flavour);
  const start = gtid ? ({ kind: 'gtid' } as const) : await endOfLog(flavour, source);
  await replica.query(words.changeSource({ host: source.host, port: source.port, ...LAB_USERS.replication, start }));
  await replica.query(words.startReplica);
}

/** Waits until both threads of a replica run. Throws LabError 'deadline' with the replica's own complaint. */
export async function waitReplicating(flavour: Flavour, replica: LabServer, deadlineMs = 30_000): Promise<void> {
  const words = vocabularyOf(flavour);
  await waitFor(
    async () => {
      const status = await replica.replicaStatus();
      return status !== null && status[words.receiverColumn] === 'Yes' && status[words.applierColumn] === 'Yes';
    },
    { what: `server ${replica.number} to replicate`, deadlineMs, explain: () => describe(flavour, replica) },
  );
}

/** The source's present log file and position, as the start of a replica holding the same data. */
export async function endOfLog(flavour: Flavour, source: LabServer): Promise<StartPoint> {
  const row = (await source.query(vocabularyOf(flavour).showBinlogStatus))[0];
  return { kind: 'file', file: String(row?.File), position: Number(row?.Position) };
}

/** Waits until `replica` holds in app.t what `source` holds there now. Throws LabError 'deadline' with both counts. */
export async function waitCaughtUp(source: LabServer, replica: LabServer, deadlineMs = 30_000): Promise<void> {
  const wanted = await contents(source);
  await waitFor(async () => (await contents(replica)) === wanted, {
    what: `server ${replica.number} to hold what server ${source.number} holds in app.t (${wanted})`,
    deadlineMs,
    explain: async () => contents(replica),
  });
}

async function contents(server: LabServer): Promise<string> {
  const row = (
    await server.query('SELECT COUNT(*) AS n, COALESCE(SUM(id), 0) AS ids, COALESCE(MAX(id), 0) AS last FROM app.t')
  )[0];
  return `${row?.n} rows, last ${row?.last}, sum ${row?.ids}`;
}

async function describe(flavour: Flavour, replica: LabServer): Promise<string> {
  const words = vocabularyOf(flavour);
  const status = await replica.replicaStatus();
  if (status === null) return 'no replica';
  const threads = `receiver ${status[words.receiverColumn]}, applier ${status[words.applierColumn]}`;
  return [threads, status.Last_IO_Error, status.Last_SQL_Error].filter(Boolean).join('; ');
}
