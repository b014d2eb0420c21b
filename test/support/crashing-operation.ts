/**
 * The engine with the real adapters, which runs one operation and SIGKILLs itself right after its n-th deed: a command obeyed by a
 * server, or a write about the operation to the backend. Run as a process of its own:
 * crashing-operation.ts <configuration> <n> <ports of all servers, with commas> <request as JSON>.
 * Says `done <deeds> <outcome>` if it came to the end alive.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { serversSettings, storeSettings } from '../../src/compose/adapter-settings.ts';
import { engineSettings } from '../../src/compose/engine-settings.ts';
import { isOwnerAlive, ownerOf } from '../../src/compose/process-identity.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createSystemClock } from '../../src/engine/basis/clock.ts';
import { createOrchestrator } from '../../src/engine/orchestrator.ts';
import type { Logger, MaintenanceStore, OperationStore, Servers } from '../../src/engine/ports.ts';
import { createSingleLeadership } from '../../src/leadership/single.ts';
import { createBinlogAccess } from '../../src/mysql/binlog-reader.ts';
import { createServers } from '../../src/mysql/servers.ts';
import type { OperationRequest } from '../../src/plan/operations/request.ts';
import { createSqliteStore } from '../../src/store/sqlite-store.ts';

const [configFile = '', diesAfter = '', ports = '', requestJson = ''] = process.argv.slice(2);
let deeds = 0;

/** The deed is done; if it was the n-th, it was the last. */
async function counted<T>(deed: Promise<T>): Promise<T> {
  const value = await deed;
  deeds += 1;
  if (deeds === Number(diesAfter)) process.kill(process.pid, 'SIGKILL');
  return value;
}

const countingServers = (real: Servers): Servers => ({
  ...real,
  execute: (instance, command, limits) => counted(real.execute(instance, command, limits)),
});

const countingOperations = (real: OperationStore): OperationStore => ({
  ...real,
  save: (operation) => counted(real.save(operation)),
  saveJournal: (uid, journalJson) => counted(real.saveJournal(uid, journalJson)),
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

const loaded = loadConfig({
  explicitPath: configFile,
  strict: true,
  environment: {},
  home: null,
  readFile: (path) => readFileSync(path, 'utf8'),
});
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
    resolver: { resolve: async (name) => name, learn: async () => true },
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
const outcome = await orchestrator.operations.run(JSON.parse(requestJson) as OperationRequest, 'tester');
process.stdout.write(`done ${deeds} ${outcome.kind}\n`);
process.exit(0);
