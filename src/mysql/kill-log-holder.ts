import { readText } from '../dialect/row.ts';
import { LOG_HOLDERS_QUERY } from '../dialect/sessions.ts';
import type { Instance } from '../model/instance.ts';
import { formatKey } from '../model/instance-key.ts';
import type { ControlDeps } from './control-session.ts';
import { failed, type Outcome, ok } from './failure.ts';
import { killAll, listed } from './kill-clients.ts';
import { isLogHeld } from './log-end.ts';

const WRITTEN_QUERY = 'SELECT @@global.gtid_binlog_pos AS written';
/** The commits behind go on within milliseconds, once their rows can be written. */
const SETTLE_MS = 50;

/**
 * Ends the session whose commit holds the log (dialect/held-log.ts): the commits behind it are then written, sent and acknowledged, and
 * their acknowledgement counts for all before. Once only: whether more may be ended is for a fresh reading to tell. Gives the number of KILLs sent.
 */
export function killLogHolder(
  { clock, sessions }: ControlDeps,
  { key }: Instance,
  written: string,
  remainingMs: () => number,
): Promise<Outcome<number>> {
  return sessions.use(key, remainingMs, async (session) => {
    if (!(await isLogHeld(session, null, clock, remainingMs))) return ok(0);
    const now = await session.query(WRITTEN_QUERY, remainingMs(), 'say what its log holds');
    if (now.kind === 'failed') return now;
    const holds = readText(now.value[0]?.[0] ?? {}, 'written');
    if (holds !== written) return stuck(`${formatKey(key)} has written ${holds} meanwhile, not ${written}`);
    const ids = await listed(session, LOG_HOLDERS_QUERY, remainingMs);
    if (ids.kind === 'failed') return ids;
    // Under AFTER_COMMIT each waits by itself, and holds up nobody.
    if (ids.value.length > 1)
      return stuck(
        `${ids.value.length} commits wait on ${formatKey(key)}, and none holds the log: the next one releases them`,
      );
    const refused = await killAll(session, ids.value, remainingMs);
    if (refused !== null) return refused;
    await clock.sleep(SETTLE_MS);
    if (!(await isLogHeld(session, null, clock, remainingMs))) return ok(ids.value.length);
    return stuck(`commits on ${formatKey(key)} still wait for a semi-sync acknowledgement; look at its process list`);
  });
}

const stuck = (message: string): Outcome<number> => failed({ kind: 'answered', errorNumber: null, message });
