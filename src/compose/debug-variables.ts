import type { Orchestrator } from '../engine/use-cases.ts';
import { RECOVERY_LABELS, type RecoveryLabels } from './recovery-labels.ts';

/** One number under its historic name, e.g. `discoveries.attempt`. Counters only grow while the process lives. */
export interface Series {
  readonly name: string;
  readonly kind: 'counter' | 'gauge';
  readonly value: number;
}

/** Counters and gauges that /debug/metrics shows, and Graphite gets, under their historic names. */
export interface DebugVariables {
  count(name: string): void;
  series(): readonly Series[];
  /** all: everything; process: command line and memory only. */
  render(part: 'all' | 'process'): Readonly<Record<string, unknown>>;
}

/** The names stand there from the start, as dashboards expect. */
const INITIAL = [
  ...['discoveries.attempt', 'discoveries.fail', 'discoveries.instance_poll_seconds_exceeded'],
  ...['instance.read', 'instance.read_topology', 'instance.write', 'audit.write'],
  ...RECOVERY_LABELS.flatMap((label) => ['start', 'success', 'fail'].map((end) => `recover.${label}.${end}`)),
];

export interface DebugSources {
  readonly isLeader: () => boolean;
  readonly isHealthy: () => boolean;
  readonly queueLength: () => number;
  readonly deadQueueLength: () => number;
  /** Readings of the last minute. */
  readonly recentReadings: () => number;
  readonly countRecovering: () => number;
}

export function createDebugVariables(sources: DebugSources): DebugVariables {
  const counters = new Map(INITIAL.map((name) => [name, 0]));
  const process_ = () => ({ cmdline: process.argv, memstats: memory() });
  const gauges = (): Readonly<Record<string, number>> => ({
    'discoveries.queue_length': sources.queueLength(),
    'discoveries.dead_instances_queue_length': sources.deadQueueLength(),
    'discoveries.recent_count': sources.recentReadings(),
    'elect.is_elected': Number(sources.isLeader()),
    'health.is_healthy': Number(sources.isHealthy()),
    'raft.is_leader': 0,
    'raft.is_healthy': 0,
    'recover.pending': sources.countRecovering(),
  });
  return {
    count: (name) => void counters.set(name, (counters.get(name) ?? 0) + 1),
    series: () => [
      ...[...counters].map(([name, value]) => ({ name, kind: 'counter' as const, value })),
      ...Object.entries(gauges()).map(([name, value]) => ({ name, kind: 'gauge' as const, value })),
    ],
    render: (part) =>
      part === 'process' ? process_() : { ...process_(), ...Object.fromEntries(counters), ...gauges() },
  };
}

/** Memory in Go's words, as far as they mean something here; bytes. */
function memory() {
  const { rss, heapTotal, heapUsed } = process.memoryUsage();
  return { Alloc: heapUsed, Sys: rss, HeapAlloc: heapUsed, HeapSys: heapTotal, HeapInuse: heapUsed };
}

/** Counts recoveries from the live stream, and those under way. */
export function countRecoveries(
  orchestrator: Pick<Orchestrator, 'onLiveEvent'>,
  variables: DebugVariables,
  labels: RecoveryLabels,
) {
  const underWay = new Set<string>();
  const ends = { started: 'start', succeeded: 'success', failed: 'fail' } as const;
  const stop = orchestrator.onLiveEvent((event) => {
    if (event.kind !== 'recovery') return;
    variables.count(`recover.${labels.labelOf(event.uid)}.${ends[event.state]}`);
    if (event.state === 'started') underWay.add(event.uid);
    else {
      underWay.delete(event.uid);
      labels.forget(event.uid);
    }
  });
  return { stop, count: () => underWay.size };
}
