import { type ReactNode, useState } from 'react';
import { Button, Pill } from './controls.tsx';
import styles from './header.module.css';
import { Link } from './link.tsx';
import { RecoverySwitch } from './recovery-switch.tsx';
import { CLUSTERS_PATH, type Page } from './router.ts';
import { useServices } from './services.ts';
import { useStore } from './store.ts';
import { applyTheme, rememberedTheme, THEMES, type Theme } from './theme.ts';

const THEME_SIGNS: Readonly<Record<Theme, string>> = { auto: '◐ auto', light: '○ light', dark: '● dark' };
const CONNECTION_WORDS = { connecting: 'connecting', live: 'live', lost: 'not live' } as const;

/** The bar on top of every page: where am I, is it live, may it heal by itself. */
export function Header({ page }: { readonly page: Page }): ReactNode {
  const { fleetWatch } = useServices();
  const fleet = useStore(fleetWatch.fleet);
  const connection = useStore(fleetWatch.connection);
  const [theme, setTheme] = useState(rememberedTheme);
  const nextTheme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'auto';
  return (
    <header className={styles.bar}>
      <Link to={CLUSTERS_PATH} className={styles.brand} title="List of clusters">
        <svg viewBox="0 0 32 32" aria-hidden="true" className={styles.mark}>
          <path d="M11 16h4c3 0 2-7 6-7M15 16c3 0 2 7 6 7" />
          <circle cx="9" cy="16" r="4" />
          <circle cx="23" cy="9" r="3" />
          <circle cx="23" cy="23" r="3" />
        </svg>
        orchestrator
      </Link>
      <nav className={styles.path} aria-label="Path">
        {page.kind === 'cluster' && (
          <>
            <Link to={CLUSTERS_PATH}>Clusters</Link>
            <span aria-hidden="true">/</span>
            <span className={styles.here}>{page.hint}</span>
          </>
        )}
        {page.kind === 'clusters' && <span className={styles.here}>Clusters</span>}
      </nav>
      <span className={styles.switch}>
        <RecoverySwitch />
      </span>
      {fleet.isLoaded && fleet.error === null && !fleet.settings.isAuthorizedForAction && (
        <Pill tone="quiet" hint="You may look, not act.">
          read-only
        </Pill>
      )}
      {fleet.settings.userId !== '' && <span className={styles.user}>{fleet.settings.userId}</span>}
      <a href="./api.html">API</a>
      <span className={styles.live} data-state={connection.kind} role="status">
        {CONNECTION_WORDS[connection.kind]}
      </span>
      <Button
        look="quiet"
        aria-label={`Colours: ${theme}. Switch to ${nextTheme}.`}
        onClick={() => {
          applyTheme(nextTheme);
          setTheme(nextTheme);
        }}
      >
        {THEME_SIGNS[theme]}
      </Button>
    </header>
  );
}
