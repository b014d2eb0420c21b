import { createFleet } from '../../../src/engine/fleet/fleet.ts';
import { createOperations, type Operations } from '../../../src/engine/operations/operations.ts';
import { createTakeMasterHooks } from '../../../src/engine/operations/take-master-hooks.ts';
import type { HookContext } from '../../../src/engine/ports.ts';
import { Secret } from '../../../src/model/secret.ts';
import type { OperationSettings } from '../../../src/plan/operations/input.ts';
import { createLife } from '../life.ts';
import { createSimPort, type SimPortOptions } from '../sim-port.ts';
import { storyteller } from '../sim-process.ts';
import type { World } from '../world.ts';
import { correlateIn } from './correlate.ts';
import type { MemoryStore } from './memory-store.ts';

/** One of our processes, as far as operations go: the real use cases on simulated servers. */
export interface OpProcess {
  readonly operations: Operations;
  isDead(): boolean;
  countDeeds(): number;
  kill(): void;
  /** What each command of PostTakeMasterProcesses was given. */
  readonly hooksRun: readonly HookContext[];
  /** Reads every server of the world. */
  discover(): Promise<void>;
}

export interface OpProcessOptions extends SimPortOptions {
  readonly owner: string;
  readonly diesAfterDeeds: number | null;
  readonly planning: Partial<OperationSettings>;
  /** Owners that live beside this one. */
  isOtherAlive(owner: string): boolean;
}

/** As the configuration has it (MySQLReplicationUser): MariaDB does not tell what a replica logs in with. */
const REPLICATION = { user: 'replication', password: new Secret('secret') };

const PROBE_DEADLINE_MS = 1_000;

const PLANNING: OperationSettings = {
  instancePollSeconds: 5,
  reasonableInstanceCheckSeconds: 1,
  reasonableMaintenanceLagSeconds: 20,
  verifyReplicationFilters: false,
  lowerReplicaVersionAllowed: false,
  useSuperReadOnly: true,
  knowsPseudoGtid: false,
  preventCrossDataCenter: false,
  preventCrossRegion: false,
  semiSyncMode: null,
  drainTimeoutMs: 4_000,
  isPromotionIgnored: () => false,
};

export function startOpProcess(world: World, store: MemoryStore, options: OpProcessOptions): OpProcess {
  const { owner } = options;
  const life = createLife({
    diesAfterDeeds: options.diesAfterDeeds,
    onDeath: (deeds) => world.tell(`process ${owner} is killed after ${deeds} deeds`),
  });
  const clock = life.clock(world.clock);
  const logger = storyteller(world);
  const servers = life.servers(createSimPort(world, options));
  const fleet = createFleet({ clock, logger }, { aliasPatterns: [] });

  const readNow = async (key: Parameters<typeof servers.probe>[0]): Promise<boolean> => {
    const outcome = await servers.probe(key, { deadlineMs: PROBE_DEADLINE_MS, depth: 'full', previous: null });
    if (outcome.kind === 'answered') fleet.answered(outcome.instance);
    else fleet.failed(key, outcome.failure.message, false);
    return outcome.kind === 'answered';
  };

  const hooksRun: HookContext[] = [];
  let uids = 0;
  const operations = createOperations(
    {
      servers,
      fleet,
      clock,
      logger,
      leadership: { isLeader: () => !life.isDead(), remainingMs: () => 60_000 },
      store: {
        operations: life.wrap(store.operations),
        maintenance: life.wrap(store.maintenance),
        equivalences: life.wrap(store.equivalences),
      },
      auditLog: {
        write: async () => undefined,
        read: async () => [],
        recordAnalysisChange: async () => undefined,
        readAnalysisChanges: async () => [],
      },
      newUid: () => `${owner}-${++uids}`,
      isOwnerAlive: (other) => (other === owner ? !life.isDead() : options.isOtherAlive(other)),
      readNow,
      pseudoGtid: { correlate: correlateIn(world) },
      isBeingRecovered: () => false,
      isDeposed: () => false,
      wasReplaced: async () => false,
      onIntentChanged: async () => undefined,
      verifyName: async () => null,
      afterwards: createTakeMasterHooks(
        {
          hookRunner: {
            run: async (_list, context) => {
              hooksRun.push(context);
              return { kind: 'failed', command: 'tell', message: 'exit code 1' };
            },
          },
        },
        { hookLists: { PostTakeMasterProcesses: ['tell'] } },
      ),
    },
    { owner, planning: { ...PLANNING, ...options.planning }, replicationCredentials: REPLICATION, maxConcurrent: 5 },
  );
  return {
    operations,
    hooksRun,
    isDead: life.isDead,
    countDeeds: life.countDeeds,
    kill: life.kill,
    async discover() {
      await Promise.all([...world.servers.values()].map(({ key }) => readNow(key)));
    },
  };
}
