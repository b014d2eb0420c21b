import { type Api, ApiError, keyPath } from '../api/client.ts';
import type { FleetWatch } from '../api/fleet-watch.ts';
import { createRefresher } from '../api/refresher.ts';
import type { AnalysisJson, DeposedJson, EnvelopeJson, InstanceJson, KeyJson, RecoveryJson } from '../api/types.ts';
import { nameOf } from '../model/key.ts';
import { isDeposed, isLostInRecovery } from '../model/state.ts';
import { createStore, type Store } from '../ui/store.ts';
import { leaverToFollow, recoveriesOf, relicKeys, successorToFollow } from './follow.ts';

export interface ClusterState {
  readonly isLoaded: boolean;
  /** The name the cluster bears now; the hint until known. */
  readonly name: string;
  /** Names it had while the page was open, or before its recoveries. */
  readonly formerNames: ReadonlySet<string>;
  readonly members: readonly InstanceJson[];
  /** Members, and the servers that recoveries left behind. */
  readonly shown: readonly InstanceJson[];
  readonly analysis: readonly AnalysisJson[];
  readonly recoveries: readonly RecoveryJson[];
  readonly error: string | null;
}

export interface ClusterWatch {
  readonly state: Store<ClusterState>;
  refresh(): void;
  close(): void;
}

const DEBOUNCE_MS = 100;
const SLOW_REFRESH_MS = 10_000;

/** Watches one cluster by name, alias or a member's address, and stays with its servers when a failover renames it. */
export function createClusterWatch(api: Api, fleetWatch: FleetWatch, hint: string): ClusterWatch {
  const state = createStore<ClusterState>({
    isLoaded: false,
    name: hint,
    formerNames: new Set(),
    members: [],
    shown: [],
    analysis: [],
    recoveries: [],
    error: null,
  });

  const clusterOf = async (name: string): Promise<readonly InstanceJson[]> =>
    (await api.read<readonly InstanceJson[] | null>(`cluster/${encodeURIComponent(name)}`)).value ?? [];
  const clusterWith = async (key: KeyJson): Promise<readonly InstanceJson[]> =>
    (await api.read<readonly InstanceJson[] | null>(`cluster/instance/${keyPath(key)}`)).value ?? [];
  const recoveriesAt = async (path: string): Promise<readonly RecoveryJson[]> =>
    (await api.read<readonly RecoveryJson[] | null>(path)).value ?? [];

  /** One server as it is now; null when it was forgotten. */
  async function relic(key: KeyJson): Promise<InstanceJson | null> {
    try {
      return (await api.read<InstanceJson>(`instance/${keyPath(key)}`)).value;
    } catch (thrown) {
      if (thrown instanceof ApiError && thrown.status !== null) return null;
      throw thrown;
    }
  }

  async function read(): Promise<void> {
    const before = state.get();
    const newest = await recoveriesAt('audit-recovery');
    let members = await clusterOf(before.name).catch((thrown: unknown) => {
      // Nobody bears the name any more: ask those who did.
      if (before.members.length > 0 && thrown instanceof ApiError && thrown.status !== null) return [];
      throw thrown;
    });
    const target = leaverToFollow(before.members, members) ?? successorToFollow(members, newest);
    if (target !== null) {
      const followed = await clusterWith(target);
      if (followed.length > 0) members = followed;
    }
    const name = members[0]?.ClusterName ?? before.name;
    const names = new Set([...before.formerNames, ...(before.members.length > 0 ? [before.name] : []), name]);
    const memberNames = new Set(members.map((instance) => nameOf(instance.Key)));
    const [ofCluster, analysis, deposed] = await Promise.all([
      recoveriesAt(`audit-recovery/cluster/${encodeURIComponent(name)}`),
      api.read<EnvelopeJson<readonly AnalysisJson[] | null>>(`replication-analysis/${encodeURIComponent(name)}`),
      api.read<readonly DeposedJson[]>('deposed-primaries'),
    ]);
    const recoveries = recoveriesOf([...newest, ...ofCluster], names, memberNames);
    for (const recovery of recoveries) names.add(recovery.AnalysisEntry.ClusterDetails.ClusterName);
    const deposedNames = new Set(deposed.value.map((entry) => `${entry.key.hostname}:${entry.key.port}`));
    const mark = (instance: InstanceJson): InstanceJson =>
      deposedNames.has(nameOf(instance.Key)) ? { ...instance, IsDeposed: true } : instance;
    const relics = (await Promise.all(relicKeys(recoveries, memberNames).map(relic)))
      .filter((found) => found !== null)
      .map(mark)
      .filter((instance) => isLostInRecovery(instance) || isDeposed(instance));
    members = members.map(mark);
    names.delete(name);
    state.set({
      isLoaded: true,
      name,
      formerNames: names,
      members,
      shown: [...members, ...relics],
      analysis: analysis.value.Details ?? [],
      recoveries,
      error: null,
    });
  }

  const refresher = createRefresher(async () => {
    try {
      await read();
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown.message : String(thrown);
      state.update((value) => ({ ...value, isLoaded: true, error }));
    }
  }, DEBOUNCE_MS);

  const concerns = (clusterName: string): boolean => {
    const { name, formerNames } = state.get();
    return clusterName === name || formerNames.has(clusterName);
  };
  const stopListening = fleetWatch.onEvent((event) => {
    if (
      event === null ||
      (event.kind !== 'explanation' &&
        event.kind !== 'readiness' &&
        event.kind !== 'recovery-step' &&
        concerns(event.clusterName))
    ) {
      refresher.wish();
    }
  });
  const slow = setInterval(() => refresher.wish(), SLOW_REFRESH_MS);
  refresher.wish();

  return {
    state,
    refresh: () => refresher.wish(),
    close() {
      stopListening();
      clearInterval(slow);
      refresher.close();
    },
  };
}
