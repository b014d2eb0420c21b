import { type FormEvent, type ReactNode, useState } from 'react';
import type { RecoveryJson } from '../api/types.ts';
import { isNamed, nameOf } from '../model/key.ts';
import { formatSpan, localTimestamp, parseTimestamp } from '../model/text.ts';
import { Button, Note, Pill, TextField } from '../ui/controls.tsx';
import { useServices } from '../ui/services.ts';
import { useStore } from '../ui/store.ts';
import { useAction } from '../ui/use-action.ts';
import styles from './recovery-history.module.css';
import { RecoverySteps } from './recovery-steps.tsx';

interface Props {
  readonly recovery: RecoveryJson;
  readonly onChange: () => void;
}

/** A recovery has ended when it has an end time, or at least a result. One that was planned never counts as active. */
const isRunning = (recovery: RecoveryJson): boolean => recovery.RecoveryEndTimestamp === '' && !recovery.IsSuccessful;

function tookWords(recovery: RecoveryJson): string {
  const startMs = parseTimestamp(recovery.RecoveryStartTimestamp);
  const endMs = parseTimestamp(recovery.RecoveryEndTimestamp);
  // The API tells whole seconds: less than one is not "0 s".
  if (startMs === null || endMs === null) return '';
  return endMs - startMs < 1000 ? 'under 1 s' : formatSpan((endMs - startMs) / 1000);
}

function Acknowledge({ recovery, onChange }: Props): ReactNode {
  const { api, fleetWatch } = useServices();
  const { isAuthorizedForAction } = useStore(fleetWatch.fleet).settings;
  const [isAsking, setAsking] = useState(false);
  const [comment, setComment] = useState('');
  const [state, start] = useAction();
  if (recovery.Acknowledged) {
    return (
      <Pill tone="quiet" hint={`${localTimestamp(recovery.AcknowledgedAt)}: ${recovery.AcknowledgedComment}`}>
        acknowledged by {recovery.AcknowledgedBy === '' ? 'unknown' : recovery.AcknowledgedBy}
      </Pill>
    );
  }
  if (!isAuthorizedForAction) return <Pill tone="warn">not acknowledged</Pill>;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    start(async () => {
      const message = await api.act(
        `ack-recovery/uid/${encodeURIComponent(recovery.UID)}?comment=${encodeURIComponent(comment)}`,
      );
      onChange();
      return message;
    });
  };
  return (
    <>
      {isAsking ? (
        <form className={styles.ask} onSubmit={submit}>
          <TextField
            autoFocus
            placeholder="Comment, e.g. what was done about it"
            aria-label="Comment of the acknowledgement"
            value={comment}
            onChange={(event) => setComment(event.target.value)}
            onKeyDown={(event) => event.key === 'Escape' && setAsking(false)}
          />
          <Button look="primary" type="submit" disabled={comment.trim() === '' || state.kind === 'busy'}>
            Acknowledge
          </Button>
        </form>
      ) : (
        <Button onClick={() => setAsking(true)}>Acknowledge…</Button>
      )}
      {state.kind === 'failed' && <Note tone="bad">{state.message}</Note>}
    </>
  );
}

/** One recovery: what died, what took over, how it went; its steps on demand. */
export function RecoveryItem({ recovery, onChange }: Props): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const { AnalysisEntry, SuccessorKey } = recovery;
  const running = isRunning(recovery);
  const lost = recovery.LostReplicas ?? [];
  const errors = (recovery.AllErrors ?? []).filter((error) => error !== '');
  return (
    <li className={styles.item}>
      <div className={styles.line}>
        <button type="button" className={styles.toggle} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span> {localTimestamp(recovery.RecoveryStartTimestamp)}
        </button>
        <Pill tone={running ? 'warn' : recovery.IsSuccessful ? 'good' : 'bad'}>
          {running ? 'running' : recovery.IsSuccessful ? 'succeeded' : 'failed'}
        </Pill>
        <span className={styles.what}>
          {AnalysisEntry.Analysis} <b>{nameOf(AnalysisEntry.AnalyzedInstanceKey)}</b>
          {isNamed(SuccessorKey) && (
            <>
              {' → '}
              <b>{nameOf(SuccessorKey)}</b>
            </>
          )}
        </span>
        <span className={styles.took}>{tookWords(recovery)}</span>
        <Acknowledge recovery={recovery} onChange={onChange} />
      </div>
      {isOpen && (
        <div className={styles.more}>
          {lost.length > 0 && <p>Lost: {lost.map(nameOf).join(', ')}</p>}
          {errors.map((error) => (
            <Note key={error} tone="bad">
              {error}
            </Note>
          ))}
          <RecoverySteps uid={recovery.UID} isRunning={running} />
        </div>
      )}
    </li>
  );
}
