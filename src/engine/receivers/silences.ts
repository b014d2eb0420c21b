import { formatKey, type InstanceKey, sameKey } from '../../model/instance-key.ts';
import { type DebtMemory, NO_MEMORY } from './debt-memory.ts';

/** What we stopped of one replica, for a time. */
export interface Silence {
  readonly key: InstanceKey;
  readonly isReceiverStopped: boolean;
  /** Recoveries bring appliers to rest as well. */
  readonly isApplierStopped: boolean;
  /**
   * Whom it may follow besides the source in question: a binlog server of that, or a sibling at which it caught up. With any other source
   * it is somebody else's. Absent: nobody.
   */
  readonly others?: readonly InstanceKey[];
}

/** The same, as it is owed. */
export interface OwedSilence extends Silence {
  /** Epoch milliseconds. */
  readonly notedAtMs: number;
}

/** True when it follows one of those below whom we left it. */
export const isWhereLeft = ({ source, silence }: Pick<Debt, 'source' | 'silence'>, now: InstanceKey): boolean =>
  [source, ...(silence.others ?? [])].some((one) => sameKey(one, now));

/** A replica that we silenced has to listen to its source again, and somebody of us answers for that. */
export interface Debt {
  readonly source: InstanceKey;
  readonly silence: OwedSilence;
  /** Resolves when it is written down, so that it outlives us; or could not be, soon enough. */
  readonly isKept: Promise<boolean>;
  /** False once it is settled, or somebody else answers for it. */
  isOpen(): boolean;
  /** It listens again, or is not ours to start any more. */
  settle(): void;
  /** Whoever held it could not: it is settled by owed-receivers.ts, as soon as that can be. */
  leave(): void;
}

/**
 * Who is silent because of us. A replica that rests counts as stopped by a person otherwise: no witness for detection, left behind by
 * recoveries, and nobody would ever start it. A debt is
 * held — whoever stopped the receiver for a moment is about to start it again;
 * left — he could not, or a recovery that ended without a successor could not;
 * gone — settled, or taken over by a recovery, which owes it anew if it ends without a successor.
 *
 * Written down before anything is stopped (debt-memory.ts), so that the next process finds them; a recovery has its own intent for that, and
 * what it leaves stopped on purpose is in its record (recovery/earlier.ts).
 */
export interface Silences {
  /** Its receiver is about to be stopped, by somebody who starts it again himself. */
  hold(source: InstanceKey, silence: Silence): Debt;
  /** They could not be started again. Resolves when that is written down, or could not be. */
  owe(source: InstanceKey, silences: readonly Silence[]): Promise<void>;
  /** Takes up what an earlier process, or another one, has written down: left, unless it is known here. Never rejects. */
  recall(): Promise<void>;
  /** Another process answers for what is written down: here only the rest is known on. */
  leaveToOthers(): void;
  /** The debt of one replica, whoever holds it. */
  of(replica: InstanceKey): Debt | null;
  /** Replicas (host:port) of `source` whose receiver is silent because of us. */
  below(source: InstanceKey): ReadonlySet<string>;
  /** All that is owed below `source`, for a recovery, which answers for it from now on: nobody else starts them. */
  take(source: InstanceKey): readonly Silence[];
  /** Those that nobody holds. */
  left(): readonly Debt[];
}

/** What was owed before is owed still. */
function together(added: Silence, before: Silence | undefined): Silence {
  if (before === undefined) return added;
  const { others: more = [] } = added;
  const others = [...more, ...(before.others ?? []).filter((key) => !more.some((one) => sameKey(one, key)))];
  return {
    key: added.key,
    isReceiverStopped: added.isReceiverStopped || before.isReceiverStopped,
    isApplierStopped: added.isApplierStopped || before.isApplierStopped,
    ...(others.length === 0 ? {} : { others }),
  };
}

export function createSilences(memory: DebtMemory = NO_MEMORY): Silences {
  /** By host:port of the replica: it has one receiver. */
  const debts = new Map<string, Debt>();
  const held = new Set<Debt>();

  const written = new Set<Debt>();

  function put(source: InstanceKey, silence: OwedSilence, isKept: Promise<boolean>): Debt {
    const name = formatKey(silence.key);
    const debt: Debt = {
      source,
      silence,
      isKept,
      isOpen: () => debts.get(name) === debt,
      settle() {
        if (!debt.isOpen()) return;
        remove(debt);
        memory.drop(silence.key);
      },
      leave: () => void held.delete(debt),
    };
    const before = debts.get(name);
    if (before !== undefined) remove(before);
    debts.set(name, debt);
    void isKept.then((is) => (is && debt.isOpen() ? written.add(debt) : written));
    return debt;
  }

  function add(source: InstanceKey, added: Silence): Debt {
    const silence = { ...together(added, debts.get(formatKey(added.key))?.silence), notedAtMs: memory.nowMs() };
    return put(source, silence, memory.keep({ others: [], ...silence, source }));
  }

  function remove(debt: Debt): void {
    held.delete(debt);
    written.delete(debt);
    debts.delete(formatKey(debt.silence.key));
  }

  const of = (source: InstanceKey): readonly Debt[] =>
    [...debts.values()].filter((debt) => sameKey(debt.source, source));

  return {
    hold(source, silence) {
      const debt = add(source, silence);
      held.add(debt);
      return debt;
    },
    async owe(source, silences) {
      await Promise.all(silences.map((silence) => add(source, silence).isKept));
    },
    async recall() {
      for (const { source, ...silence } of await memory.read())
        if (!debts.has(formatKey(silence.key))) put(source, silence, Promise.resolve(true));
    },
    leaveToOthers() {
      for (const debt of written) if (!held.has(debt)) remove(debt);
    },
    of: (replica) => debts.get(formatKey(replica)) ?? null,
    below: (source) =>
      new Set(of(source).flatMap(({ silence }) => (silence.isReceiverStopped ? [formatKey(silence.key)] : []))),
    take(source) {
      const taken = of(source);
      for (const debt of taken) debt.settle();
      return taken.map(({ silence }) => silence);
    },
    left: () => [...debts.values()].filter((debt) => !held.has(debt)),
  };
}
