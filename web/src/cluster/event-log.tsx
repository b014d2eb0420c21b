import { type ReactNode, useLayoutEffect, useMemo, useRef } from 'react';
import type { LogEntry } from '../api/fleet-watch.ts';
import { formatClock } from '../model/text.ts';
import { useServices } from '../ui/services.ts';
import { useStore } from '../ui/store.ts';
import type { ClusterState } from './cluster-watch.ts';
import styles from './event-log.module.css';

/** Pixels from the end within which the reader counts as reading along. */
const AT_END_PX = 24;

/** What happened to this cluster since the page was opened, newest at the end, following along unless scrolled back. */
export function EventLog({ cluster }: { readonly cluster: ClusterState }): ReactNode {
  const { fleetWatch } = useServices();
  const all = useStore(fleetWatch.log);
  const { name, formerNames } = cluster;
  const entries = useMemo(
    () => all.filter((entry: LogEntry) => entry.clusterName === name || formerNames.has(entry.clusterName)),
    [all, name, formerNames],
  );
  const listRef = useRef<HTMLOListElement>(null);
  const isAtEnd = useRef(true);
  const lastId = entries.at(-1)?.id;
  useLayoutEffect(() => {
    const list = listRef.current;
    if (list !== null && lastId !== undefined && isAtEnd.current) list.scrollTop = list.scrollHeight;
  }, [lastId]);
  return (
    <section className={styles.pane} aria-label="Live log">
      <h2 className={styles.title}>Live log</h2>
      <ol
        ref={listRef}
        className={styles.list}
        onScroll={({ currentTarget: list }) => {
          isAtEnd.current = list.scrollHeight - list.scrollTop - list.clientHeight < AT_END_PX;
        }}
      >
        {entries.length === 0 && <li className={styles.empty}>Nothing has happened since this page was opened.</li>}
        {entries.map((entry) => (
          <li key={entry.id} className={styles.entry} data-tone={entry.tone} data-kind={entry.kind}>
            <time className={styles.time}>{formatClock(entry.atMs)}</time>
            <span>{entry.text}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
