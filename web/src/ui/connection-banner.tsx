import { type ReactNode, useEffect, useState } from 'react';
import styles from './connection-banner.module.css';
import { Button } from './controls.tsx';
import { useServices } from './services.ts';
import { useStore } from './store.ts';

/** A short break (a restart of the server, a sleeping laptop) is not worth a banner. */
const PATIENCE_MS = 700;

/** Says loudly that what is shown may be old, while the live stream is lost. */
export function ConnectionBanner(): ReactNode {
  const { fleetWatch } = useServices();
  const state = useStore(fleetWatch.connection);
  const isLost = state.kind === 'lost';
  const [isShown, setShown] = useState(false);
  const [, redraw] = useState(0);
  useEffect(() => {
    if (state.kind === 'live') setShown(false);
    if (!isLost) return undefined;
    const show = setTimeout(() => setShown(true), PATIENCE_MS);
    const tick = setInterval(() => redraw((n) => n + 1), 500);
    return () => {
      clearTimeout(show);
      clearInterval(tick);
    };
  }, [isLost, state.kind]);
  if (!isShown || state.kind === 'live') return null;
  const waitSeconds = state.kind === 'lost' ? Math.max(0, Math.ceil((state.retryAtMs - Date.now()) / 1000)) : 0;
  return (
    <div className={styles.banner} role="alert">
      <strong>Connection lost, retrying{waitSeconds > 0 ? ` in ${waitSeconds} s` : ''}.</strong>
      <span>What you see may be old{state.kind === 'lost' ? ` (${state.reason})` : ''}.</span>
      <Button onClick={fleetWatch.retryNow}>Retry now</Button>
    </div>
  );
}
