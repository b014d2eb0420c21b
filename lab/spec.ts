import { readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Flavour } from './flavour.ts';
import { topologiesDirectory } from './ports.ts';

/** One server as it was planned: enough to start it again, from any process. */
export interface ServerSpec {
  readonly number: number;
  readonly source: number | null;
  readonly host: string;
  /** The port by which everybody knows the server: its proxy's, if it has one. */
  readonly port: number;
  /** The port on which the server itself listens. */
  readonly directPort: number;
  readonly serverDir: string;
  readonly dataDir: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
}

/** One topology as it was planned, kept as `state.json` in its folder. */
export interface TopologySpec {
  readonly flavour: Flavour;
  readonly version: string;
  readonly tree: string;
  readonly gtid: boolean;
  readonly superReadOnly: boolean;
  readonly proxied: boolean;
  readonly dir: string;
  /** True when the caller chose the folder: then it stays at the end. */
  readonly keepDir: boolean;
  readonly basePort: number;
  readonly templateDir: string;
  readonly ownerPid: number;
  /** Who started it: the command "lab up", or a program (a test, a bench) using the functions. */
  readonly startedBy: 'command' | 'program';
  /** True when the servers outlive their owner. */
  readonly detached: boolean;
  readonly servers: readonly ServerSpec[];
}

/** Writes the state file in one step, so that a reader never sees half of it. */
export function saveSpec(spec: TopologySpec): void {
  const path = join(spec.dir, 'state.json');
  writeFileSync(`${path}.new`, `${JSON.stringify(spec, null, 2)}\n`);
  renameSync(`${path}.new`, path);
}

/** Reads the state file of a topology's folder; null when there is none. */
export function loadSpec(dir: string): TopologySpec | null {
  try {
    return JSON.parse(readFileSync(join(dir, 'state.json'), 'utf8')) as TopologySpec;
  } catch {
    return null;
  }
}

/** Removes a stopped topology's folder, unless the caller chose it, and gives its ports back. */
export function discardFolders(spec: TopologySpec): void {
  if (!spec.keepDir) {
    rmSync(spec.dir, { recursive: true, force: true });
    return;
  }
  try {
    // The ports were reserved by a folder which stayed empty; any other must stay.
    rmdirSync(join(topologiesDirectory(), String(spec.basePort)));
  } catch {
    // No reservation of ours.
  }
}

/** All topologies of this user that left a state file in the usual place, oldest port first. */
export function listSpecs(): readonly TopologySpec[] {
  const root = topologiesDirectory();
  return readdirSync(root)
    .map((name) => loadSpec(join(root, name)))
    .filter((spec) => spec !== null)
    .sort((a, b) => a.basePort - b.basePort);
}
