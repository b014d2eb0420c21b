import type { Tone } from '../model/card.ts';
import { verdictTone, verdictWords } from '../model/verdict.ts';
import { createStore, type Store } from '../ui/store.ts';
import type { Api } from './client.ts';
import { createLive, type LiveState } from './live.ts';
import { createRefresher } from './refresher.ts';
import type {
  ClusterInfoJson,
  EnvelopeJson,
  ExplanationJson,
  InstanceJson,
  LiveEvent,
  WebSettingsJson,
} from './types.ts';

/** One line of the live log. */
export interface LogEntry {
  readonly id: number;
  readonly atMs: number;
  readonly clusterName: string;
  readonly kind: 'step' | 'verdict' | 'recovery';
  readonly tone: Tone;
  readonly text: string;
}

export interface Fleet {
  readonly isLoaded: boolean;
  readonly clusters: readonly ClusterInfoJson[];
  /** Servers with problems by cluster name; null when the API does not tell. */
  readonly problemsOf: ReadonlyMap<string, number> | null;
  /** Servers nobody is to be troubled about, by cluster name: their problems are not counted. */
  readonly downtimedOf: ReadonlyMap<string, readonly InstanceJson[]>;
  readonly explanations: ReadonlyMap<string, ExplanationJson>;
  readonly settings: WebSettingsJson;
  /** null while unknown. */
  readonly areRecoveriesEnabled: boolean | null;
  readonly error: string | null;
}

/** One sentence stands for the cluster: that of its primary. Those about other servers are in the log. */
const isOfCluster = ({ server }: ExplanationJson): boolean => server === undefined;

/** What the whole page shares: the list of clusters, the explanations, the log, and the one live stream. */
export interface FleetWatch {
  readonly fleet: Store<Fleet>;
  readonly log: Store<readonly LogEntry[]>;
  readonly connection: Store<LiveState>;
  /** Hears every event of the stream, and `null` when the stream is back after a loss. */
  onEvent(listener: (event: LiveEvent | null) => void): () => void;
  refresh(): void;
  retryNow(): void;
  close(): void;
}

/** Until the server has told: nothing is offered that it might refuse. */
const UNKNOWN_SETTINGS: WebSettingsJson = {
  urlPrefix: '',
  webMessage: '',
  removeTextFromHostnameDisplay: '',
  userId: '',
  isAuthorizedForAction: false,
};
const LOG_LIMIT = 500;
const LOG_DELAY_MS = 60;
const DEBOUNCE_MS = 250;
const SLOW_REFRESH_MS = 20_000;
const wordsOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

/** Begins to watch. Answers that fail are kept as `fleet.error`; the last good list stays. */
export function createFleetWatch(api: Api): FleetWatch {
  const fleet = createStore<Fleet>({
    isLoaded: false,
    clusters: [],
    problemsOf: null,
    downtimedOf: new Map(),
    explanations: new Map(),
    settings: UNKNOWN_SETTINGS,
    areRecoveriesEnabled: null,
    error: null,
  });
  const log = createStore<readonly LogEntry[]>([]);
  const connection = createStore<LiveState>({ kind: 'connecting' });
  const listeners = new Set<(event: LiveEvent | null) => void>();
  let nextLogId = 1;

  let unwritten: LogEntry[] = [];
  /** A failover of a big cluster tells hundreds of steps within a second: they are shown a few times a second. */
  const note = (entry: Omit<LogEntry, 'id'>): void => {
    unwritten.push({ ...entry, id: nextLogId });
    nextLogId += 1;
    if (unwritten.length > 1) return;
    setTimeout(() => {
      log.update((entries) => [...entries, ...unwritten].slice(-LOG_LIMIT));
      unwritten = [];
    }, LOG_DELAY_MS);
  };

  async function read(): Promise<void> {
    try {
      const [clusters, problems, downtimed, explanations, recoveries, settings] = await Promise.all([
        api.read<readonly ClusterInfoJson[] | null>('clusters-info'),
        api.read<readonly InstanceJson[] | null>('problems'),
        api.read<readonly InstanceJson[] | null>('downtimed'),
        api.read<readonly ExplanationJson[]>('explanations'),
        api.read<EnvelopeJson<string>>('check-global-recoveries'),
        api.read<WebSettingsJson>('web-settings'),
      ]);
      const problemsOf = new Map<string, number>();
      for (const { ClusterName } of problems.value ?? [])
        problemsOf.set(ClusterName, (problemsOf.get(ClusterName) ?? 0) + 1);
      const downtimedOf = new Map<string, InstanceJson[]>();
      for (const instance of downtimed.value ?? [])
        downtimedOf.set(instance.ClusterName, [...(downtimedOf.get(instance.ClusterName) ?? []), instance]);
      fleet.set({
        isLoaded: true,
        clusters: clusters.value ?? [],
        problemsOf,
        downtimedOf,
        explanations: new Map(
          explanations.value.filter(isOfCluster).map((explanation) => [explanation.clusterName, explanation]),
        ),
        settings: settings.value,
        areRecoveriesEnabled: recoveries.value.Details !== 'disabled',
        error: null,
      });
    } catch (thrown) {
      fleet.update((before) => ({ ...before, isLoaded: true, error: wordsOf(thrown) }));
    }
  }

  function hear(event: LiveEvent): void {
    if (event.kind === 'explanation') {
      const { explanation } = event;
      const before = fleet.get().explanations.get(explanation.clusterName);
      if (isOfCluster(explanation))
        fleet.update((value) => ({
          ...value,
          explanations: new Map(value.explanations).set(explanation.clusterName, explanation),
        }));
      if (before?.verdict !== explanation.verdict || before.sentence !== explanation.sentence) {
        const { clusterName, atMs, verdict, sentence } = explanation;
        note({
          clusterName,
          atMs,
          kind: 'verdict',
          tone: verdictTone(verdict),
          text: `${verdictWords(verdict)}: ${sentence}`,
        });
      }
    } else if (event.kind === 'recovery-step') {
      note({ clusterName: event.clusterName, atMs: event.atMs, kind: 'step', tone: 'quiet', text: event.message });
    } else if (event.kind === 'recovery') {
      const tone = event.state === 'succeeded' ? 'good' : event.state === 'failed' ? 'bad' : 'warn';
      note({
        clusterName: event.clusterName,
        atMs: Date.now(),
        kind: 'recovery',
        tone,
        text: `Recovery ${event.state}`,
      });
      refresher.wish();
    } else if (event.kind !== 'readiness') {
      refresher.wish();
    }
    for (const listener of listeners) listener(event);
  }

  const refresher = createRefresher(read, DEBOUNCE_MS);
  const live = createLive(api.liveUrl, {
    onState: (state) => connection.set(state),
    onEvent: hear,
    onReturn() {
      refresher.wish();
      for (const listener of listeners) listener(null);
    },
  });
  const slow = setInterval(() => refresher.wish(), SLOW_REFRESH_MS);
  void read();

  return {
    fleet,
    log,
    connection,
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    refresh: () => refresher.wish(),
    retryNow: () => live.retryNow(),
    close() {
      clearInterval(slow);
      refresher.close();
      live.close();
    },
  };
}
