import { mkdirSync } from 'node:fs';
import { LabError } from './error.ts';
import type { Flavour } from './flavour.ts';
import { type Globals, readGlobals } from './globals.ts';
import { type Guard, startGuard } from './guard.ts';
import { findPeer } from './peer.ts';
import { buildSpec, checkOptions, type TopologyOptions } from './plan-topology.ts';
import { type CuttingProxy, startProxy } from './proxy.ts';
import { waitCaughtUp, waitReplicating } from './replication.ts';
import { resetTopology, wireTree } from './reset.ts';
import { createServerHandle, type LabServer } from './server.ts';
import { prepareFlavour } from './servers/prepare.ts';
import { discardFolders, saveSpec, type TopologySpec } from './spec.ts';
import { LAB_USERS, type LabUsers } from './users.ts';
import { type Acknowledged, lostWrites, startWriter, type Writer, type WriterOptions } from './writer.ts';

/** Real servers replicating from each other. */
export interface LabTopology {
  readonly flavour: Flavour;
  /** As the server prints it: "9.7.4-2". */
  readonly version: string;
  readonly dir: string;
  readonly spec: TopologySpec;
  readonly users: LabUsers;
  readonly servers: ReadonlyMap<number, LabServer>;
  /** The first root of the tree. */
  readonly primary: LabServer;
  /** A server by its number. Throws LabError 'bad-argument' naming the known ones. */
  server(number: number): LabServer;
  /** Starts inserting into app.t until stopped (or until reset() or close()). */
  writer(options?: WriterOptions): Writer;
  /** A writer which moves to whichever server has read_only=0. */
  follow(options?: Omit<WriterOptions, 'follow'>): Writer;
  /** Acknowledged rows a server does not have. */
  lostWrites(server: number, acknowledged: readonly Acknowledged[]): Promise<readonly number[]>;
  /** Waits until a replica holds what its source (default: the one of the tree) holds in app.t. */
  waitCaughtUp(replica: number, source?: number): Promise<void>;
  /** Waits until both threads of a replica run. */
  waitReplicating(replica: number): Promise<void>;
  /** Brings the first state back on all servers: tree, data, users, variables, empty logs; cuts healed, all running. */
  reset(): Promise<void>;
  /** Kills all servers and removes the topology's folder, unless the folder was given by the caller. */
  close(): Promise<void>;
}

/**
 * Starts the servers of a tree and waits until all replicate. The flavour is fetched when the cache lacks it. When
 * anything fails, nothing is left running. Throws LabError with one sentence and the remedy.
 */
export async function startTopology(options: TopologyOptions): Promise<LabTopology> {
  checkOptions(options);
  const kit = await prepareFlavour(options.flavour, options.progress);
  const spec = await buildSpec(kit, options);
  mkdirSync(spec.dir, { recursive: true });
  saveSpec(spec);
  const guard = spec.detached ? null : startGuard(spec.dir, spec.keepDir);
  let topology: Awaited<ReturnType<typeof assemble>>;
  try {
    topology = await assemble(spec, guard);
  } catch (thrown) {
    await guard?.release();
    throw thrown;
  }
  try {
    await Promise.all([...topology.servers.values()].map((server) => server.startAfresh()));
    await wireTree(spec, topology.server);
    await topology.rememberGlobals();
    return topology;
  } catch (thrown) {
    await topology.close();
    throw thrown;
  }
}

/** Handles of a topology that another process started; nothing is started, and close() stops its servers. */
export async function openTopology(spec: TopologySpec): Promise<LabTopology> {
  if (spec.proxied) {
    throw new LabError(
      'unsupported',
      `the topology at ${spec.dir} has proxies, which live in process ${spec.ownerPid}; use it from there`,
    );
  }
  return assemble(spec, null);
}

async function assemble(
  spec: TopologySpec,
  guard: Guard | null,
): Promise<LabTopology & { rememberGlobals(): Promise<void> }> {
  const servers = new Map<number, LabServer>();
  const proxies: CuttingProxy[] = [];
  const writers: Writer[] = [];
  const globals = new Map<number, Globals>();
  let writerCount = 0;

  const originOf = (clientPort: number, listenPort: number): number | null =>
    findPeer(clientPort, listenPort, new Map([...servers].map(([number, server]) => [number, server.pid])));

  for (const planned of spec.servers) {
    let proxy: CuttingProxy | null = null;
    if (spec.proxied) {
      const target = { host: planned.host, port: planned.directPort };
      proxy = await startProxy({ listenPort: planned.port, target, originOf });
      proxies.push(proxy);
    }
    const { flavour, templateDir, superReadOnly } = spec;
    servers.set(planned.number, createServerHandle(planned, { flavour, templateDir, superReadOnly, proxy }));
  }

  function server(number: number): LabServer {
    const found = servers.get(number);
    if (found === undefined) {
      throw new LabError(
        'bad-argument',
        `no server ${number} in tree ${spec.tree}; there are ${[...servers.keys()].join(', ')}`,
      );
    }
    return found;
  }

  function writer(options: WriterOptions = {}): Writer {
    writerCount += 1;
    const first = options.server === undefined ? primary : server(options.server);
    const started = startWriter(servers, first, writerCount, options);
    writers.push(started);
    return started;
  }

  async function stopWriters(): Promise<void> {
    await Promise.all(writers.splice(0).map((started) => started.stop()));
  }

  const primary = server(spec.servers[0]?.number ?? 0);
  return {
    flavour: spec.flavour,
    version: spec.version,
    dir: spec.dir,
    spec,
    users: LAB_USERS,
    servers,
    primary,
    server,
    writer,
    follow: (options = {}) => writer({ ...options, follow: true }),
    lostWrites: (number, acknowledged) => lostWrites(server(number), acknowledged),
    async waitCaughtUp(replica, source) {
      const planned = spec.servers.find((entry) => entry.number === replica)?.source;
      await waitCaughtUp(server(source ?? planned ?? primary.number), server(replica));
    },
    waitReplicating: (replica) => waitReplicating(spec.flavour, server(replica)),
    async reset() {
      await stopWriters();
      await resetTopology({ spec, server, globals });
    },
    async rememberGlobals() {
      await Promise.all([...servers].map(async ([number, started]) => globals.set(number, await readGlobals(started))));
    },
    async close() {
      const stopped = stopWriters();
      await Promise.all([...servers.values()].map((running) => running.kill()));
      await stopped;
      await Promise.all(proxies.map((proxy) => proxy.close()));
      await guard?.release();
      discardFolders(spec);
    },
  };
}
