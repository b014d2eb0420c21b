/**
 * The engine with the real adapters, which SIGKILLs itself right after its n-th deed: a write to the recovery's memory, or, from the
 * first of these on, a command obeyed by a server (how often receivers are made to look again before depends on how busy the machine is).
 * Run as a process of its own: crashing-program.ts <configuration> <n> <servers> [<port>]. Says `ready` when it knows so many servers and
 * has written them down, then makes the server at <port> primary by order, if there is one; and `done <deeds>` if it came to the end of a
 * recovery alive.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { serversSettings, storeSettings } from '../../src/compose/adapter-settings.ts';
import { engineSettings } from '../../src/compose/engine-settings.ts';
import { createSystemClock } from '../../src/engine/basis/clock.ts';
import { createOrchestrator } from '../../src/engine/orchestrator.ts';
import type { Logger, RecoveryStore } from '../../src/engine/ports.ts';
import { createSingleLeadership } from '../../src/leadership/single.ts';
import { createBinlogAccess } from '../../src/mysql/binlog-reader.ts';
import { createServers } from '../../src/mysql/servers.ts';
import { createSqliteStore } from '../../src/store/sqlite-store.ts';
import { createDeeds } from './deadly-deeds.ts';
import { loadFile } from './load-config.ts';

const [configFile = '', diesAfter = '', servers = '', designated = ''] = process.argv.slice(2);
let isReady = false;
let isBegun = false;

const { counted, countingServers, count } = createDeeds(Number(diesAfter));

const countingStore = (real: RecoveryStore): RecoveryStore => ({
  ...real,
  registerRecovery: (recovery) => counted(real.registerRecovery(recovery)),
  saveIntent(intent) {
    isBegun = true;
    return counted(real.saveIntent(intent));
  },
  saveDeposed: (deposed) => counted(real.saveDeposed(deposed)),
  resolveRecovery: (uid, resolution) => counted(real.resolveRecovery(uid, resolution)),
  closeIntent: (uid) => counted(real.closeIntent(uid)),
});

const say = (fields: object, message: string): void => {
  const { err, ...rest } = fields as { err?: unknown };
  process.stderr.write(`${JSON.stringify({ message, ...rest, err: err instanceof Error ? err.stack : undefined })}\n`);
};
const quiet = (): void => undefined;
const logger: Logger = { trace: quiet, debug: quiet, info: say, warn: say, error: say, fatal: say };

const loaded = loadFile(configFile);
const clock = createSystemClock();
const node = { hostname: hostname(), token: 'crashing' };
const owner = `${node.hostname}:${process.pid}`;
const store = await createSqliteStore({
  ...storeSettings(loaded, node, 'test'),
  file: loaded.config.SQLite3DataFile,
  owner,
});
const orchestrator = await createOrchestrator(
  {
    servers: countingServers(createServers({ clock, logger }, serversSettings(loaded)), () => isBegun),
    store: { ...store, recoveries: countingStore(store.recoveries) },
    hookRunner: { run: async () => ({ kind: 'succeeded' }) },
    resolver: { resolve: async (name) => name, learn: async () => true, addressOf: async () => null },
    leadership: createSingleLeadership(),
    clock,
    logger,
    binlogs: createBinlogAccess(clock, serversSettings(loaded)),
    randomHex: () => randomBytes(8).toString('hex'),
    newUid: () => `${process.pid}-${clock.now()}`,
    isOwnerAlive: (other) => other === owner,
  },
  engineSettings(loaded, { mode: 'continuous', node: { ...node, version: 'test', owner, dbBackend: 'sqlite' } }),
);
orchestrator.onLiveEvent((event) => {
  if (event.kind === 'recovery' && event.state !== 'started') process.stdout.write(`done ${count()}\n`);
});
const poll = setInterval(async () => {
  // As in life: what has run for a while has written down whom it knows.
  const known = (await store.servers.loadServers()).filter(({ instance }) => instance !== null).length;
  if (known < Number(servers) || isReady) return;
  isReady = true;
  clearInterval(poll);
  process.stdout.write('ready\n');
  const [cluster] = orchestrator.fleet().clusters();
  if (designated === '' || cluster === undefined) return;
  const successor = { hostname: '127.0.0.1', port: Number(designated) };
  await orchestrator.forced.run(
    { kind: 'force-master-takeover', clusterName: cluster.clusterName, designated: successor },
    'tester',
  );
}, 50);
// Stays until it kills itself, or is killed.
setInterval(quiet, 60_000);
