/** Invented agents and their table; nothing outside tests imports this. */
import type { AgentRecord, AgentStatus, SeedRecord, SeedState } from '../../model/agent.ts';
import { OrchestratorError } from '../../model/error.ts';
import type { AgentClient, AgentOrder, AgentStore, Clock } from '../ports.ts';

/** One that has registered and was not asked yet. */
export const agentOf = (hostname: string): AgentRecord => ({
  hostname,
  port: 3002,
  token: `token of ${hostname}`,
  lastSubmitted: '',
  mysqlPort: null,
  countSnapshots: 0,
});

/** Seeds and agents in memory; times are those of the clock. */
export function createAgentTable(
  clock: Clock,
  hostnames: readonly string[],
): AgentStore & { readonly states: () => readonly string[] } {
  const seeds: SeedRecord[] = [];
  const states: SeedState[] = [];
  const agents: AgentRecord[] = hostnames.map(agentOf);
  const at = (): string => new Date(clock.now()).toISOString();
  const note = (seedId: number, action: string, errorMessage: string): number =>
    states.push({ stateId: states.length + 1, seedId, at: at(), action, errorMessage });
  const close = (seedId: number, isSuccessful: boolean): boolean => {
    const index = seeds.findIndex((seed) => seed.seedId === seedId && !seed.isComplete);
    const seed = seeds[index];
    if (seed === undefined) return false;
    seeds[index] = { ...seed, isComplete: true, isSuccessful, endedAt: at() };
    return true;
  };
  const concerns = (seed: SeedRecord, hostname: string): boolean =>
    seed.targetHostname === hostname || seed.sourceHostname === hostname;
  return {
    states: () =>
      states.map(({ action, errorMessage }) => (errorMessage === '' ? action : `${action}: ${errorMessage}`)),
    submit: async () => undefined,
    readAgents: async () => agents,
    noteAnswer: async () => undefined,
    forgetAgents: async () => undefined,
    readSeeds: async ({ seedId, hostname, isActive }) =>
      seeds.filter(
        (seed) =>
          (seedId === undefined || seed.seedId === seedId) &&
          (hostname === undefined || concerns(seed, hostname)) &&
          (isActive === undefined || seed.isComplete !== isActive),
      ),
    readSeedStates: async (seedId) => states.filter((state) => state.seedId === seedId).toReversed(),
    async beginSeed(targetHostname, sourceHostname) {
      const other = seeds.find(
        (seed) => !seed.isComplete && (concerns(seed, targetHostname) || concerns(seed, sourceHostname)),
      );
      if (other !== undefined) return { kind: 'busy', other };
      const seedId = seeds.length + 1;
      const open = { isComplete: false, isSuccessful: false, endedAt: '' };
      seeds.push({ seedId, targetHostname, sourceHostname, startedAt: at(), ...open });
      return { kind: 'begun', seedId };
    },
    async addSeedState(seedId, action, options) {
      const isOpen = seeds.some((seed) => seed.seedId === seedId && !seed.isComplete);
      return isOpen || options?.evenIfClosed === true ? note(seedId, action, '') : null;
    },
    async noteSeedError(stateId, message) {
      const state = states[stateId - 1];
      if (state !== undefined) states[stateId - 1] = { ...state, errorMessage: message };
    },
    async completeSeed(seedId, action) {
      const isClosed = close(seedId, true);
      if (isClosed) note(seedId, action, '');
      return isClosed;
    },
    async failSeed(seedId, action, reason) {
      const isClosed = close(seedId, false);
      if (isClosed) note(seedId, action, reason);
      return isClosed;
    },
    async failStaleSeeds(minutes) {
      const latest = (seed: SeedRecord): string =>
        states.findLast(({ seedId }) => seedId === seed.seedId)?.at ?? seed.startedAt;
      const stale = seeds.filter(
        (seed) => !seed.isComplete && Date.parse(latest(seed)) < clock.now() - minutes * 60_000,
      );
      for (const { seedId } of stale) if (close(seedId, false)) note(seedId, 'stale', 'no news for too long');
      return stale;
    },
  };
}

/** One host as its agent knows it. */
export interface FakeHost {
  status: AgentStatus;
  /** How the sending or receiving command stands; null: none was begun. */
  command: { isCompleted: boolean | null; isSuccessful: boolean | null } | null;
}

const NO_MOUNT = {
  path: '',
  device: '',
  lvPath: '',
  fileSystem: '',
  isMounted: false,
  diskUsage: 0,
  mysqlDataPath: '',
  mysqlDiskUsage: 0,
};

/** A stopped server with an empty data folder, a terabyte of space and one snapshot of a megabyte. */
export const statusOf = (changes: Partial<AgentStatus> = {}): AgentStatus => ({
  localSnapshots: [],
  snapshots: [],
  volumes: [{ name: 'snap-1', groupName: 'vg', path: '/dev/vg/snap-1', isSnapshot: true, snapshotPercent: 3 }],
  mount: NO_MOUNT,
  mysqlIsRunning: false,
  mysqlDiskUsage: 0,
  mysqlPort: 3306,
  datadirFree: 1e12,
  errorLogTail: [],
  ...changes,
});

/** What a mounted snapshot of a megabyte looks like. */
export const mountOf = (path: string): AgentStatus['mount'] => ({
  ...NO_MOUNT,
  path: '/mnt',
  lvPath: path,
  isMounted: true,
  mysqlDataPath: '/mnt/mysql',
  mysqlDiskUsage: 1e6,
});

export interface FakeAgents extends AgentClient {
  host(hostname: string): FakeHost;
  /** `host: kind` of every order, as given. */
  readonly orders: string[];
  /** Called with every order before it is obeyed; what it throws is the agent's refusal. */
  onOrder: (order: string) => Promise<void> | void;
  /** What every look at a target adds to its data folder while both commands run. */
  bytesPerLook: number;
}

/** Agents that obey, and copy a little with every look at the target; the source is whoever was told to send. */
export function createFakeAgents(hosts: Readonly<Record<string, Partial<AgentStatus>>>): FakeAgents {
  const all = new Map<string, FakeHost>(
    Object.entries(hosts).map(([name, changes]) => [name, { status: statusOf(changes), command: null }]),
  );
  const host = (hostname: string): FakeHost => {
    const found = all.get(hostname);
    if (found === undefined) throw new OrchestratorError('agent-unreachable', `agent of ${hostname}: nobody is there`);
    return found;
  };
  const change = (one: FakeHost, changes: Partial<AgentStatus>): void => {
    one.status = { ...one.status, ...changes };
  };

  const obey: Partial<Record<AgentOrder['kind'], (one: FakeHost, order: AgentOrder) => void>> = {
    mount: (one, order) => change(one, { mount: mountOf(order.kind === 'mount' ? order.volume : '') }),
    umount: (one) => change(one, { mount: NO_MOUNT }),
    'delete-datadir': (one) =>
      change(one, { mysqlDiskUsage: 0, datadirFree: one.status.datadirFree + one.status.mysqlDiskUsage }),
    'mysql-start': (one) => change(one, { mysqlIsRunning: true }),
    'receive-seed': (one) => {
      one.command = { isCompleted: false, isSuccessful: null };
    },
    'send-seed': (one) => {
      one.command = { isCompleted: false, isSuccessful: null };
    },
    'abort-seed': (one) => {
      one.command = { isCompleted: true, isSuccessful: false };
    },
  };

  /** While every command goes on, a piece comes over; then all have succeeded. */
  function copyAPiece(target: FakeHost): void {
    const commands = [...all.values()].flatMap(({ command }) => (command === null ? [] : [command]));
    if (commands.length < 2 || commands.some(({ isCompleted }) => isCompleted !== false)) return;
    const mysqlDiskUsage = Math.min(1e6, target.status.mysqlDiskUsage + fake.bytesPerLook);
    change(target, { mysqlDiskUsage });
    if (mysqlDiskUsage === 1e6)
      for (const one of all.values()) if (one.command !== null) one.command = { isCompleted: true, isSuccessful: true };
  }

  const fake: FakeAgents = {
    host,
    orders: [],
    onOrder: () => undefined,
    bytesPerLook: 250_000,
    status: async ({ hostname }) => host(hostname).status,
    async order({ hostname }, order, until) {
      const name = `${hostname}: ${order.kind}`;
      fake.orders.push(name);
      until?.throwIfAborted();
      const one = host(hostname);
      await fake.onOrder(name);
      obey[order.kind]?.(one, order);
      return '';
    },
    async mysqlDiskUsage({ hostname }) {
      copyAPiece(host(hostname));
      return host(hostname).status.mysqlDiskUsage;
    },
    seedCommand: async ({ hostname }) => host(hostname).command ?? { isCompleted: null, isSuccessful: null },
    close: async () => undefined,
  };
  return fake;
}
