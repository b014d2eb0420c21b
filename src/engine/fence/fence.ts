import type { ServerCommand } from '../../model/command.ts';
import type { Instance } from '../../model/instance.ts';
import type { Clock, ServerFailure, Servers } from '../ports.ts';

/** Each statement of a fence is given this long. */
const STATEMENT_DEADLINE_MS = 2_000;
const READING_DEADLINE_MS = 2_000;
/** How long the pending SET may block new commits before semi-sync is turned off to release the killed waiters. */
const SEMI_SYNC_RELEASE_AFTER_MS = 200;
/** The SET is sent again this often while the killed waiters are being released; each waits for lock_wait_timeout at most. */
const SETS_WHILE_RELEASING = 3;
const LOCK_WAIT_TIMEOUT = 1205;

export type FenceOutcome =
  | {
      readonly kind: 'fenced';
      readonly instance: Instance;
      readonly statements: readonly string[];
      /** What could not be made sure of: a client may have been told OK for a row that only this server has. null: nothing. */
      readonly doubt: string | null;
      /** The source side of semi-sync was on, and was told to be off, whether or not that was answered. */
      readonly hasEndedSemiSync: boolean;
    }
  /** Not verified: whoever depends on it must take the server for writable. */
  | { readonly kind: 'not-fenced'; readonly reason: string };

/**
 * Makes a server refuse writes, in the order of design §4 "Fence the old primary":
 * (1) no new sessions (offline_mode, where there is one); every client session killed, and nobody left who waits for a semi-sync
 * acknowledgement and may be told OK: that is part of the command. (2) super_read_only, or read_only where the server has nothing
 * stronger. (3) Only if that times out (1205) and a fresh look finds all waiters killed and semi-sync still on: the SET stays
 * pending, which blocks new commits, and semi-sync is turned off to release them. A reading verifies it. offline_mode is taken
 * back in the end: the server shall be looked at, not written to.
 *
 * Sessions that cannot be killed do not keep it from (2), a server that is read-only is better than one that is not, but from (3):
 * turning semi-sync off would tell them OK.
 */
export async function fence(
  deps: { readonly servers: Servers; readonly clock: Clock },
  instance: Instance,
): Promise<FenceOutcome> {
  const { servers, clock } = deps;
  const said: string[] = [];
  let hasEndedSemiSync = false;
  const tell = async (command: ServerCommand): Promise<ServerFailure | null> => {
    const outcome = await servers.execute(instance, command, { deadlineMs: STATEMENT_DEADLINE_MS });
    if (outcome.kind === 'failed') return outcome.failure;
    said.push(...outcome.statements);
    return null;
  };
  const read = () =>
    servers.probe(instance.key, {
      deadlineMs: READING_DEADLINE_MS,
      depth: 'full',
      previous: null,
      withoutLogEnd: true,
    });
  const endSessions = (): Promise<ServerFailure | null> => tell({ kind: 'kill-client-sessions', isFence: true });
  const refuseWrites = (): Promise<ServerFailure | null> =>
    tell({ kind: 'set-read-only', readOnly: true, withSuper: true });

  /** The SET is pending meanwhile: nobody new commits when those who were killed are released. */
  async function releaseWaiters(): Promise<ServerFailure | null> {
    hasEndedSemiSync = true;
    const releasing = clock
      .sleep(SEMI_SYNC_RELEASE_AFTER_MS)
      .then(() => tell({ kind: 'set-semi-sync', side: 'source', enabled: false }));
    let refusal: ServerFailure | null = null;
    for (let sets = 0; sets < SETS_WHILE_RELEASING; sets += 1) {
      refusal = await refuseWrites();
      if (refusal?.errorNumber !== LOCK_WAIT_TIMEOUT) break;
    }
    const kept = await releasing;
    return refusal ?? kept;
  }

  const hasOfflineMode = instance.isOfflineMode !== null;
  if (hasOfflineMode) await tell({ kind: 'set-offline-mode', offline: true });
  let notEnded = await endSessions();
  let refusal = await refuseWrites();
  if (refusal?.errorNumber === LOCK_WAIT_TIMEOUT) {
    const [reading, stillThere] = await Promise.all([read(), endSessions()]);
    notEnded = stillThere;
    const isSemiSync = (reading.kind === 'answered' ? reading.instance : instance).semiSync.sourceEnabled;
    if (isSemiSync && stillThere === null) refusal = await releaseWaiters();
  }
  const verified = await read();
  if (hasOfflineMode) await tell({ kind: 'set-offline-mode', offline: instance.isOfflineMode === true });
  if (verified.kind === 'failed') return { kind: 'not-fenced', reason: verified.failure.message };
  const { isReadOnly, isSuperReadOnly } = verified.instance;
  if (!isReadOnly || isSuperReadOnly === false) {
    const reasons = [refusal ?? 'read_only does not hold', ...(notEnded === null ? [] : [notEnded])];
    return {
      kind: 'not-fenced',
      reason: reasons.map((one) => (typeof one === 'string' ? one : one.message)).join('; '),
    };
  }
  return {
    kind: 'fenced',
    instance: verified.instance,
    statements: said,
    doubt: notEnded?.message ?? null,
    hasEndedSemiSync,
  };
}
