import type { ReactNode } from 'react';
import { countOf } from '../model/text.ts';
import type { ClusterState } from './cluster-watch.ts';
import styles from './recovery-history.module.css';
import { RecoveryItem } from './recovery-item.tsx';

interface Props {
  readonly cluster: ClusterState;
  readonly onChange: () => void;
}

/** The recoveries of this cluster, newest first, under whatever name it had. */
export function RecoveryHistory({ cluster, onChange }: Props): ReactNode {
  const open = cluster.recoveries.filter((recovery) => !recovery.Acknowledged).length;
  return (
    <section className={styles.pane} aria-label="Recovery history">
      <h2 className={styles.title}>
        Recoveries
        {open > 0 && <span className={styles.open}>{countOf(open, 'not acknowledged', 'not acknowledged')}</span>}
      </h2>
      <ol className={styles.list}>
        {cluster.recoveries.length === 0 && <li className={styles.empty}>This cluster has never been recovered.</li>}
        {cluster.recoveries.map((recovery) => (
          <RecoveryItem key={recovery.UID} recovery={recovery} onChange={onChange} />
        ))}
      </ol>
    </section>
  );
}
