import { LabError } from '../error.ts';
import type { LabServer } from '../server.ts';
import { listSpecs, type TopologySpec } from '../spec.ts';
import { type LabTopology, openTopology } from '../topology.ts';

/** Which topology a command means, when several run: by its base port. */
export interface TopologyChoice {
  readonly topology?: string;
}

/** The topology a command means. Throws LabError 'bad-argument' when there is none, or more than one and no choice. */
export function chooseSpec(choice: TopologyChoice): TopologySpec {
  const specs = listSpecs();
  if (choice.topology !== undefined) {
    const found = specs.find((spec) => String(spec.basePort) === choice.topology);
    if (found !== undefined) return found;
    throw new LabError(
      'bad-argument',
      `no topology with base port ${choice.topology}; "lab status" lists those that run`,
    );
  }
  // A person means what the command started, not the servers of a test that happens to run.
  const candidates = specs.filter((spec) => spec.startedBy === 'command');
  const [only] = candidates;
  if (only === undefined)
    throw new LabError('bad-argument', 'no topology runs; start one with: lab up mysql-9.7 --tree "1(2,3(4))"');
  if (candidates.length > 1) {
    const ports = candidates.map((spec) => spec.basePort).join(', ');
    throw new LabError(
      'bad-argument',
      `several topologies run; choose one with --topology and its base port: ${ports}`,
    );
  }
  return only;
}

/** A server by its number in the chosen topology, or by its port in any. */
export async function chooseServer(
  text: string,
  choice: TopologyChoice,
): Promise<{ topology: LabTopology; server: LabServer }> {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) {
    throw new LabError('bad-argument', `"${text}" is no server; give its number in the tree, or its port`);
  }
  if (number < 100) {
    const topology = await openTopology(chooseSpec(choice));
    return { topology, server: topology.server(number) };
  }
  for (const spec of listSpecs()) {
    const planned = spec.servers.find((entry) => entry.port === number);
    if (planned === undefined) continue;
    const topology = await openTopology(spec);
    return { topology, server: topology.server(planned.number) };
  }
  throw new LabError('bad-argument', `no server of the lab has port ${number}; "lab status" lists them`);
}
