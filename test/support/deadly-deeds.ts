import type { Servers } from '../../src/engine/ports.ts';

/** Counts what this process does, and kills it (SIGKILL) right after its n-th deed. */
export interface Deeds {
  /** The deed is done; if it was the n-th, it was the last. */
  counted<T>(deed: Promise<T>): Promise<T>;
  /** The same servers; every command that one obeyed is a deed, from when `isBegun` on (default: always). */
  countingServers(real: Servers, isBegun?: () => boolean): Servers;
  count(): number;
}

export function createDeeds(diesAfter: number): Deeds {
  let deeds = 0;
  async function counted<T>(deed: Promise<T>): Promise<T> {
    const value = await deed;
    deeds += 1;
    if (deeds === diesAfter) process.kill(process.pid, 'SIGKILL');
    return value;
  }
  return {
    counted,
    countingServers: (real, isBegun = () => true) => ({
      ...real,
      execute(instance, command, limits) {
        const deed = real.execute(instance, command, limits);
        return isBegun() ? counted(deed) : deed;
      },
    }),
    count: () => deeds,
  };
}
