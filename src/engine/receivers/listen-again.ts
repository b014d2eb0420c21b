import type { Instance, ReplicationStatus } from '../../model/instance.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import { mayRestartReceiver, mayStartApplier } from '../../plan/steps/relay-log.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Servers } from '../ports.ts';
import type { Silence } from './silences.ts';

const DEADLINE_MS = 2_000;

/**
 * settled: it was started. found: there was nothing to start, since it ran, or is not ours to start any more. owed: it cannot be started
 * yet; `reason`, one sentence, says why.
 */
export type ListeningEnd = { readonly kind: 'settled' | 'found' } | { readonly kind: 'owed'; readonly reason: string };

const SETTLED: ListeningEnd = { kind: 'settled' };
const FOUND: ListeningEnd = { kind: 'found' };
const owed = (reason: string): ListeningEnd => ({ kind: 'owed', reason });

interface Replica {
  readonly instance: Instance;
  readonly replication: ReplicationStatus;
}

export interface ListeningOptions {
  /** Hears what was done. */
  readonly audit: (message: string) => void;
  /** How long the replica may take to say how it is, milliseconds. */
  readonly readingDeadlineMs?: number;
  /** Asked right before anything is told to it; `source` is whom it follows by now. */
  readonly mayStart?: (source: InstanceKey) => boolean;
  /** A stop was not confirmed and may be under way: START, which waits for it, is told also to one that seems to run. */
  readonly mayBeStopping?: boolean;
}

/**
 * The one way in which a receiver that we stopped is started again, and before that an applier that we brought to rest; one that stopped
 * with an error is a person's work. The replica is read immediately before each: where its relay log would be thrown away (MariaDB by
 * GTID beside a resting thread, design §4) it stays stopped until its applier runs. One that was moved to catch up from a sibling goes on
 * behind that.
 */
export async function listenAgain(
  { key, isReceiverStopped, isApplierStopped }: Silence,
  { servers, fleet }: { readonly servers: Servers; readonly fleet: Fleet },
  { audit, readingDeadlineMs = DEADLINE_MS, mayStart = () => true, mayBeStopping = false }: ListeningOptions,
): Promise<ListeningEnd> {
  const name = formatKey(key);
  const silent = `${name} does not answer`;

  async function read(): Promise<Replica | null | 'silent'> {
    const previous = fleet.recordOf(key)?.instance ?? null;
    const reading = await servers.probe(key, { deadlineMs: readingDeadlineMs, depth: 'replication', previous });
    if (reading.kind === 'failed') return 'silent';
    const { instance } = reading;
    const { replication } = instance;
    return replication === null || !mayStart(replication.source) ? null : { instance, replication };
  }

  async function start(instance: Instance, kind: 'start-applier' | 'start-receiver'): Promise<ListeningEnd> {
    const outcome = await servers.execute(instance, { kind }, { deadlineMs: DEADLINE_MS });
    return outcome.kind === 'done' ? SETTLED : owed(outcome.failure.message);
  }

  let replica = await read();
  if (replica === 'silent') return owed(silent);
  if (replica === null) return FOUND;
  const { applier } = replica.replication;
  let isRight = FOUND;
  if (isApplierStopped && applier.state === 'stopped' && applier.errorNumber === 0) {
    if (!mayStartApplier(replica.instance))
      return owed(`the applier of ${name} stays stopped: what its relay log holds would be thrown away`);
    const applying = await start(replica.instance, 'start-applier');
    if (applying.kind === 'owed') return applying;
    isRight = SETTLED;
    audit(`${name} applies again`);
    // It may have stopped at once with an error.
    replica = await read();
    if (replica === 'silent') return owed(silent);
    if (replica === null) return SETTLED;
  }
  const { instance, replication } = replica;
  const isSilent = replication.receiver.state === 'stopped' || mayBeStopping;
  if (!isSilent || !isReceiverStopped) return isRight;
  if (!mayRestartReceiver(instance))
    return owed(`the receiver of ${name} stays stopped while its applier does: its relay log would be thrown away`);
  const listening = await start(instance, 'start-receiver');
  if (listening.kind === 'settled') audit(`${name} listens to ${formatKey(replication.source)} again`);
  return listening;
}
