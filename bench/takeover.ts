/**
 * npm run bench:takeover: how long writes are refused when a primary hands its role over, on real servers under ~400 inserts/s of
 * clients in a process of their own.
 * --no-gtid: by file and position. --steps: what was done.
 */
import { cpus, loadavg } from 'node:os';
import {
  type Acknowledged,
  FLAVOURS,
  type Flavour,
  type LabTopology,
  parseFlavour,
  startTopology,
} from '../lab/index.ts';
import { type Engine, openEngine, sentenceOf } from '../test/support/engine.ts';
import { TAKEOVER_CONFIG } from '../test/support/takeover.ts';
import { markdownTable, median, medianAndWorst } from './stats.ts';
import { startWriting, type WritingProcess } from './takeover/writing-process.ts';

const ROUNDS = 12;
const SETTLE_MS = 500;
const TARGET_MS = 50;

const wanted = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const flavours: readonly Flavour[] = wanted.length === 0 ? FLAVOURS : wanted.map(parseFlavour);
const showSteps = process.argv.includes('--steps');
const gtid = !process.argv.includes('--no-gtid');

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** From the last acknowledgement by the former primary to the first one by its successor, milliseconds. */
function refusedMs(acknowledged: readonly Acknowledged[], successor: number): number {
  const first = acknowledged.find(({ server }) => server === successor);
  const last = acknowledged.findLast(({ server }) => server !== successor);
  return first === undefined || last === undefined ? Number.NaN : first.atMs - last.atMs;
}

interface Round {
  readonly refusedMs: number;
  readonly tookMs: number;
  readonly lost: number;
}

async function runRound(
  topology: LabTopology,
  operator: Engine,
  clients: WritingProcess,
  index: number,
): Promise<Round> {
  const [from, to] = index % 2 === 1 ? ([1, 2] as const) : ([2, 1] as const);
  await sleep(SETTLE_MS);
  const startMs = performance.now();
  const request = operator.request('graceful-master-takeover-auto', from, to);
  const outcome = await operator.orchestrator.operations.run(request, 'bench');
  const tookMs = performance.now() - startMs;
  if (outcome.kind !== 'done' || outcome.failed.length > 0) throw new Error(sentenceOf(outcome));
  await sleep(SETTLE_MS);
  const acknowledged = await clients.acknowledged();
  const lost = await topology.lostWrites(to, acknowledged);
  return { refusedMs: refusedMs(acknowledged, to), tookMs, lost: lost.length };
}

const load = loadavg()[0] ?? 0;
console.log(`${cpus().length} CPUs, load ${load.toFixed(2)}${load > 0.7 ? ' (not idle: figures will be worse)' : ''}`);
const rows: string[][] = [];
for (const flavour of flavours) {
  const topology = await startTopology({ flavour, gtid, tree: '1(2,3,4)' });
  const operator = await openEngine(topology, { mode: 'continuous', config: TAKEOVER_CONFIG });
  const clients = await startWriting(topology, { from: 1, options: { connections: 4, intervalMs: 9 } });
  try {
    const rounds: Round[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      const done = await runRound(topology, operator, clients, round);
      console.log(`${flavour}: refused ${done.refusedMs.toFixed(1)} ms, all in all ${Math.round(done.tookMs)} ms`);
      rounds.push(done);
    }
    if (showSteps)
      for (const { message } of (await operator.orchestrator.auditLog({})).toReversed()) console.log(`  ${message}`);
    const refused = rounds.map((round) => round.refusedMs);
    const lost = rounds.reduce((sum, round) => sum + round.lost, 0);
    rows.push([flavour, medianAndWorst(refused), medianAndWorst(rounds.map(({ tookMs }) => tookMs)), String(lost)]);
    if (!(median(refused) <= TARGET_MS) || lost > 0) process.exitCode = 1;
  } finally {
    await clients.close();
    await operator.close();
    await topology.close();
  }
}
console.log(
  `\n${markdownTable(['flavour', 'writes refused (ms)', 'all in all (ms)', 'lost'], rows)}\n\nMedian / worst of ${ROUNDS}.`,
);
