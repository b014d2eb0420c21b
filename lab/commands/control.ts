import { FLAVOURS, parseFlavour } from '../flavour.ts';
import type { LabServer } from '../server.ts';
import { prepareFlavour } from '../servers/prepare.ts';
import { prepareEtcd } from '../services/etcd.ts';
import { prepareZookeeper } from '../services/zookeeper.ts';
import type { LabTopology } from '../topology.ts';
import { openTopology } from '../topology.ts';
import { chooseServer, chooseSpec, type TopologyChoice } from './find.ts';
import { formatRows } from './table.ts';

export interface RestartChoice extends TopologyChoice {
  readonly readOnly?: boolean;
  readonly writable?: boolean;
}

export async function kill(text: string, choice: TopologyChoice): Promise<void> {
  await withServer(text, choice, async (server) => {
    await server.kill();
    return 'killed; restart brings it back';
  });
}

export async function pause(text: string, choice: TopologyChoice): Promise<void> {
  await withServer(text, choice, async (server) => {
    server.pause();
    return 'paused: connections are accepted and nobody answers; resume ends it';
  });
}

export async function resume(text: string, choice: TopologyChoice): Promise<void> {
  await withServer(text, choice, async (server) => {
    server.resume();
    return 'goes on';
  });
}

export async function restart(text: string, choice: RestartChoice): Promise<void> {
  await withServer(text, choice, async (server) => {
    const readOnly = choice.readOnly ? { readOnly: true } : choice.writable ? { readOnly: false } : {};
    await server.restart(readOnly);
    return `up again, process ${server.pid}`;
  });
}

export async function sql(text: string, statement: string, choice: TopologyChoice): Promise<void> {
  const { server } = await chooseServer(text, choice);
  try {
    console.log(formatRows(await server.query(statement, [], { timeoutMs: 60_000 })));
  } finally {
    server.disconnect();
  }
}

export async function reset(choice: TopologyChoice): Promise<void> {
  const topology = await openTopology(chooseSpec(choice));
  try {
    await topology.reset();
    console.log(`${topology.flavour} at base port ${topology.spec.basePort}: tree ${topology.spec.tree} as at first`);
  } finally {
    disconnect(topology);
  }
}

export async function fetchFlavours(texts: readonly string[]): Promise<void> {
  const flavours = texts.length === 0 ? FLAVOURS : texts.map(parseFlavour);
  for (const flavour of flavours) {
    const kit = await prepareFlavour(flavour);
    console.log(`${flavour}: ${kit.version}, ${kit.command.at(-1)}`);
  }
  if (texts.length > 0) return;
  console.log(`etcd: ${await prepareEtcd()}`);
  console.log(`ZooKeeper: ${await prepareZookeeper()}`);
}

async function withServer(
  text: string,
  choice: TopologyChoice,
  work: (server: LabServer) => Promise<string>,
): Promise<void> {
  const { server } = await chooseServer(text, choice);
  try {
    console.log(`server ${server.number} (${server.host}:${server.port}): ${await work(server)}`);
  } finally {
    server.disconnect();
  }
}

function disconnect(topology: LabTopology): void {
  for (const server of topology.servers.values()) server.disconnect();
}
