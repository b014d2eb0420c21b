import { setTimeout as sleep } from 'node:timers/promises';
import { type LabServer, type LabTopology, longestGapMs, type Writer } from '../../lab/index.ts';
import { type Program, startProgram } from '../../test/support/program.ts';
import { nowMs } from '../clock.ts';
import { allFollow, findFaults, readReceived } from './checks.ts';
import { type WritableWatch, watchWritable } from './watch-writable.ts';

/** What one kill -9 of a primary with three replicas led to. Milliseconds are counted from the kill. */
export interface Trial {
  readonly writableMs: number | null;
  readonly allFollowMs: number | null;
  /** The writer's longest pause between two acknowledgements, from shortly before the kill on. */
  readonly gapMs: number | null;
  /** Acknowledged by the dead server and never sent by it: what asynchronous replication loses. */
  readonly unsentRows: number;
  readonly faults: readonly string[];
  readonly steps: readonly string[];
  /** Whatever the scenario adds. */
  readonly notes: readonly string[];
}

export interface TrialSettings {
  readonly intervalMs: number;
  /** Configuration beside the defaults and credentials. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The fault, at the time of its choice; resolves with the time of the kill. Default: kill -9, at once. */
  fault?(context: TrialContext): Promise<number>;
  /** What happens after the kill, beside the failover; its notes. */
  afterwards?(context: TrialContext, killedAtMs: number): Promise<readonly string[]>;
}

export interface TrialContext {
  readonly topology: LabTopology;
  readonly primary: LabServer;
  readonly replicas: readonly LabServer[];
  readonly watches: readonly WritableWatch[];
  readonly note: (text: string) => void;
}

const DISCOVERED_WITHIN_MS = 60_000;
const WRITABLE_WITHIN_MS = 60_000;
const FOLLOW_WITHIN_MS = 90_000;
const WRITING_BEFORE_MS = 500;
const WRITING_AFTER_MS = 500;
/** The program polls every 5 s; the kill comes anywhere between two polls. */
const SPREAD_MS = 1_500;

/** One run: fresh program, writer, kill, measurement by observers of its own, checks. The topology must be in its first state. */
export async function runTrial(topology: LabTopology, settings: TrialSettings): Promise<Trial> {
  const { primary } = topology;
  const replicas = [...topology.servers.values()].filter((server) => server !== primary);
  const program = await startProgram({
    seeds: [`${primary.host}:${primary.port}`],
    config: settings.config,
    args: [],
  });
  const watches: WritableWatch[] = [];
  let writer: Writer | null = null;
  const notes: string[] = [];
  try {
    await untilDiscovered(program, 1 + replicas.length);
    writer = topology.follow({ intervalMs: settings.intervalMs });
    for (const replica of replicas) watches.push(await watchWritable(replica));
    await sleep(WRITING_BEFORE_MS + Math.random() * SPREAD_MS);

    const context: TrialContext = { topology, primary, replicas, watches, note: (text) => notes.push(text) };
    const killedAtMs = await (settings.fault ?? killPrimary)(context);
    const afterwards = settings.afterwards?.(context, killedAtMs) ?? Promise.resolve([]);
    const [promoted, received] = await Promise.all([
      firstWritable(watches, killedAtMs),
      untilGone(primary).then(() => readReceived(topology.flavour, replicas)),
    ]);
    if (promoted === null) {
      notes.push(...(await afterwards));
      return {
        ...NOTHING,
        steps: stepsOf(program),
        notes,
        faults: [`no replica was writable within ${WRITABLE_WITHIN_MS} ms`],
      };
    }
    const siblings = replicas.filter((replica) => replica !== promoted.server);
    const followAtMs = await allFollow(siblings, promoted.server, FOLLOW_WITHIN_MS);
    notes.push(...(await afterwards));
    await sleep(WRITING_AFTER_MS);
    const report = await writer.stop();
    const faults = [...(await findFaults(topology.flavour, promoted.server, siblings, received))];
    if (followAtMs === null) faults.unshift(`the siblings did not all follow within ${FOLLOW_WITHIN_MS} ms`);
    const lost = new Set(await topology.lostWrites(promoted.server.number, report.acknowledged));
    if (report.acknowledged.some(({ id, server }) => lost.has(id) && server === promoted.server.number))
      faults.push('a row is missing that the promoted server itself acknowledged');
    return {
      writableMs: promoted.atMs - killedAtMs,
      allFollowMs: followAtMs === null ? null : followAtMs - killedAtMs,
      gapMs: longestGapMs(report.acknowledged.filter(({ atMs }) => atMs > killedAtMs - 100)),
      unsentRows: lost.size,
      faults,
      steps: stepsOf(program),
      notes,
    };
  } finally {
    await writer?.stop();
    await Promise.all(watches.map((watch) => watch.stop()));
    await program.close();
  }
}

async function untilDiscovered(program: Program, count: number): Promise<void> {
  await program.waitFor(
    `${count} servers to be discovered`,
    async () => {
      const all = await program.api<{ IsLastCheckValid: boolean }[]>('all-instances');
      return all.length === count && all.every(({ IsLastCheckValid }) => IsLastCheckValid);
    },
    DISCOVERED_WITHIN_MS,
  );
}

/** kill -9. The signal is sent before this returns; the time is that of the moment before. */
export async function killPrimary({ primary }: Pick<TrialContext, 'primary'>): Promise<number> {
  const killedAtMs = nowMs();
  primary.kill().catch(() => undefined);
  return killedAtMs;
}

async function untilGone(server: LabServer): Promise<void> {
  while (server.isAlive()) await sleep(2);
}

async function firstWritable(
  watches: readonly WritableWatch[],
  fromMs: number,
): Promise<{ readonly server: LabServer; readonly atMs: number } | null> {
  const giveUpAtMs = nowMs() + WRITABLE_WITHIN_MS;
  while (nowMs() < giveUpAtMs) {
    for (const { server, changes } of watches) {
      const seen = changes.find(({ state, atMs }) => state === 'writable' && atMs >= fromMs);
      if (seen !== undefined) return { server, atMs: seen.atMs };
    }
    await sleep(1);
  }
  return null;
}

/** What the program says it did, with its own times since the first sign of failure. */
const stepsOf = (program: Program): readonly string[] =>
  program
    .log()
    .filter(({ msg }) => msg === 'recovery step')
    .map(({ sinceSuspicionMs, step }) => `${String(sinceSuspicionMs).padStart(6)} ms  ${String(step)}`);

/** A run that could not be carried out. */
export const brokenTrial = (thrown: unknown): Trial => ({
  ...NOTHING,
  faults: [thrown instanceof Error ? thrown.message : String(thrown)],
});

const NOTHING: Trial = {
  writableMs: null,
  allFollowMs: null,
  gapMs: null,
  unsentRows: 0,
  faults: [],
  steps: [],
  notes: [],
};
