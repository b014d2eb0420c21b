import type { ReactNode } from 'react';
import styles from './app.module.css';
import { ClusterPage } from './cluster/cluster-page.tsx';
import { ClustersPage } from './clusters/clusters-page.tsx';
import { ConnectionBanner } from './ui/connection-banner.tsx';
import { Note } from './ui/controls.tsx';
import { Header } from './ui/header.tsx';
import { Link } from './ui/link.tsx';
import { CLUSTERS_PATH } from './ui/router.ts';
import { useServices } from './ui/services.ts';
import { useStore } from './ui/store.ts';

/** The frame of every page, and the page that the address names. */
export function App(): ReactNode {
  const { router } = useServices();
  const page = useStore(router.page);
  return (
    <div className={styles.frame}>
      <Header page={page} />
      <ConnectionBanner />
      {page.kind === 'clusters' && <ClustersPage />}
      {page.kind === 'cluster' && <ClusterPage key={page.hint} hint={page.hint} />}
      {page.kind === 'unknown' && (
        <main className={styles.unknown}>
          <Note tone="warn">There is no page “{page.path}”.</Note>
          {page.api !== null && (
            <p>
              The same facts as JSON: <a href={router.href(page.api)}>{page.api}</a>
            </p>
          )}
          <Link to={CLUSTERS_PATH}>Go to the list of clusters</Link>
        </main>
      )}
    </div>
  );
}
