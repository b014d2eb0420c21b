import { type ReactNode, useEffect, useMemo, useState } from 'react';
import type { ExplanationJson } from '../api/types.ts';
import { TopologyCanvas } from '../canvas/topology-canvas.tsx';
import { nameOf } from '../model/key.ts';
import { Note } from '../ui/controls.tsx';
import { useServices } from '../ui/services.ts';
import { useStore } from '../ui/store.ts';
import styles from './cluster-page.module.css';
import { ClusterSummary } from './cluster-summary.tsx';
import { type ClusterWatch, createClusterWatch } from './cluster-watch.ts';
import { DetailsPanel } from './details-panel.tsx';
import { EventLog } from './event-log.tsx';
import { ReadinessPanel } from './readiness-panel.tsx';
import { RecoveryHistory } from './recovery-history.tsx';

/** One cluster, live: its tree, what was decided about it, what happened to it. */
export function ClusterPage({ hint }: { readonly hint: string }): ReactNode {
  const { api, fleetWatch } = useServices();
  const [watch, setWatch] = useState<ClusterWatch | null>(null);
  useEffect(() => {
    const fresh = createClusterWatch(api, fleetWatch, hint);
    setWatch(fresh);
    return () => fresh.close();
  }, [api, fleetWatch, hint]);
  return watch === null ? null : <WatchedCluster watch={watch} />;
}

function WatchedCluster({ watch }: { readonly watch: ClusterWatch }): ReactNode {
  const { fleetWatch } = useServices();
  const cluster = useStore(watch.state);
  const fleet = useStore(fleetWatch.fleet);
  const [selected, setSelected] = useState<string | null>(null);
  const info = fleet.clusters.find((entry) => entry.ClusterName === cluster.name) ?? null;
  // During a failover the sentence may still come under the former name: the newest one counts.
  const explanation = useMemo(() => {
    const told = [cluster.name, ...cluster.formerNames].map((name) => fleet.explanations.get(name));
    return told.reduce<ExplanationJson | null>(
      (newest, entry) => (entry !== undefined && (newest === null || entry.atMs > newest.atMs) ? entry : newest),
      null,
    );
  }, [cluster.name, cluster.formerNames, fleet.explanations]);
  const chosen = cluster.shown.find((instance) => nameOf(instance.Key) === selected);

  useEffect(() => {
    document.title = `${info?.ClusterAlias || cluster.name} · orchestrator`;
    return () => {
      document.title = 'orchestrator';
    };
  }, [info?.ClusterAlias, cluster.name]);

  return (
    <main className={styles.page}>
      <ClusterSummary cluster={cluster} info={info} explanation={explanation} />
      {cluster.isLoaded && <ReadinessPanel clusterName={cluster.name} />}
      {cluster.error !== null && (
        <div className={styles.error}>
          <Note tone="bad">{cluster.error}</Note>
        </div>
      )}
      <div className={styles.middle}>
        {cluster.shown.length > 0 && (
          <TopologyCanvas
            instances={cluster.shown}
            selected={selected}
            onSelect={setSelected}
            cutText={fleet.settings.removeTextFromHostnameDisplay}
          />
        )}
        {cluster.shown.length === 0 && (
          <p className={styles.empty}>{cluster.isLoaded ? 'This cluster has no servers.' : 'Reading the topology…'}</p>
        )}
        {chosen !== undefined && <DetailsPanel instance={chosen} onClose={() => setSelected(null)} />}
      </div>
      <div className={styles.bottom}>
        <EventLog cluster={cluster} />
        <RecoveryHistory cluster={cluster} onChange={watch.refresh} />
      </div>
    </main>
  );
}
