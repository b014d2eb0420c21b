import type { ServerCommand } from '../../../model/command.ts';
import type { Instance } from '../../../model/instance.ts';
import { formatKey } from '../../../model/instance-key.ts';
import type { FoundPrimary } from '../../ports.ts';
import type { RecoveryRun } from '../run.ts';
import type { DeadPrimaryDeps } from './deps.ts';

/* A live primary that was closed to be replaced (close-primary.ts): what becomes of it in the end. */

const READING_DEADLINE_MS = 2_000;
const COMMAND_DEADLINE_MS = 2_000;

/**
 * Nobody has replaced it: it is left exactly as it was found. The lock goes; semi-sync, which the fence may have switched off, comes
 * back before the first commit can; then it takes writes (unless another does by now), or only loses super_read_only, or stays closed. What
 * fails is said.
 */
export async function reopenPrimary(run: RecoveryRun, deps: DeadPrimaryDeps): Promise<void> {
  const { failed, livePrimary, foundPrimary } = run.intent;
  if (livePrimary !== 'closed') return;
  const reading = await deps.servers.probe(failed, { deadlineMs: READING_DEADLINE_MS, depth: 'full', previous: null });
  const isFresh = reading.kind === 'answered';
  const instance = isFresh ? reading.instance : deps.fleet.recordOf(failed)?.instance;
  if (instance == null) return;
  await releaseLock(instance, deps);
  await endOffline(instance, deps);
  const name = formatKey(failed);
  const say = (sentence: string): void => {
    run.errors.push(sentence);
    deps.audit(run, sentence);
  };
  if (foundPrimary?.isSemiSyncSource === true && !(isFresh && instance.semiSync.sourceEnabled)) {
    const outcome = await tell(instance, { kind: 'set-semi-sync', side: 'source', enabled: true }, deps);
    if (outcome.kind === 'done')
      deps.audit(run, `${name} waits for semi-sync replicas again: ${outcome.statements.join('; ')}`);
    else
      say(
        `semi-sync (source side) of ${name} was on and could not be switched on again: its commits wait for no replica until enable-semi-sync-master; ${outcome.failure.message}`,
      );
  }
  const command = wayBack(foundPrimary, instance);
  if (command === null) return deps.audit(run, `${name} stays read-only, as it was found`);
  if (command.kind === 'set-read-only' && run.isOvertaken === true)
    return say(`${name} stays closed, since another takes writes; set-writeable opens it`);
  const outcome = await tell(instance, command, deps);
  const isOpen = command.kind === 'set-read-only';
  if (outcome.kind === 'done')
    return deps.audit(
      run,
      `${name} ${isOpen ? 'takes writes again' : 'is read-only as it was found'}: ${outcome.statements.join('; ')}`,
    );
  say(
    isOpen
      ? `${name} could not be opened again, it takes no writes: ${outcome.failure.message}`
      : `${name} was found with read_only alone, and super_read_only could not be taken back: ${outcome.failure.message}`,
  );
}

/** The command that makes it refuse as much as it did when it was found; null: none is needed. */
function wayBack(found: FoundPrimary | null, { isSuperReadOnly }: Instance): ServerCommand | null {
  if (found === null || !found.isReadOnly)
    return { kind: 'set-read-only', readOnly: false, withSuper: isSuperReadOnly !== null };
  return found.isSuperReadOnly === false ? { kind: 'lift-super-read-only' } : null;
}

/** It was replaced: it stays fenced and is watched; nobody holds a lock there any more. */
export async function unlockPrimary(run: RecoveryRun, deps: DeadPrimaryDeps): Promise<void> {
  const instance = deps.fleet.recordOf(run.intent.failed)?.instance ?? null;
  if (run.intent.livePrimary === 'closed' && instance !== null) await releaseLock(instance, deps);
}

/** A fence that our own death cut off may have left it refusing clients altogether. */
export async function endOffline(instance: Instance, deps: DeadPrimaryDeps): Promise<void> {
  if (instance.isOfflineMode === true) await tell(instance, { kind: 'set-offline-mode', offline: false }, deps);
}

async function releaseLock(instance: Instance, deps: DeadPrimaryDeps): Promise<void> {
  if (instance.isSuperReadOnly === null) await tell(instance, { kind: 'release-read-lock' }, deps);
}

const tell = (instance: Instance, command: ServerCommand, deps: DeadPrimaryDeps) =>
  deps.servers.execute(instance, command, { deadlineMs: COMMAND_DEADLINE_MS });
