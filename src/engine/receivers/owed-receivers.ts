import type { Instance } from '../../model/instance.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import { wasStartedSince } from '../../model/uptime.ts';
import type { Leadership } from '../ports.ts';
import { listenAgain } from './listen-again.ts';
import type { RestartDeps } from './restart-receiver.ts';
import { type Debt, isWhereLeft } from './silences.ts';

/** What other processes left is looked for so often. */
const RECALL_AFTER_MS = 5_000;
const READING_MS = 2_000;

export interface OwedReceiversDeps extends RestartDeps {
  readonly leadership: Pick<Leadership, 'isLeader'>;
  /** A failover has replaced it: nobody is to listen to it any more. */
  isDeposed(source: InstanceKey): boolean;
}

/**
 * Settles the debts that nobody holds: each replica is started as soon as it answers, and may be. They are no operator's work: while they
 * rest nobody testifies about their source, and no recovery of it would ever begin. `run`, called by a tick, tries all of them once, on the
 * node that leads. One that is not known (yet) waits; whoever forgets a server settles what is owed to it.
 */
export function createOwedReceivers(deps: OwedReceiversDeps): { run(): Promise<void> } {
  /** There was nothing to start: a server that hung may answer before it obeys what it was told last, so it is looked at once more. */
  const found = new WeakSet<Debt>();
  let recalledMs = Number.NEGATIVE_INFINITY;

  async function recall(): Promise<void> {
    if (deps.clock.monotonicMs() - recalledMs < RECALL_AFTER_MS) return;
    recalledMs = deps.clock.monotonicMs();
    await deps.silences.recall();
  }

  /** Our stop ended with the process that obeyed it: what rests since its start was left so by its configuration, or a person. */
  const wasRestarted = (instance: Instance, { silence: { notedAtMs } }: Debt): boolean =>
    wasStartedSince(instance, notedAtMs, deps.clock.now());

  /** While a recovery or an operation has it, nothing is asked of it. */
  async function settle(debt: Debt): Promise<void> {
    const { source, silence } = debt;
    const isFree = (): boolean => debt.isOpen() && !deps.isTaken(silence.key, source);
    const record = deps.fleet.recordOf(silence.key);
    // Whoever has put it in maintenance decides what runs there.
    if (!isFree() || record === null || record.intent.inMaintenance) return;
    const reading = await deps.servers.probe(silence.key, { deadlineMs: READING_MS, depth: 'full', previous: null });
    if (reading.kind === 'failed' || !isFree()) return;
    if (wasRestarted(reading.instance, debt)) return debt.settle();
    const end = await listenAgain(silence, deps, {
      mayStart: (now) => isFree() && isWhereLeft(debt, now) && !deps.isDeposed(source) && !deps.isDeposed(now),
      audit: (message) =>
        deps.logger.info(
          { server: formatKey(silence.key), source: formatKey(source) },
          `left silent by us: ${message}`,
        ),
    });
    if (end.kind === 'owed' || !isFree()) return;
    if (end.kind === 'settled' || found.has(debt)) return debt.settle();
    found.add(debt);
  }

  return {
    async run() {
      if (!deps.leadership.isLeader()) return deps.silences.leaveToOthers();
      await recall();
      await Promise.all(deps.silences.left().map(settle));
    },
  };
}
