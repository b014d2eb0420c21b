import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { LabError } from '../error.ts';
import { parseFlavour } from '../flavour.ts';
import type { TopologySpec } from '../spec.ts';
import { startTopology } from '../topology.ts';
import { LAB_USERS } from '../users.ts';
import { describeTopology } from './status.ts';

export interface UpOptions {
  readonly tree: string;
  readonly gtid: boolean;
  readonly semiSync?: boolean;
  readonly durable?: boolean;
  readonly basePort?: string;
  readonly set?: readonly string[];
  readonly detach?: boolean;
}

/** Starts a topology, says how to use it, and stays until Ctrl-C or until it was stopped from elsewhere. */
export async function up(flavourText: string, options: UpOptions): Promise<void> {
  const flavour = parseFlavour(flavourText);
  const startMs = performance.now();
  const topology = await startTopology({
    flavour,
    tree: options.tree,
    gtid: options.gtid,
    semiSync: options.semiSync ?? false,
    durable: options.durable ?? false,
    settings: (options.set ?? []).map(readSetting),
    startedBy: 'command',
    detached: options.detach ?? false,
    ...(options.basePort === undefined ? {} : { basePort: Number(options.basePort) }),
  });
  console.log(`${await describeTopology(topology.spec)}\n`);
  console.log(`Ready after ${((performance.now() - startMs) / 1000).toFixed(1)} s.\n\n${howToGoOn(topology.spec)}`);
  if (options.detach) {
    for (const server of topology.servers.values()) server.disconnect();
    return;
  }
  console.log('\nCtrl-C stops the servers and removes their data.');
  const reason = await Promise.race([stopSignal(), goneFrom(topology.dir)]);
  console.log(`\n${reason}: stopping the servers.`);
  await topology.close();
}

function readSetting(text: string): string {
  if (!/^-{0,2}[a-z][a-z0-9_-]*(=.*)?$/i.test(text)) {
    throw new LabError('bad-argument', `--set "${text}" is no server setting; write it like --set slave_net_timeout=4`);
  }
  return text.startsWith('--') ? text : `--${text.replace(/^-/, '')}`;
}

function howToGoOn(spec: TopologySpec): string {
  const login = (user: { user: string; password: string }): string =>
    `${user.user} / ${user.password || '(no password)'}`;
  const choice = `--topology ${spec.basePort}`;
  return [
    'Users on every server:',
    `  ${login(LAB_USERS.orchestrator).padEnd(22)} for the orchestrator (all privileges)`,
    `  ${login(LAB_USERS.replication).padEnd(22)} for replicas`,
    `  ${login(LAB_USERS.application).padEnd(22)} for applications (database app)`,
    `  ${login(LAB_USERS.root).padEnd(22)} for you, from 127.0.0.1`,
    '',
    'In another terminal (choose with the base port when several topologies run):',
    `  npm run lab -- status`,
    `  npm run lab -- kill ${spec.servers[0]?.number} ${choice}      a crash; restart brings it back`,
    `  npm run lab -- pause ${spec.servers[0]?.number} ${choice}     a hung server; resume ends it`,
    `  npm run lab -- sql ${spec.servers.at(-1)?.number} "SHOW DATABASES" ${choice}`,
    `  npm run lab -- reset ${choice}       the first state again`,
    `  npm run lab -- down ${choice}`,
  ].join('\n');
}

async function stopSignal(): Promise<string> {
  const controller = new AbortController();
  const { signal } = controller;
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const name = await Promise.race(names.map((each) => once(process, each, { signal }).then(() => each)));
  return name === 'SIGINT' ? 'Ctrl-C' : name;
}

/** Resolves when "lab down" has removed the topology's folder. */
function goneFrom(dir: string): Promise<string> {
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (existsSync(dir)) return;
      clearInterval(timer);
      resolve('Stopped from elsewhere');
    }, 300);
  });
}
