import { readNumber } from '../dialect/row.ts';
import { clientSessionsQuery, killStatement } from '../dialect/sessions.ts';
import type { Instance } from '../model/instance.ts';
import type { ControlDeps } from './control-session.ts';
import { ERRNO, type Outcome, ok } from './failure.ts';
import type { Session } from './session.ts';

/** Looks this often for sessions that began meanwhile; clients that reconnect for ever are not ours to outrun. */
const ROUNDS = 3;

/**
 * Ends the sessions of all clients; those of replication, the system and our own account stay. A session that has ended by
 * itself meanwhile (error 1094) is as good. Gives the number of KILLs sent.
 */
export function killClients(
  deps: ControlDeps,
  instance: Instance,
  remainingMs: () => number,
): Promise<Outcome<number>> {
  return deps.sessions.use(instance.key, remainingMs, (session) => killAll(session, deps.user, remainingMs));
}

async function killAll(session: Session, ownUser: string, remainingMs: () => number): Promise<Outcome<number>> {
  let killed = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const listed = await session.query(clientSessionsQuery(ownUser), remainingMs(), 'list its sessions');
    if (listed.kind === 'failed') return listed;
    const ids = (listed.value[0] ?? []).map((row) => readNumber(row, 'id')).filter((id) => id !== null);
    if (ids.length === 0) break;
    // The driver queues them: one after another on the wire, without waiting for us in between.
    const answers = await Promise.all(
      ids.map((id) => session.query(killStatement(id), remainingMs(), `end session ${id}`)),
    );
    const refused = answers.find(
      (answer) => answer.kind === 'failed' && answer.failure.errorNumber !== ERRNO.unknownThread,
    );
    if (refused?.kind === 'failed') return refused;
    killed += ids.length;
  }
  return ok(killed);
}
