import { compareCoordinates } from '../../../model/coordinates.ts';
import type { Instance } from '../../../model/instance.ts';
import { formatKey, sameKey } from '../../../model/instance-key.ts';
import { compareProgress, progressOf } from '../../../model/received.ts';
import type { ServerRecord } from '../../../model/server-record.ts';
import { isOracleFamily } from '../../../model/version.ts';
import { usesGtid } from '../../../plan/steps/flavour.ts';
import { fence } from '../../fence/fence.ts';
import { listenAgain } from '../../receivers/listen-again.ts';
import { readMembers } from '../members.ts';
import type { RecoveryRun } from '../run.ts';
import type { DeadPrimaryDeps } from './deps.ts';
import { endOffline } from './reopen-primary.ts';

/*
 * A person orders that a primary be replaced, whether it is dead or not (force-master-failover, force-master-takeover). One that
 * answers is fenced before anything else is done, or the order is refused: there are never two writable primaries (design §4). While
 * nobody has replaced it, whatever ends the recovery leaves it as it was found (reopen-primary.ts).
 */

const KNOCK_DEADLINE_MS = 1_000;
const READING_DEADLINE_MS = 2_000;
const COMMAND_DEADLINE_MS = 2_000;
/** So long a closed primary's last transactions are waited for; what has not come by then stays with it. */
const REST_MS = 10_000;
const LOOK_AGAIN_MS = 20;

/**
 * Fences the primary if it answers, unless super_read_only keeps everybody out already: plain read_only lets accounts with all
 * privileges write (design §4). Called again it does what is still to be done: a supervisor may have started it anew meanwhile, and
 * a lock has ended with the process of ours that held it. Returns null when it takes no writes, or does not answer; else one sentence.
 */
export async function closePrimary(run: RecoveryRun, deps: DeadPrimaryDeps): Promise<string | null> {
  const { failed, livePrimary } = run.intent;
  const name = formatKey(failed);
  const knock = await deps.servers.knock(failed, KNOCK_DEADLINE_MS);
  if (knock.kind === 'failed' && knock.failure.kind !== 'answered') return null;
  const reading = await deps.servers.probe(failed, {
    deadlineMs: READING_DEADLINE_MS,
    depth: 'full',
    previous: null,
  });
  if (reading.kind === 'failed') return `${name} is alive and cannot be closed: ${reading.failure.message}`;
  const { instance } = reading;
  deps.fleet.answered(instance);
  if (livePrimary === 'closed') await endOffline(instance, deps);
  else await noteFound(run, instance, deps);
  if (instance.isSuperReadOnly === true) return null;
  if (instance.isReadOnly && run.holdsLock === true) {
    await holdLock(instance, run, deps);
    return null;
  }
  // offline_mode is left as it is said to be here; when it is a remnant of our own fence, it has just been ended.
  const isRemnant = livePrimary === 'closed' && instance.isOfflineMode === true;
  const outcome = await fence(deps, isRemnant ? { ...instance, isOfflineMode: false } : instance);
  if (outcome.kind === 'not-fenced') return `${name} is alive and could not be fenced: ${outcome.reason}`;
  deps.fleet.answered(outcome.instance);
  const doubt = outcome.doubt === null ? '' : ` (a client may have been told OK: ${outcome.doubt})`;
  deps.audit(run, `${name} answers and is fenced: ${outcome.statements.join('; ')}${doubt}`);
  await holdLock(outcome.instance, run, deps);
  return null;
}

/** Written before anything is changed: should we die in between, whoever goes on knows how it is to be left. */
async function noteFound(run: RecoveryRun, instance: Instance, deps: DeadPrimaryDeps): Promise<void> {
  const { isReadOnly, isSuperReadOnly, semiSync } = instance;
  const foundPrimary = { isReadOnly, isSuperReadOnly, isSemiSyncSource: semiSync.sourceEnabled };
  run.intent = { ...run.intent, livePrimary: 'closed', foundPrimary, updatedAtMs: deps.clock.now() };
  await deps.store.saveIntent(run.intent);
}

/**
 * Where there is no super_read_only, accounts with all privileges are kept out until it has been replaced. One that is held already
 * is kept; should its session have ended, it is taken anew.
 */
async function holdLock(instance: Instance, run: RecoveryRun, deps: DeadPrimaryDeps): Promise<void> {
  if (instance.isSuperReadOnly !== null) return;
  const outcome = await deps.servers.execute(instance, { kind: 'hold-read-lock' }, { deadlineMs: COMMAND_DEADLINE_MS });
  if (outcome.kind === 'failed') deps.audit(run, outcome.failure.message);
  else if (run.holdsLock !== true) deps.audit(run, outcome.statements.join('; '));
  run.holdsLock = outcome.kind === 'done';
}

/**
 * What a closed primary has written goes on arriving at its replicas for a moment: waits until one of them has received all of it, or
 * none listens any more, or the time is up. Only said, no objection: the order is to replace it all the same.
 */
export async function awaitRest(run: RecoveryRun, deps: DeadPrimaryDeps): Promise<void> {
  const { intent } = run;
  const known = deps.fleet.recordOf(intent.failed)?.instance ?? null;
  if (intent.livePrimary !== 'closed' || known === null) return;
  const closed = await withLogEnd(known, deps);
  const name = formatKey(intent.failed);
  const hasAll = hasEverythingOf(closed);
  const family = new Set(run.entry.view.replicas.map(formatKey));
  const startedMs = deps.clock.monotonicMs();
  const nudged = new Set<string>();
  for (;;) {
    const { records, fresh } = await readMembers(deps, intent.members, intent.failed);
    const replicas = records.filter(({ key }) => fresh.has(formatKey(key)) && family.has(formatKey(key)));
    // By file and position nobody catches up from another replica afterwards: the one that was named must have it all, or a binlog
    // server, at which it reads on.
    const isNamed = ({ key, instance }: ServerRecord): boolean =>
      run.candidate === null ||
      sameKey(run.candidate, key) ||
      (instance !== null && (usesGtid(instance) || instance.isBinlogServer));
    const complete = replicas.find((one) => one.instance !== null && isNamed(one) && hasAll(one.instance));
    if (complete !== undefined)
      return deps.audit(run, `${formatKey(complete.key)} has received everything that ${name} has written`);
    // Also one that lost its connection: it comes back.
    const isSomebodyListening = replicas.some(({ instance }) => {
      const state = instance?.replication?.receiver.state ?? 'none';
      return state === 'running' || state === 'other';
    });
    if (!isSomebodyListening || deps.clock.monotonicMs() - startedMs > REST_MS)
      return deps.audit(
        run,
        `no replica has received everything that ${name} has written; what is missing stays there`,
      );
    await Promise.all(replicas.map((record) => reconnect(record, nudged, run, deps)));
    await deps.clock.sleep(LOOK_AGAIN_MS);
  }
}

/** The fence did not ask where the log ends; now that the server is closed it ends there for good. Unread, it stays as known. */
async function withLogEnd(known: Instance, deps: DeadPrimaryDeps): Promise<Instance> {
  const reading = await deps.servers.probe(known.key, {
    deadlineMs: READING_DEADLINE_MS,
    depth: 'replication',
    previous: known,
  });
  return reading.kind === 'answered' ? reading.instance : known;
}

/** Tells whether a replica has received all that a closed primary has written: by GTID, or by the place in its log. */
function hasEverythingOf(closed: Instance): (replica: Instance) => boolean {
  const written = progressOf(closed);
  // Its log being empty, a MariaDB that was never written to has no position by GTID that could be compared.
  const isEmpty = closed.version.flavour === 'mariadb' && closed.executedGtid === '';
  return (replica) => {
    const { replication } = replica;
    if (replication === null || usesGtid(replica))
      return isEmpty || ['equal', 'ahead'].includes(compareProgress(progressOf(replica), written));
    const isBelow = sameKey(replication.source, closed.key);
    return (
      isBelow &&
      closed.ownCoordinates !== null &&
      compareCoordinates(replication.readCoordinates, closed.ownCoordinates) >= 0
    );
  };
}

/**
 * offline_mode ends the connections of replicas as well (MySQL 9.7), and a receiver that was turned away sleeps for its connect
 * retry, 60 s by default: restarted, once, it connects at once. MariaDB has no offline_mode, and there a restart could cost the relay log.
 */
async function reconnect(
  { key, instance }: ServerRecord,
  nudged: Set<string>,
  run: RecoveryRun,
  deps: DeadPrimaryDeps,
): Promise<void> {
  const name = formatKey(key);
  if (instance?.replication?.receiver.state !== 'other' || !isOracleFamily(instance.version) || nudged.has(name))
    return;
  nudged.add(name);
  const outcome = await deps.servers.execute(instance, { kind: 'stop-receiver' }, { deadlineMs: COMMAND_DEADLINE_MS });
  deps.audit(run, outcome.kind === 'done' ? `${name}: ${outcome.statements.join('; ')}` : outcome.failure.message);
  if (outcome.kind === 'failed') return;
  const audit = (message: string): void => deps.audit(run, message);
  const end = await listenAgain({ key, isReceiverStopped: true, isApplierStopped: false }, deps, { audit });
  if (end.kind !== 'owed') return;
  audit(end.reason);
  // Whatever ends the recovery tries once more.
  run.silenced.add(name);
}
