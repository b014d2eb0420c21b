import type { Clock, Servers } from '../../src/engine/ports.ts';

/** The life of one of our processes: it can end between any two deeds, and what it waits for then never comes. */
export interface Life {
  isDead(): boolean;
  /** Commands sent and intents written so far. */
  countDeeds(): number;
  kill(): void;
  /** Every method of a part of the store ends with the process; the store itself outlives it. */
  wrap<T extends object>(part: T): T;
  servers(port: Servers): Servers;
  clock(clock: Clock): Clock;
}

export interface LifeOptions {
  /** It is killed when this many deeds (commands sent, intents and outcomes written) are done; null = never. */
  readonly diesAfterDeeds: number | null;
  onDeath(deeds: number): void;
}

/** Deeds by which a recovery or an operation changes the world or its memory. */
const STORE_DEEDS = [
  ...['registerRecovery', 'saveIntent', 'saveDeposed', 'resolveRecovery', 'closeIntent'],
  ...['begin', 'end', 'endById', 'save', 'saveJournal', 'claim', 'close'],
];

export function createLife(options: LifeOptions): Life {
  let isDead = false;
  let deeds = 0;

  function kill(): void {
    if (isDead) return;
    isDead = true;
    options.onDeath(deeds);
  }

  const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

  const living = async <T>(work: () => Promise<T>, isDeed = false): Promise<T> => {
    if (isDead) return never();
    const value = await work();
    if (isDeed && !isDead) {
      deeds += 1;
      if (deeds === options.diesAfterDeeds) kill();
    }
    return isDead ? never() : value;
  };

  return {
    isDead: () => isDead,
    countDeeds: () => deeds,
    kill,
    wrap: (part) =>
      new Proxy(part, {
        get(target, name) {
          const member = Reflect.get(target, name);
          if (typeof member !== 'function') return member;
          return (...given: unknown[]) =>
            living(() => Reflect.apply(member, target, given) as Promise<unknown>, STORE_DEEDS.includes(String(name)));
        },
      }),
    servers: (port) => ({
      ...port,
      probe: (key, request) => living(() => port.probe(key, request)),
      knock: (key, deadlineMs) => living(() => port.knock(key, deadlineMs)),
      execute: (instance, command, limits) => living(() => port.execute(instance, command, limits), true),
      inquire: (instance, inquiry, limits) => living(() => port.inquire(instance, inquiry, limits)),
      onSessionEvent: (listener) =>
        port.onSessionEvent((event) => {
          if (!isDead) listener(event);
        }),
    }),
    clock: (clock) => ({
      now: clock.now,
      monotonicMs: clock.monotonicMs,
      sleep: (ms, signal) => living(() => clock.sleep(ms, signal)),
      every(ms, run) {
        const stop = clock.every(ms, () => (isDead ? stop() : run()));
        return stop;
      },
    }),
  };
}
