import { readNumber } from '../dialect/row.ts';
import { COMMIT_WAITERS_QUERY, clientSessionsQuery, killStatement } from '../dialect/sessions.ts';
import type { Instance } from '../model/instance.ts';
import { formatKey } from '../model/instance-key.ts';
import type { ControlDeps } from './control-session.ts';
import { ERRNO, failed, type Outcome, ok } from './failure.ts';
import type { Session } from './session.ts';

/** Looks this often for sessions that began meanwhile; clients that reconnect for ever are not ours to outrun. */
const ROUNDS = 3;
/** Looks this often, a pause apart, until nobody waits who may yet be told OK. */
const WAITER_LOOKS = 20;
const WAITER_PAUSE_MS = 20;

/**
 * Ends the sessions of all clients; those of replication, the system and our own account stay. As a fence it is done only when also
 * nobody is left, of whatever account, whose commit waits for a semi-sync acknowledgement and may yet be told OK (design §4): a SET
 * of read_only would wait for such a one. Else those found by one look are ended. A session that has ended by itself meanwhile (error 1094) is as good.
 * Gives the number of KILLs sent.
 */
export function killClients(
  deps: ControlDeps,
  instance: Instance,
  isFence: boolean,
  remainingMs: () => number,
): Promise<Outcome<number>> {
  return deps.sessions.use(instance.key, remainingMs, async (session) => {
    const clients = await killRounds(session, clientSessionsQuery(deps.user), isFence ? ROUNDS : 1, remainingMs);
    if (clients.kind === 'failed' || !isFence) return clients;
    const waiters = await killWaiters(deps, instance, session, remainingMs);
    return waiters.kind === 'failed' ? waiters : ok(clients.value + waiters.value);
  });
}

async function killRounds(
  session: Session,
  query: string,
  rounds: number,
  remainingMs: () => number,
): Promise<Outcome<number>> {
  let killed = 0;
  for (let round = 0; round < rounds; round += 1) {
    const ids = await listed(session, query, remainingMs);
    if (ids.kind === 'failed') return ids;
    if (ids.value.length === 0) break;
    const refused = await killAll(session, ids.value, remainingMs);
    if (refused !== null) return refused;
    killed += ids.value.length;
  }
  return ok(killed);
}

/** Until a look finds nobody who waits and was not killed. */
async function killWaiters(
  { clock }: ControlDeps,
  { key }: Instance,
  session: Session,
  remainingMs: () => number,
): Promise<Outcome<number>> {
  let killed = 0;
  let left: readonly number[] = [];
  for (let look = 0; look < WAITER_LOOKS && remainingMs() > WAITER_PAUSE_MS; look += 1) {
    const ids = await listed(session, COMMIT_WAITERS_QUERY, remainingMs);
    if (ids.kind === 'failed') return ids;
    left = ids.value;
    if (left.length === 0) return ok(killed);
    const refused = await killAll(session, left, remainingMs);
    if (refused !== null) return refused;
    killed += left.length;
    await clock.sleep(WAITER_PAUSE_MS);
  }
  return failed({
    kind: 'answered',
    errorNumber: null,
    message: `${formatKey(key)} still has sessions whose commit waits for a semi-sync acknowledgement and may be told OK (${left.join(', ')}); look at its process list`,
  });
}

export async function listed(
  session: Session,
  query: string,
  remainingMs: () => number,
): Promise<Outcome<readonly number[]>> {
  const answer = await session.query(query, remainingMs(), 'list its sessions');
  if (answer.kind === 'failed') return answer;
  return ok((answer.value[0] ?? []).map((row) => readNumber(row, 'id')).filter((id) => id !== null));
}

/** null when all are ended, or had ended by themselves. */
export async function killAll(
  session: Session,
  ids: readonly number[],
  remainingMs: () => number,
): Promise<Extract<Outcome<number>, { kind: 'failed' }> | null> {
  // The driver queues them: one after another on the wire, without waiting for us in between.
  const answers = await Promise.all(
    ids.map((id) => session.query(killStatement(id), remainingMs(), `end session ${id}`)),
  );
  const refused = answers.find(
    (answer) => answer.kind === 'failed' && answer.failure.errorNumber !== ERRNO.unknownThread,
  );
  return refused?.kind === 'failed' ? refused : null;
}
