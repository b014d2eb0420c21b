import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LabError } from './error.ts';
import type { Flavour } from './flavour.ts';
import { checkBasePort, directPortOf, reserveBasePort, topologiesDirectory } from './ports.ts';
import { livingPid } from './process.ts';
import { type SemiSyncSettings, serverArgs } from './server-args.ts';
import type { Progress } from './servers/cache.ts';
import type { ServerKit } from './servers/prepare.ts';
import { loadSpec, type TopologySpec } from './spec.ts';
import { parseTree } from './tree.ts';

export interface TopologyOptions {
  readonly flavour: Flavour;
  /** Nested numbers: `1(2,3(4))`. */
  readonly tree: string;
  /** Replicate by GTID (default) or by file and position. */
  readonly gtid?: boolean;
  /** Semi-synchronous: the root waits for one acknowledgement, the others acknowledge. Not on MySQL 5.6. */
  readonly semiSync?: boolean | SemiSyncSettings;
  /** Server n is known at this port + n. Default: any free one between 20000 and 32000. */
  readonly basePort?: number;
  /** Further server arguments for all, e.g. `--slave-net-timeout=4`; they win over the lab's. */
  readonly settings?: readonly string[];
  /** Further server arguments by server number, after `settings`. */
  readonly serverSettings?: Readonly<Record<number, readonly string[]>>;
  /** Where the data goes; kept at the end. Default: a folder below the system's temporary one, removed at the end. */
  readonly dir?: string;
  /** Put a cutting proxy before every server, at the port by which everybody knows it. */
  readonly proxied?: boolean;
  /** MySQL 9.7: replicas are closed for privileged users too (default). */
  readonly superReadOnly?: boolean;
  /** Flush at every commit, as a careful production server does; default false, for speed. */
  readonly durable?: boolean;
  /** The servers outlive this process; "lab down" stops them. */
  readonly detached?: boolean;
  readonly startedBy?: 'command' | 'program';
  /** Told of long steps; default standard error. */
  readonly progress?: Progress;
}

/** Refuses what can be seen to be wrong before anything is fetched: bad trees and combinations. Throws LabError. */
export function checkOptions(options: TopologyOptions): void {
  parseTree(options.tree);
  semiSyncOf(options.flavour, options.semiSync ?? false);
  if (options.proxied && options.detached) {
    throw new LabError(
      'bad-argument',
      'a topology with proxies cannot outlive this process, because the proxies live in it',
    );
  }
}

/** Plans every server of a topology and reserves its ports. Throws LabError for bad trees, ports and combinations. */
export async function buildSpec(kit: ServerKit, options: TopologyOptions): Promise<TopologySpec> {
  const nodes = parseTree(options.tree);
  const proxied = options.proxied ?? false;
  const gtid = options.gtid ?? true;
  const superReadOnly = options.superReadOnly ?? true;
  const semiSync = semiSyncOf(kit.flavour, options.semiSync ?? false);
  const startedBy = options.startedBy ?? 'program';
  const detached = options.detached ?? false;
  const { basePort, dir } = await place(
    options,
    nodes.map((node) => node.number),
    proxied,
  );
  const servers = nodes.map((node) => {
    const port = basePort + node.number;
    const serverDir = `${dir}/${node.number}`;
    const directPort = directPortOf(port, proxied);
    const args = serverArgs({
      flavour: kit.flavour,
      folderArgs: kit.folderArgs,
      serverDir,
      dataDir: `${serverDir}/data`,
      listenPort: directPort,
      reportPort: port,
      gtid,
      durable: options.durable ?? false,
      isReplica: node.source !== null,
      superReadOnly,
      semiSync,
      settings: [...(options.settings ?? []), ...(options.serverSettings?.[node.number] ?? [])],
    });
    const { number, source } = node;
    return {
      number,
      source,
      host: '127.0.0.1',
      port,
      directPort,
      serverDir,
      dataDir: `${serverDir}/data`,
      command: kit.command,
      args,
    };
  });
  const { flavour, version, templateDir } = kit;
  const ownerPid = process.pid;
  return {
    flavour,
    version,
    tree: options.tree,
    gtid,
    superReadOnly,
    proxied,
    dir,
    keepDir: options.dir !== undefined,
    basePort,
    templateDir,
    ownerPid,
    startedBy,
    detached,
    servers,
  };
}

async function place(
  options: TopologyOptions,
  numbers: readonly number[],
  proxied: boolean,
): Promise<{ basePort: number; dir: string }> {
  const own = options.dir === undefined ? null : resolve(options.dir);
  if (own !== null) checkFolder(own);
  if (options.basePort === undefined) {
    const reserved = await reserveBasePort(numbers, proxied);
    return { basePort: reserved.basePort, dir: own ?? reserved.dir };
  }
  await checkBasePort(options.basePort, numbers, proxied);
  const dir = own ?? join(topologiesDirectory(), String(options.basePort));
  if (loadSpec(dir)?.servers.some((server) => livingPid(server.serverDir) !== null)) {
    throw new LabError(
      'start-failed',
      `a topology already runs at base port ${options.basePort}; choose another, or stop it with "lab down"`,
    );
  }
  return { basePort: options.basePort, dir };
}

/** The folders 1, 2, … of a topology are wiped at its start: never where something else may stand. */
function checkFolder(dir: string): void {
  if (!existsSync(dir) || loadSpec(dir) !== null || readdirSync(dir).length === 0) return;
  throw new LabError('bad-argument', `${dir} is neither empty nor the folder of a topology; choose another`);
}

function semiSyncOf(flavour: Flavour, wanted: boolean | SemiSyncSettings): SemiSyncSettings | null {
  if (wanted === false) return null;
  if (flavour === 'mysql-5.6') {
    throw new LabError(
      'unsupported',
      'the MySQL 5.6 package comes without semi-sync plugins; use mysql-9.7 or mariadb-10.11 for semi-sync',
    );
  }
  return wanted === true ? {} : wanted;
}
