import { existsSync } from 'node:fs';
import { messageOf } from '../error.ts';
import { vocabularyOf } from '../flavour.ts';
import { livingPid } from '../process.ts';
import { createServerHandle, type LabServer } from '../server.ts';
import { listSpecs, type ServerSpec, type TopologySpec } from '../spec.ts';
import { formatTable } from './table.ts';

/** Prints every topology of this user with the state of its servers. */
export async function status(): Promise<void> {
  const specs = listSpecs();
  if (specs.length === 0) console.log('No topology runs. Start one with: lab up mysql-9.7 --tree "1(2,3(4))"');
  for (const spec of specs) console.log(`${await describeTopology(spec)}\n`);
}

/** One topology as a heading and a table of its servers. */
export async function describeTopology(spec: TopologySpec): Promise<string> {
  const rows = await Promise.all(spec.servers.map((planned) => describeServer(spec, planned)));
  const header = ['server', 'address', 'pid', 'state', 'access', 'replicates from', 'receiver/applier'];
  return `${headline(spec)}\n${formatTable(header, rows)}`;
}

function headline(spec: TopologySpec): string {
  const owner = existsSync(`/proc/${spec.ownerPid}`) ? `process ${spec.ownerPid}` : 'nobody (its process is gone)';
  const life = spec.detached ? 'detached' : `owned by ${owner}`;
  const mode = spec.gtid ? 'GTID' : 'file and position';
  return `${spec.flavour} (${spec.version})  tree ${spec.tree}  by ${mode}  base port ${spec.basePort}  ${life}\n${spec.dir}`;
}

async function describeServer(spec: TopologySpec, planned: ServerSpec): Promise<readonly string[]> {
  const { flavour, templateDir, superReadOnly } = spec;
  const server = createServerHandle(planned, { flavour, templateDir, superReadOnly, proxy: null });
  const pid = String(livingPid(planned.serverDir) ?? '-');
  const first = [String(planned.number), `${planned.host}:${planned.port}`, pid];
  if (!server.isAlive()) return [...first, 'down', '', '', ''];
  if (server.isPaused()) return [...first, 'paused', '', '', ''];
  try {
    return [...first, 'up', ...(await askServer(spec, server))];
  } catch (thrown) {
    return [...first, 'up', `no answer: ${messageOf(thrown)}`, '', ''];
  } finally {
    server.disconnect();
  }
}

async function askServer(spec: TopologySpec, server: LabServer): Promise<readonly string[]> {
  const words = vocabularyOf(spec.flavour);
  const readOnly = (await server.query('SELECT @@global.read_only AS ro', [], { timeoutMs: 2000 }))[0]?.ro;
  const replica = await server.replicaStatus();
  const access = Number(readOnly) === 0 ? 'writable' : 'read-only';
  if (replica === null) return [access, '-', '-'];
  const port = Number(replica.Source_Port ?? replica.Master_Port);
  const source = spec.servers.find((entry) => entry.port === port);
  const name = source === undefined ? `port ${port}` : `${source.number} (${port})`;
  return [access, name, `${replica[words.receiverColumn]}/${replica[words.applierColumn]}`];
}
