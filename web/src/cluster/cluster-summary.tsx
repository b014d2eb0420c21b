import type { ReactNode } from 'react';
import type { ClusterInfoJson, ExplanationJson } from '../api/types.ts';
import { nameOf } from '../model/key.ts';
import { countOf, formatClock } from '../model/text.ts';
import { verdictTone, verdictWords } from '../model/verdict.ts';
import { Pill } from '../ui/controls.tsx';
import styles from './cluster-summary.module.css';
import type { ClusterState } from './cluster-watch.ts';

interface Props {
  readonly cluster: ClusterState;
  readonly info: ClusterInfoJson | null;
  readonly explanation: ExplanationJson | null;
}

/** Head of the cluster's page: what it is, how it is, and why something is, or is not, being done. */
export function ClusterSummary({ cluster, info, explanation }: Props): ReactNode {
  const alias = info === null || info.ClusterAlias === cluster.name ? '' : info.ClusterAlias;
  const formerly = [...cluster.formerNames].filter((former) => former !== alias).join(', ');
  const problems = cluster.members.filter(
    (instance) => (instance.Problems?.length ?? 0) > 0 && !instance.IsDowntimed,
  ).length;
  const findings = cluster.analysis.filter((entry) => entry.Analysis !== 'NoProblem');
  const warnings = cluster.analysis.flatMap((entry) =>
    (entry.StructureAnalysis ?? []).map((warning) => ({ warning, name: nameOf(entry.AnalyzedInstanceKey) })),
  );
  const tone = explanation === null ? 'quiet' : verdictTone(explanation.verdict);
  return (
    <div className={styles.summary} data-tone={tone}>
      <div className={styles.line}>
        <h1 className={styles.name}>{alias === '' ? cluster.name : alias}</h1>
        {alias !== '' && <span className={styles.mono}>{cluster.name}</span>}
        {formerly !== '' && <span className={styles.quiet}>formerly {formerly}</span>}
        <span className={styles.quiet}>{countOf(cluster.members.length, 'server')}</span>
        <Pill tone={problems > 0 ? 'warn' : 'good'}>{countOf(problems, 'problem')}</Pill>
        {info !== null && (
          <Pill
            tone={info.HasAutomatedMasterRecovery ? 'good' : 'quiet'}
            hint="Is a dead primary replaced without a hand?"
          >
            automated recovery: {info.HasAutomatedMasterRecovery ? 'yes' : 'no'}
          </Pill>
        )}
        {findings.map((entry) => (
          <Pill
            key={nameOf(entry.AnalyzedInstanceKey)}
            tone={entry.IsDowntimed ? 'quiet' : 'bad'}
            hint={entry.Description}
          >
            {entry.Analysis} {nameOf(entry.AnalyzedInstanceKey)}
          </Pill>
        ))}
        {warnings.map(({ warning, name }) => (
          <Pill
            key={`${warning} ${name}`}
            tone="warn"
            hint={`Structure of ${name}: it would be in the way of a recovery`}
          >
            {warning.replace('StructureWarning', '')}
          </Pill>
        ))}
      </div>
      {explanation !== null && (
        <p className={styles.explanation} role="status">
          <Pill tone={tone}>{verdictWords(explanation.verdict)}</Pill>
          <span>{explanation.sentence}</span>
          <time className={styles.quiet}>{formatClock(explanation.atMs).slice(0, 8)}</time>
        </p>
      )}
    </div>
  );
}
