import type { Orchestrator } from '../engine/use-cases.ts';

/** Counters that /debug/metrics shows under their historic names. */
export interface DebugVariables {
  count(name: string): void;
  /** all: everything; process: command line and memory only. */
  render(part: 'all' | 'process'): Readonly<Record<string, unknown>>;
}

/** The names stand there from the start, as dashboards expect. */
const INITIAL = [
  ...['discoveries.attempt', 'discoveries.fail', 'instance.read_topology', 'instance.write', 'audit.write'],
  ...['start', 'success', 'fail'].map((end) => `recover.dead_master.${end}`),
];

export interface DebugSources {
  readonly isLeader: () => boolean;
  readonly queueLength: () => number;
  /** Readings of the last minute. */
  readonly recentReadings: () => number;
  readonly countRecovering: () => number;
}

export function createDebugVariables(sources: DebugSources): DebugVariables {
  const counters = new Map(INITIAL.map((name) => [name, 0]));
  const process_ = () => ({ cmdline: process.argv, memstats: memory() });
  return {
    count: (name) => void counters.set(name, (counters.get(name) ?? 0) + 1),
    render(part) {
      if (part === 'process') return process_();
      return {
        ...process_(),
        ...Object.fromEntries(counters),
        'discoveries.queue_length': sources.queueLength(),
        'discoveries.recent_count': sources.recentReadings(),
        'elect.is_elected': Number(sources.isLeader()),
        'recover.pending': sources.countRecovering(),
      };
    },
  };
}

/** Memory in Go's words, as far as they mean something here; bytes. */
function memory() {
  const { rss, heapTotal, heapUsed } = process.memoryUsage();
  return { Alloc: heapUsed, Sys: rss, HeapAlloc: heapUsed, HeapSys: heapTotal, HeapInuse: heapUsed };
}

/** Counts recoveries from the live stream, and those under way. */
export function countRecoveries(orchestrator: Pick<Orchestrator, 'onLiveEvent'>, variables: DebugVariables) {
  const underWay = new Set<string>();
  const ends = { started: 'start', succeeded: 'success', failed: 'fail' } as const;
  const stop = orchestrator.onLiveEvent((event) => {
    if (event.kind !== 'recovery') return;
    variables.count(`recover.dead_master.${ends[event.state]}`);
    if (event.state === 'started') underWay.add(event.uid);
    else underWay.delete(event.uid);
  });
  return { stop, count: () => underWay.size };
}
