import type { ReactNode } from 'react';
import type { ReadinessJson } from '../api/types.ts';
import { durationWords, readinessTone, readinessWords, serverOf } from '../model/readiness.ts';
import { Pill } from '../ui/controls.tsx';
import styles from './readiness-panel.module.css';
import { useReadiness } from './use-readiness.ts';

/** If the primary died now: one line, and on demand why, how long, what would be lost, and what is in the way. */
export function ReadinessPanel({ clusterName }: { readonly clusterName: string }): ReactNode {
  const readiness = useReadiness(clusterName);
  if (readiness === null) return null;
  const { verdict, sentence } = readiness;
  return (
    <details className={styles.panel} data-verdict={verdict} aria-label="Failover readiness">
      <summary className={styles.head}>
        <span className={styles.question}>If the primary died now</span>
        <Pill tone={readinessTone(verdict)}>{readinessWords(verdict)}</Pill>
        <span className={styles.sentence}>{sentence}</span>
      </summary>
      <div className={styles.body}>
        <Findings readiness={readiness} />
        <Answer readiness={readiness} />
        <Candidates readiness={readiness} />
      </div>
    </details>
  );
}

function Findings({ readiness: { blockers, warnings } }: { readonly readiness: ReadinessJson }): ReactNode {
  const found = [
    ...blockers.map((finding) => ({ ...finding, tone: 'bad' as const })),
    ...warnings.map((finding) => ({ ...finding, tone: 'warn' as const })),
  ];
  return (
    <section>
      <h3 className={styles.title}>In the way</h3>
      {found.length === 0 && <p className={styles.quiet}>Nothing.</p>}
      <ul className={styles.list}>
        {found.map(({ rule, servers, sentence, remedy, tone }) => (
          <li key={`${rule} ${servers.join()}`}>
            <Pill tone={tone}>{rule}</Pill> {sentence}
            {remedy !== '' && <span className={styles.quiet}> → {remedy}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Answer({ readiness }: { readonly readiness: ReadinessJson }): ReactNode {
  const { successor, alternatives, reasons, estimate, loss } = readiness;
  return (
    <section>
      <h3 className={styles.title}>What would happen</h3>
      <dl className={styles.facts}>
        <dt>promoted</dt>
        <dd>
          <b>{serverOf(successor)}</b>
          {alternatives.length > 0 && `, or ${alternatives.map(serverOf).join(', ')}`}
          <span className={styles.quiet}> {reasons.join('; ')}</span>
        </dd>
        {estimate !== null && (
          <>
            <dt>time</dt>
            <dd>
              <b>{durationWords(estimate.totalMs)}</b>
              <ul className={styles.list}>
                {estimate.parts.map(({ what, ms, basis }) => (
                  <li key={what}>
                    {what} {durationWords(ms)} <span className={styles.quiet}>{basis}</span>
                  </li>
                ))}
              </ul>
            </dd>
          </>
        )}
        <dt>lost</dt>
        <dd>{loss.sentence}</dd>
      </dl>
    </section>
  );
}

function Candidates({ readiness: { candidates } }: { readonly readiness: ReadinessJson }): ReactNode {
  return (
    <section>
      <h3 className={styles.title}>Candidates</h3>
      <ol className={styles.list}>
        {candidates.map(({ name, rank, rule, why, lagSeconds }) => (
          <li key={name} data-chosen={rank === 1}>
            <span className={styles.rank}>{rank ?? '–'}</span> <b className={styles.mono}>{name}</b>{' '}
            {rule !== null && <Pill tone="quiet">{rule}</Pill>}{' '}
            <span className={styles.quiet}>
              {why}
              {lagSeconds !== null && lagSeconds > 0 && `, lag ${lagSeconds} s`}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
