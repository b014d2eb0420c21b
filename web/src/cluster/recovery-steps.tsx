import { type ReactNode, useEffect, useState } from 'react';
import type { RecoveryStepJson } from '../api/types.ts';
import { localTimestamp } from '../model/text.ts';
import { Note } from '../ui/controls.tsx';
import { useServices } from '../ui/services.ts';
import styles from './recovery-history.module.css';

/** The audited steps of one recovery; read again when it has ended. */
export function RecoverySteps({ uid, isRunning }: { readonly uid: string; readonly isRunning: boolean }): ReactNode {
  const { api } = useServices();
  const [steps, setSteps] = useState<readonly RecoveryStepJson[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the end of the recovery brings its last steps.
  useEffect(() => {
    let isGone = false;
    api.read<readonly RecoveryStepJson[] | null>(`audit-recovery-steps/${encodeURIComponent(uid)}`).then(
      ({ value }) => !isGone && setSteps(value ?? []),
      (thrown: unknown) => !isGone && setError(thrown instanceof Error ? thrown.message : String(thrown)),
    );
    return () => {
      isGone = true;
    };
  }, [api, uid, isRunning]);
  if (error !== null) return <Note tone="bad">{error}</Note>;
  if (steps === null) return <p>Reading the steps…</p>;
  if (steps.length === 0) return <p>No steps were recorded.</p>;
  return (
    <ol className={styles.steps}>
      {[...steps]
        .sort((a, b) => a.Id - b.Id)
        .map((step) => (
          <li key={step.Id}>
            <time>{localTimestamp(step.AuditAt).slice(11)}</time> {step.Message}
          </li>
        ))}
    </ol>
  );
}
