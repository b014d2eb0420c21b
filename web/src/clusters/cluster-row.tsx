import type { ReactNode } from 'react';
import type { ClusterInfoJson, ExplanationJson, InstanceJson } from '../api/types.ts';
import { downtimeSentence } from '../model/downtime.ts';
import { verdictTone, verdictWords } from '../model/verdict.ts';
import { Pill } from '../ui/controls.tsx';
import { Link } from '../ui/link.tsx';
import { clusterPath } from '../ui/router.ts';
import styles from './clusters-page.module.css';

interface Props {
  readonly cluster: ClusterInfoJson;
  readonly problems: number;
  readonly downtimed: readonly InstanceJson[];
  readonly explanation: ExplanationJson | null;
}

/** One line of the list. The whole line leads to the cluster's page; the link in it serves the keyboard. */
export function ClusterRow({ cluster, problems, downtimed, explanation }: Props): ReactNode {
  const { ClusterName, ClusterAlias, HasAutomatedMasterRecovery, HasAutomatedIntermediateMasterRecovery } = cluster;
  const hasAlias = ClusterAlias !== '' && ClusterAlias !== ClusterName;
  const tone = explanation === null ? 'quiet' : verdictTone(explanation.verdict);
  return (
    <tr className={styles.row} data-tone={tone === 'good' && problems > 0 ? 'warn' : tone}>
      <td>
        <Link to={clusterPath(ClusterName)} className={styles.link}>
          {hasAlias ? ClusterAlias : ClusterName}
        </Link>
        {hasAlias && <span className={styles.name}>{ClusterName}</span>}
      </td>
      <td className={styles.number} data-counts="servers">
        {cluster.CountInstances}
      </td>
      <td className={styles.number} data-counts="problems" data-tone={problems > 0 ? 'warn' : 'quiet'}>
        {problems}
      </td>
      <td className={styles.recovery}>
        <Pill tone={HasAutomatedMasterRecovery ? 'good' : 'quiet'} hint="Is a dead primary replaced without a hand?">
          primary: {HasAutomatedMasterRecovery ? 'yes' : 'no'}
        </Pill>
        <Pill
          tone={HasAutomatedIntermediateMasterRecovery ? 'good' : 'quiet'}
          hint="Are the replicas of a dead intermediate source moved without a hand?"
        >
          intermediate: {HasAutomatedIntermediateMasterRecovery ? 'yes' : 'no'}
        </Pill>
      </td>
      <td>
        {explanation === null && (
          <span className={styles.sentence}>{downtimeSentence(downtimed) ?? 'no trouble reported'}</span>
        )}
        {explanation !== null && (
          <>
            <Pill tone={tone}>{verdictWords(explanation.verdict)}</Pill>{' '}
            <span className={styles.sentence}>{explanation.sentence}</span>
          </>
        )}
      </td>
    </tr>
  );
}
