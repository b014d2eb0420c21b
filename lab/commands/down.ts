import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { topologiesDirectory } from '../ports.ts';
import { signalServer, waitGone } from '../process.ts';
import { discardFolders, listSpecs, loadSpec, type TopologySpec } from '../spec.ts';
import { chooseSpec, type TopologyChoice } from './find.ts';

/**
 * Stops what "lab up" started and what dead programs left behind, and removes the data. The servers of a living test
 * are left alone unless `all` is set; with `topology` (a base port) nothing but that one is stopped. Only processes whose command line names the topology's folder are killed.
 */
export async function down(options: { readonly all?: boolean } & TopologyChoice): Promise<void> {
  const isNamed = options.topology !== undefined;
  let stopped = 0;
  for (const spec of isNamed ? [chooseSpec(options)] : listSpecs()) {
    if (!isNamed && !options.all && spec.startedBy === 'program' && isOwned(spec)) {
      console.log(
        `left alone: base port ${spec.basePort}, in use by process ${spec.ownerPid} (stop it too with --all)`,
      );
      continue;
    }
    for (const server of spec.servers) {
      signalServer(server.serverDir, 'SIGKILL');
      await waitGone(server.serverDir, 20_000);
    }
    discardFolders(spec);
    console.log(`stopped: ${spec.flavour} at base port ${spec.basePort}, ${spec.servers.length} servers`);
    stopped += 1;
  }
  removeEmptyLeftovers();
  if (stopped === 0) console.log('Nothing to stop.');
}

function isOwned(spec: TopologySpec): boolean {
  return !spec.detached && existsSync(`/proc/${spec.ownerPid}`);
}

/** Folders reserved by a process that died before it had written its state: never older than its first second of work. */
function removeEmptyLeftovers(): void {
  const root = topologiesDirectory();
  for (const name of readdirSync(root)) {
    const dir = join(root, name);
    if (loadSpec(dir) === null && readdirSync(dir).length === 0) rmSync(dir, { recursive: true, force: true });
  }
}
