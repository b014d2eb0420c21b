import type { Instance } from '../../../model/instance.ts';
import { formatKey } from '../../../model/instance-key.ts';
import { compareProgress, progressOf } from '../../../model/received.ts';
import { fence } from '../../fence/fence.ts';
import { readMembers } from '../members.ts';
import type { RecoveryRun } from '../run.ts';
import type { DeadPrimaryDeps } from './deps.ts';

/*
 * A person orders that a primary be replaced, whether it is dead or not (force-master-failover, force-master-takeover). One that
 * answers is fenced before anything else is done, or the order is refused: there are never two writable primaries (design §4). While
 * nobody has replaced it, whatever ends the recovery opens it again.
 */

const KNOCK_DEADLINE_MS = 1_000;
const READING_DEADLINE_MS = 2_000;
const COMMAND_DEADLINE_MS = 2_000;
/** So long a closed primary's last transactions are waited for; what has not come by then stays with it. */
const REST_MS = 10_000;
const LOOK_AGAIN_MS = 20;

/**
 * Fences the primary if it answers and takes writes. Called again it does what is still to be done: a supervisor may have started it
 * anew meanwhile. Returns null when it takes no writes, or does not answer; else one sentence.
 */
export async function closePrimary(run: RecoveryRun, deps: DeadPrimaryDeps): Promise<string | null> {
  const { failed } = run.intent;
  const name = formatKey(failed);
  const wasClosedBefore = run.intent.livePrimary === 'closed';
  const knock = await deps.servers.knock(failed, KNOCK_DEADLINE_MS);
  if (knock.kind === 'failed' && knock.failure.kind !== 'answered') return null;
  const reading = await deps.servers.probe(failed, {
    deadlineMs: READING_DEADLINE_MS,
    depth: 'full',
    previous: null,
  });
  if (reading.kind === 'failed') return `${name} is alive and cannot be closed: ${reading.failure.message}`;
  deps.fleet.answered(reading.instance);
  if (wasClosedBefore) await endOffline(reading.instance, deps);
  if (!takesWrites(reading.instance)) return null;
  // Written first: should we die in between, whoever goes on knows that it is to be opened again.
  run.intent = { ...run.intent, livePrimary: 'closed', updatedAtMs: deps.clock.now() };
  await deps.store.saveIntent(run.intent);
  const outcome = await fence(deps, reading.instance);
  if (outcome.kind === 'not-fenced') return `${name} is alive and could not be fenced: ${outcome.reason}`;
  deps.fleet.answered(outcome.instance);
  const doubt = outcome.doubt === null ? '' : ` (a client may have been told OK: ${outcome.doubt})`;
  deps.audit(run, `${name} answers and is fenced: ${outcome.statements.join('; ')}${doubt}`);
  await holdLock(outcome.instance, run, deps);
  return null;
}

const takesWrites = ({ isReadOnly, isSuperReadOnly }: Instance): boolean => !isReadOnly || isSuperReadOnly === false;

/** A fence that our own death cut off may have left it refusing clients altogether. */
async function endOffline(instance: Instance, deps: DeadPrimaryDeps): Promise<void> {
  if (instance.isOfflineMode === true)
    await deps.servers.execute(
      instance,
      { kind: 'set-offline-mode', offline: false },
      { deadlineMs: COMMAND_DEADLINE_MS },
    );
}

/** Where there is no super_read_only, accounts with all privileges are kept out until it has been replaced. */
async function holdLock(instance: Instance, run: RecoveryRun, deps: DeadPrimaryDeps): Promise<void> {
  if (instance.isSuperReadOnly !== null) return;
  const outcome = await deps.servers.execute(instance, { kind: 'hold-read-lock' }, { deadlineMs: COMMAND_DEADLINE_MS });
  deps.audit(run, outcome.kind === 'done' ? outcome.statements.join('; ') : outcome.failure.message);
}

async function releaseLock(instance: Instance, deps: DeadPrimaryDeps): Promise<void> {
  if (instance.isSuperReadOnly !== null) return;
  await deps.servers.execute(instance, { kind: 'release-read-lock' }, { deadlineMs: COMMAND_DEADLINE_MS });
}

/**
 * What a closed primary has written goes on arriving at its replicas for a moment: waits until one of them has received all of it, or
 * none listens any more, or the time is up. Only said, no objection: the order is to replace it all the same.
 */
export async function awaitRest(run: RecoveryRun, deps: DeadPrimaryDeps): Promise<void> {
  const { intent } = run;
  const closed = deps.fleet.recordOf(intent.failed)?.instance ?? null;
  if (intent.livePrimary !== 'closed' || closed === null) return;
  const name = formatKey(intent.failed);
  const written = progressOf(closed);
  if (written.kind === 'coordinates') return;
  const family = new Set(run.entry.view.replicas.map(formatKey));
  const startedMs = deps.clock.monotonicMs();
  for (;;) {
    const { records, fresh } = await readMembers(deps, intent.members, intent.failed);
    const replicas = records.filter(({ key }) => fresh.has(formatKey(key)) && family.has(formatKey(key)));
    const complete = replicas.find(
      ({ instance }) =>
        instance !== null && ['equal', 'ahead'].includes(compareProgress(progressOf(instance), written)),
    );
    if (complete !== undefined)
      return deps.audit(run, `${formatKey(complete.key)} has received everything that ${name} has written`);
    const isSomebodyListening = replicas.some(({ instance }) => instance?.replication?.receiver.state === 'running');
    if (!isSomebodyListening || deps.clock.monotonicMs() - startedMs > REST_MS)
      return deps.audit(
        run,
        `no replica has received everything that ${name} has written; what is missing stays there`,
      );
    await deps.clock.sleep(LOOK_AGAIN_MS);
  }
}

/** Nobody has replaced it: it takes writes again, as it was found. */
export async function reopenPrimary(run: RecoveryRun, deps: DeadPrimaryDeps): Promise<void> {
  const { intent } = run;
  if (intent.livePrimary !== 'closed') return;
  const reading = await deps.servers.probe(intent.failed, {
    deadlineMs: READING_DEADLINE_MS,
    depth: 'full',
    previous: null,
  });
  const instance = reading.kind === 'answered' ? reading.instance : deps.fleet.recordOf(intent.failed)?.instance;
  if (instance == null) return;
  await releaseLock(instance, deps);
  await endOffline(instance, deps);
  const outcome = await deps.servers.execute(
    instance,
    { kind: 'set-read-only', readOnly: false, withSuper: instance.isSuperReadOnly !== null },
    { deadlineMs: COMMAND_DEADLINE_MS },
  );
  const name = formatKey(intent.failed);
  if (outcome.kind === 'done') return deps.audit(run, `${name} takes writes again: ${outcome.statements.join('; ')}`);
  const sentence = `${name} could not be opened again, it takes no writes: ${outcome.failure.message}`;
  run.errors.push(sentence);
  deps.audit(run, sentence);
}

/** It was replaced: it stays fenced and is watched; nobody holds a lock there any more. */
export async function unlockPrimary(run: RecoveryRun, deps: DeadPrimaryDeps): Promise<void> {
  const instance = deps.fleet.recordOf(run.intent.failed)?.instance ?? null;
  if (run.intent.livePrimary === 'closed' && instance !== null) await releaseLock(instance, deps);
}
