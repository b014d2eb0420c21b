import { type ReactNode, useMemo, useState } from 'react';
import { countOf } from '../model/text.ts';
import { verdictRank } from '../model/verdict.ts';
import { Note, TextField } from '../ui/controls.tsx';
import { useServices } from '../ui/services.ts';
import { useStore } from '../ui/store.ts';
import { ClusterRow } from './cluster-row.tsx';
import styles from './clusters-page.module.css';
import { DiscoverForm } from './discover-form.tsx';

const compareNames = new Intl.Collator('en', { numeric: true }).compare;

/** The first page: every cluster in one line, the most urgent on top. */
export function ClustersPage(): ReactNode {
  const { fleetWatch } = useServices();
  const fleet = useStore(fleetWatch.fleet);
  const [filter, setFilter] = useState('');
  const rows = useMemo(() => {
    const wanted = filter.trim().toLowerCase();
    return fleet.clusters
      .filter(({ ClusterName, ClusterAlias }) => `${ClusterName} ${ClusterAlias}`.toLowerCase().includes(wanted))
      .map((cluster) => ({
        cluster,
        problems: fleet.problemsOf?.get(cluster.ClusterName) ?? 0,
        downtimed: fleet.downtimedOf.get(cluster.ClusterName) ?? [],
        explanation: fleet.explanations.get(cluster.ClusterName) ?? null,
      }))
      .sort(
        (a, b) =>
          verdictRank(a.explanation?.verdict) - verdictRank(b.explanation?.verdict) ||
          Math.sign(b.problems) - Math.sign(a.problems) ||
          compareNames(a.cluster.ClusterAlias, b.cluster.ClusterAlias),
      );
  }, [fleet, filter]);
  const countServers = fleet.clusters.reduce((sum, cluster) => sum + cluster.CountInstances, 0);
  const countProblems = [...(fleet.problemsOf?.values() ?? [])].reduce((sum, count) => sum + count, 0);

  return (
    <main className={styles.page}>
      <div className={styles.top}>
        <h1 className={styles.title}>Clusters</h1>
        <span className={styles.sum}>
          {countOf(fleet.clusters.length, 'cluster')}, {countOf(countServers, 'server')},{' '}
          <span data-tone={countProblems > 0 ? 'warn' : 'good'}>{countOf(countProblems, 'problem')}</span>
        </span>
        <TextField
          type="search"
          className={styles.filter}
          placeholder="Filter by name or alias"
          aria-label="Filter clusters by name or alias"
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
        {fleet.settings.isAuthorizedForAction && <DiscoverForm />}
      </div>
      {fleet.settings.webMessage !== '' && <Note tone="warn">{fleet.settings.webMessage}</Note>}
      {fleet.error !== null && <Note tone="bad">{fleet.error}</Note>}
      {rows.length > 0 && (
        <table className={styles.table}>
          <thead>
            <tr>
              <th>Cluster</th>
              <th className={styles.number}>Servers</th>
              <th className={styles.number}>Problems</th>
              <th>Automated recovery</th>
              <th>State of the primary</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <ClusterRow key={row.cluster.ClusterName} {...row} />
            ))}
          </tbody>
        </table>
      )}
      {rows.length === 0 && fleet.isLoaded && fleet.error === null && (
        <p className={styles.empty}>
          {fleet.clusters.length > 0
            ? `No cluster matches “${filter}”.`
            : 'No server is known yet. Discover any one server of a topology above; the others are found from it.'}
        </p>
      )}
    </main>
  );
}
