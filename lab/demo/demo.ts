import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Flavour,
  LabError,
  type LabServer,
  type LabTopology,
  parseFlavour,
  prepareFlavour,
  startTopology,
  waitFor,
} from '../index.ts';
import { followHappenings } from './happenings.ts';
import { type Program, startProgram } from './program.ts';
import { createScreen, createStatusLine } from './status-line.ts';

const TREE = '1(2,3(4))';
const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** The flavour asked for, else the first that can be had here. Throws LabError when there is none. */
async function chooseFlavour(asked: string | null): Promise<Flavour> {
  if (asked !== null) return parseFlavour(asked);
  for (const flavour of ['mysql-9.7', 'mariadb-10.11'] as const) {
    try {
      await prepareFlavour(flavour);
      return flavour;
    } catch (thrown) {
      if (!(thrown instanceof LabError)) throw thrown;
      say(`${flavour} cannot be had here: ${thrown.message}`);
    }
  }
  throw new LabError(
    'fetch-failed',
    'no database server could be found or fetched; install one: apt-get install -y mariadb-server',
  );
}

/** Null when the server does not answer. */
async function isReadOnly(server: LabServer): Promise<boolean | null> {
  const rows = await server.query('SELECT @@global.read_only AS ro', [], { timeoutMs: 500 }).catch(() => []);
  return rows[0] === undefined ? null : Number(rows[0].ro) === 1;
}

/** Which server but `dead` takes writes now; null while none does. */
async function writableServer(topology: LabTopology, dead: LabServer): Promise<LabServer | null> {
  for (const server of topology.servers.values()) {
    if (server !== dead && server.isAlive() && (await isReadOnly(server)) === false) return server;
  }
  return null;
}

/** True from the moment the kernel begins to take the process apart, which for a big server lasts a while. */
function isDying(server: LabServer): boolean {
  try {
    return readFileSync(`/proc/${server.pid}/cmdline`, 'utf8') === '';
  } catch {
    return true;
  }
}

const drawing = async (program: Program, server: LabServer): Promise<string> =>
  (await program.get<{ readonly Details: string }>(`topology/${server.host}/${server.port}`)).Details;

/** Runs the demo until `signal` aborts, then cleans up: servers, program, folders. Throws LabError when it cannot begin. */
export async function createDemo(
  options: { readonly flavour: string | null; readonly port: number },
  signal: AbortSignal,
): Promise<void> {
  const closers: (() => Promise<void>)[] = [];
  try {
    const flavour = await chooseFlavour(options.flavour);
    if (signal.aborted) return;
    say(`› starting a primary with three replicas (${flavour}) …`);
    const topology = await startTopology({ flavour, tree: TREE });
    closers.push(() => topology.close());
    if (signal.aborted) return;
    say('› starting orchestrator …');
    // So that the second kill, a minute later, is healed as well.
    const program = await startProgram(topology, { port: options.port, config: { RecoveryPeriodBlockSeconds: 10 } });
    closers.push(() => program.stop());
    await program.get(`discover/${topology.primary.host}/${topology.primary.port}`);
    const picture = await waitFor(
      async () => {
        const text = await drawing(program, topology.primary);
        return text.split('\n').length === topology.servers.size && text;
      },
      { what: 'orchestrator to find all servers', deadlineMs: 30_000, intervalMs: 50 },
    );
    if (signal.aborted) return;
    await play(topology, program, picture, signal);
  } finally {
    if (closers.length > 0) {
      say('\n› stopping everything …');
      for (const close of closers.reverse()) await close();
      say('  nothing is left running, temporary folders are removed');
    }
  }
}

async function play(topology: LabTopology, program: Program, picture: string, signal: AbortSignal): Promise<void> {
  const screen = createScreen(process.stdout);
  const writer = topology.follow({ intervalMs: 5 });
  const statusLine = createStatusLine(writer.acknowledged, (number) => addressOf(topology.server(number)));
  const clusterUrl = `${program.url}/web/cluster/instance/${topology.primary.host}/${topology.primary.port}`;
  let killedAtMs = 0;
  let primary = topology.primary;

  function invite(): void {
    screen.print(
      `\nto kill the primary, type in another terminal: kill -9 ${primary.pid}\n` +
        'or type here: k + Enter kills the primary, r + Enter starts dead servers again, t + Enter draws, Ctrl-C ends\n',
    );
  }
  const sinceKill = (): string => `+${Math.round(performance.now() - killedAtMs)} ms`.padStart(9);

  const commands: Readonly<Record<string, () => Promise<void>>> = {
    async k() {
      killedAtMs = performance.now();
      await primary.kill();
    },
    async r() {
      for (const server of topology.servers.values()) {
        if (server.isAlive()) continue;
        screen.print(`starting ${addressOf(server)} again, writable, as a supervisor would`);
        await server.restart({ readOnly: false });
        const answersAtMs = performance.now();
        await waitFor(async () => isReadOnly(server), {
          what: `${addressOf(server)} to be fenced`,
          deadlineMs: 30_000,
        });
        screen.print(
          `${addressOf(server)} is read-only ${Math.round(performance.now() - answersAtMs)} ms after it answered: fenced`,
        );
      }
    },
    t: async () => screen.print(await drawing(program, primary)),
  };

  /** Notices the end of the primary, by whatever hand, within a few milliseconds. */
  async function watchPrimary(): Promise<void> {
    while (!signal.aborted) {
      await sleep(5, undefined, { signal }).catch(() => undefined);
      if (signal.aborted || !isDying(primary)) continue;
      // By the key k the time is known exactly.
      if (performance.now() - killedAtMs > 2_000) killedAtMs = performance.now();
      screen.print(`\n${'0 ms'.padStart(9)}  ${addressOf(primary)} is dead`);
      await showRecovery();
    }
  }
  async function showRecovery(): Promise<void> {
    const dead = primary;
    while (!signal.aborted) {
      const successor = await writableServer(topology, dead);
      if (successor !== null) {
        screen.print(`${sinceKill()}  ${addressOf(successor)} is writable`);
        primary = successor;
        break;
      }
      await sleep(2);
    }
    await sleep(2_000, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    if (primary !== dead) screen.print(`\n${await drawing(program, primary)}`);
    invite();
  }

  screen.print(`\n${picture}\n\norchestrator is at ${clusterUrl}`);
  invite();
  const keyboard = createInterface({ input: process.stdin });
  keyboard.on('line', (line) => {
    const command = commands[line.trim().toLowerCase()];
    command?.().catch((thrown: unknown) => screen.print(String(thrown)));
  });
  const happenings = followHappenings(program.url, signal, ({ text }) => {
    if (killedAtMs > 0) screen.print(`${sinceKill()}  ${text}`);
  });
  const watching = watchPrimary();
  while (!signal.aborted) {
    screen.status(statusLine.next());
    await sleep(1000, undefined, { signal }).catch(() => undefined);
  }
  screen.end();
  keyboard.close();
  await writer.stop();
  await Promise.all([happenings, watching]);
}

const addressOf = (server: LabServer): string => `${server.host}:${server.port}`;
