import type { ServerCommand } from '../../model/command.ts';
import type { Instance } from '../../model/instance.ts';
import type { Clock, Servers } from '../ports.ts';

/** Each statement of a fence is given this long. */
const STATEMENT_DEADLINE_MS = 2_000;
const READING_DEADLINE_MS = 2_000;
/** How long the pending SET may block new commits before semi-sync is turned off to release the killed waiters. */
const SEMI_SYNC_RELEASE_AFTER_MS = 200;

export type FenceOutcome =
  | { readonly kind: 'fenced'; readonly instance: Instance; readonly statements: readonly string[] }
  /** Not verified: whoever depends on it must take the server for writable. */
  | { readonly kind: 'not-fenced'; readonly reason: string };

/**
 * Makes a server refuse writes, in the order of design §4 "Fence the old primary":
 * (1) no new sessions (offline_mode, where there is one), and every client session killed, so that nobody waiting for a semi-sync
 * acknowledgement can be told OK; (2) super_read_only, or read_only where the server has nothing stronger; (3) only if that times
 * out and the waiters are killed: the SET stays pending, which blocks new commits, and semi-sync is turned off to release them.
 * A reading verifies it. offline_mode is taken back in the end: the server shall be looked at, not written to.
 */
export async function fence(
  deps: { readonly servers: Servers; readonly clock: Clock },
  instance: Instance,
): Promise<FenceOutcome> {
  const { servers, clock } = deps;
  const said: string[] = [];
  const tell = async (command: ServerCommand): Promise<string | null> => {
    const outcome = await servers.execute(instance, command, { deadlineMs: STATEMENT_DEADLINE_MS });
    if (outcome.kind === 'failed') return outcome.failure.message;
    said.push(...outcome.statements);
    return null;
  };
  const readOnly: ServerCommand = { kind: 'set-read-only', readOnly: true, withSuper: true };

  const hasOfflineMode = instance.isOfflineMode !== null;
  if (hasOfflineMode) await tell({ kind: 'set-offline-mode', offline: true });
  const notKilled = await tell({ kind: 'kill-client-sessions' });
  let refused = await tell(readOnly);
  if (refused !== null && notKilled === null && instance.semiSync.sourceEnabled) {
    const releasing = clock
      .sleep(SEMI_SYNC_RELEASE_AFTER_MS)
      .then(() => tell({ kind: 'set-semi-sync', side: 'source', enabled: false }));
    [refused] = await Promise.all([tell(readOnly), releasing]);
  }
  const verified = await servers.probe(instance.key, {
    deadlineMs: READING_DEADLINE_MS,
    depth: 'full',
    previous: null,
  });
  if (hasOfflineMode) await tell({ kind: 'set-offline-mode', offline: instance.isOfflineMode === true });
  if (verified.kind === 'failed') return { kind: 'not-fenced', reason: verified.failure.message };
  const { isReadOnly, isSuperReadOnly } = verified.instance;
  if (!isReadOnly || isSuperReadOnly === false)
    return { kind: 'not-fenced', reason: refused ?? 'read_only does not hold' };
  return { kind: 'fenced', instance: verified.instance, statements: said };
}
