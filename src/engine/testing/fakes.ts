/** Invented surroundings for tests of one part of the engine; nothing outside tests imports this. */
import type { ServerCommand } from '../../model/command.ts';
import type { Instance, ThreadState } from '../../model/instance.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type {
  DeposedPrimary,
  Logger,
  RecoveryStore,
  ServerFailure,
  Servers,
  SilenceStore,
  StoredSilence,
} from '../ports.ts';

const nothing = (): void => undefined;

export const SILENT: Logger = {
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
};

const refused = (key: InstanceKey): ServerFailure => ({
  kind: 'refused',
  errorNumber: null,
  message: `${formatKey(key)} refused the connection`,
});

/** Servers that answer with what was put there, obey the simple commands, and note every one. */
export interface FakeServers extends Servers {
  /** What answers at an address. null: nobody. */
  put(name: string, instance: Instance | null): void;
  at(name: string): Instance | null;
  /** We cannot reach it any more; others can. */
  cutOff(name: string): void;
  readonly commands: { readonly server: string; readonly command: ServerCommand }[];
}

export function createFakeServers(): FakeServers {
  const instances = new Map<string, Instance>();
  const commands: { server: string; command: ServerCommand }[] = [];
  const beyondReach = new Set<string>();
  const instanceAt = (key: InstanceKey): Instance | null =>
    beyondReach.has(formatKey(key)) ? null : (instances.get(formatKey(key)) ?? null);
  return {
    commands,
    put(name, instance) {
      if (instance === null) instances.delete(name);
      else instances.set(name, instance);
    },
    cutOff: (name) => void beyondReach.add(name),
    at: (name) => instances.get(name) ?? null,
    async probe(key) {
      const instance = instanceAt(key);
      if (instance !== null) return { kind: 'answered', instance: { ...instance, key }, warnings: [] };
      return { kind: 'failed', failure: refused(key), isPartial: false, latencyMs: 1 };
    },
    async knock(key) {
      return instanceAt(key) === null ? { kind: 'failed', failure: refused(key) } : { kind: 'answered' };
    },
    async execute({ key }, command) {
      const name = formatKey(key);
      const instance = instanceAt(key);
      if (instance === null) return { kind: 'failed', failure: refused(key) };
      commands.push({ server: name, command });
      const next = afterCommand(instance, command);
      instances.set(name, command.kind === 'start-receiver' ? connecting(next, instances) : next);
      return { kind: 'done', statements: [command.kind] };
    },
    inquire: async () => ({ kind: 'answered', answer: null }),
    renamed: (instance, key) => ({ ...instance, key }),
    render: (_instance, command) => [command.kind],
    onSessionEvent: () => nothing,
    release: nothing,
    close: async () => undefined,
  };
}

/** A receiver that was started runs if anybody answers at its source, else it says 2003. */
function connecting(instance: Instance, instances: ReadonlyMap<string, Instance>): Instance {
  const { replication } = instance;
  if (replication === null || instances.has(formatKey(replication.source))) return instance;
  const receiver = { state: 'other', errorNumber: 2003, errorText: 'cannot connect' } as const;
  return { ...instance, replication: { ...replication, receiver } };
}

/** What a healthy server is like after a command; commands that no test needs change nothing. */
function afterCommand(instance: Instance, command: ServerCommand): Instance {
  const { replication } = instance;
  const thread = (name: 'receiver' | 'applier', state: ThreadState): Instance => ({
    ...instance,
    replication: replication === null ? null : { ...replication, [name]: { ...replication[name], state } },
  });
  switch (command.kind) {
    case 'set-read-only': {
      const isSuperReadOnly = instance.isSuperReadOnly === null ? null : command.readOnly && command.withSuper;
      return { ...instance, isReadOnly: command.readOnly, isSuperReadOnly };
    }
    case 'set-offline-mode':
      return { ...instance, isOfflineMode: command.offline };
    case 'keep-read-only':
      return { ...instance, isReadOnly: true };
    case 'lift-super-read-only':
      return { ...instance, isSuperReadOnly: false };
    case 'set-semi-sync':
      return command.side === 'source'
        ? { ...instance, semiSync: { ...instance.semiSync, sourceEnabled: command.enabled } }
        : { ...instance, semiSync: { ...instance.semiSync, replicaEnabled: command.enabled } };
    case 'stop-receiver':
      return thread('receiver', 'stopped');
    case 'start-receiver':
      return thread('receiver', 'running');
    case 'stop-applier':
      return thread('applier', 'stopped');
    case 'start-applier':
      return thread('applier', 'running');
    case 'forget-source':
      return { ...instance, replication: null };
    case 'change-source':
      if (replication === null) return instance;
      return { ...instance, replication: { ...replication, source: command.source, configuredSource: command.source } };
    default:
      return instance;
  }
}

type DeposedMethods = Pick<RecoveryStore, 'saveDeposed' | 'readDeposed' | 'removeDeposed'>;

/** The table of deposed primaries, in memory. */
export function createDeposedTable(rows: readonly DeposedPrimary[] = []): DeposedMethods {
  const table = new Map(rows.map((row) => [formatKey(row.key), row]));
  return {
    saveDeposed: async (row) => void table.set(formatKey(row.key), row),
    readDeposed: async () => [...table.values()],
    removeDeposed: async (key) => void table.delete(formatKey(key)),
  };
}

/** Who is silent because of us, in memory; `isAway`: it fails. */
export function createFakeSilenceStore(): SilenceStore & {
  readonly rows: Map<string, StoredSilence> & { isAway?: boolean };
} {
  const rows: Map<string, StoredSilence> & { isAway?: boolean } = new Map();
  const reach = (): void => {
    if (rows.isAway === true) throw new Error('the backend is away');
  };
  return {
    rows,
    async note(silence) {
      reach();
      rows.set(formatKey(silence.key), silence);
    },
    async forget(key) {
      reach();
      rows.delete(formatKey(key));
    },
    async read() {
      reach();
      return [...rows.values()];
    },
  };
}
