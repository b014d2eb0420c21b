/**
 * The engine with the real adapters, which runs one operation and SIGKILLs itself right after its n-th deed: a command obeyed by a
 * server, or a write about the operation to the backend. Run as a process of its own:
 * With the name of a stage instead of n: once its first step is written down, before it is done.
 * crashing-operation.ts <configuration> <n> <ports of all servers, with commas> <request as JSON>.
 * Says `done <deeds> <outcome>` if it came to the end alive.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { serversSettings, storeSettings } from '../../src/compose/adapter-settings.ts';
import { engineSettings } from '../../src/compose/engine-settings.ts';
import { isOwnerAlive, ownerOf } from '../../src/compose/process-identity.ts';
import { createSystemClock } from '../../src/engine/basis/clock.ts';
import { createOrchestrator } from '../../src/engine/orchestrator.ts';
import type { Logger, MaintenanceStore, OperationStore } from '../../src/engine/ports.ts';
import { createSingleLeadership } from '../../src/leadership/single.ts';
import { createBinlogAccess } from '../../src/mysql/binlog-reader.ts';
import { createServers } from '../../src/mysql/servers.ts';
import { isTakeover, type OperationRequest } from '../../src/plan/operations/request.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { createSqliteStore } from '../../src/store/sqlite-store.ts';
import { createDeeds } from './deadly-deeds.ts';
import { loadFile } from './load-config.ts';

const [configFile = '', diesAfter = '', ports = '', requestJson = ''] = process.argv.slice(2);

const { counted, countingServers, count } = createDeeds(Number(diesAfter));
const diesIn = Number.isNaN(Number(diesAfter)) ? diesAfter : null;
let steps: readonly string[] = [];

const countingOperations = (real: OperationStore): OperationStore => ({
  ...real,
  save(operation) {
    const { stages } = JSON.parse(operation.planJson) as Plan;
    steps = stages.flatMap(({ name, lanes }) => lanes.flatMap((lane) => lane.steps.map(() => name)));
    return counted(real.save(operation));
  },
  async saveJournal(uid, journalJson) {
    await counted(real.saveJournal(uid, journalJson));
    const { begun } = JSON.parse(journalJson) as { begun: readonly number[] };
    if (diesIn !== null && steps[begun.at(-1) ?? -1] === diesIn) process.kill(process.pid, 'SIGKILL');
  },
  close: (uid) => counted(real.close(uid)),
});

const countingMaintenance = (real: MaintenanceStore): MaintenanceStore => ({
  ...real,
  begin: (...words) => counted(real.begin(...words)),
  endById: (maintenanceId) => counted(real.endById(maintenanceId)),
});

const quiet = (): void => undefined;
const say = (fields: object, message: string): void => {
  process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
};
const logger: Logger = { trace: quiet, debug: quiet, info: say, warn: say, error: say, fatal: say };

const loaded = loadFile(configFile);
const clock = createSystemClock();
const node = { hostname: hostname(), token: 'crashing' };
const owner = ownerOf(node.hostname, process.pid);
const store = await createSqliteStore({
  ...storeSettings(loaded, node, 'test'),
  file: loaded.config.SQLite3DataFile,
  owner,
});
const orchestrator = await createOrchestrator(
  {
    servers: countingServers(createServers({ clock, logger }, serversSettings(loaded))),
    binlogs: createBinlogAccess(clock, serversSettings(loaded)),
    store: {
      ...store,
      operations: countingOperations(store.operations),
      maintenance: countingMaintenance(store.maintenance),
    },
    hookRunner: { run: async () => ({ kind: 'succeeded' }) },
    resolver: { resolve: async (name) => name, learn: async () => true, addressOf: async () => null },
    leadership: createSingleLeadership(),
    clock,
    logger,
    randomHex: () => randomBytes(8).toString('hex'),
    newUid: () => `${process.pid}-${clock.now()}`,
    isOwnerAlive: (other) => isOwnerAlive(other, node.hostname, store.lifeOf(other)),
  },
  engineSettings(loaded, { mode: 'one-shot', node: { ...node, version: 'test', owner, dbBackend: 'sqlite' } }),
);
await Promise.all(ports.split(',').map((port) => orchestrator.discover({ hostname: '127.0.0.1', port: Number(port) })));
const request = JSON.parse(requestJson) as OperationRequest;

/** As a person orders it: a takeover has a history, and something that comes after it. */
async function run(): Promise<string> {
  const { kind, instance, destination } = request;
  if (!isTakeover(kind)) return (await orchestrator.operations.run(request, 'tester')).kind;
  const clusterName = orchestrator.fleet().recordOf(instance)?.position.clusterName ?? '';
  const { kind: end } = await orchestrator.takeover.run({ kind, clusterName, designated: destination }, 'tester');
  return end === 'promoted' ? 'done' : end;
}

const outcome = await run();
process.stdout.write(`done ${count()} ${outcome}\n`);
process.exit(0);
