import { type ReactNode, useEffect, useMemo, useState } from 'react';
import styles from './api-page.module.css';
import { type ApiDocument, type Chapter, chaptersOf, filtered } from './document.ts';
import { OperationItem } from './operation-item.tsx';

type State =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'loaded'; readonly document: ApiDocument };

/** `Key-value stores` → `key-value-stores`. */
const anchorOf = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
const count = (chapters: readonly Chapter[]): number =>
  chapters.reduce((sum, { operations }) => sum + operations.length, 0);

async function load(address: string): Promise<State> {
  try {
    const response = await fetch(address);
    if (!response.ok) return { kind: 'failed', reason: `status ${response.status}` };
    return { kind: 'loaded', document: (await response.json()) as ApiDocument };
  } catch (thrown) {
    return { kind: 'failed', reason: String(thrown) };
  }
}

/** The OpenAPI document at this address, for people: by groups, with a filter. */
export function ApiPage({ address }: { readonly address: string }): ReactNode {
  const [state, setState] = useState<State>({ kind: 'loading' });
  useEffect(() => {
    void load(address).then(setState);
  }, [address]);
  if (state.kind === 'loading') return <main className={styles.page}>Reading {address} …</main>;
  if (state.kind === 'failed')
    return (
      <main className={styles.page} role="alert">
        {address} cannot be read ({state.reason}); reload the page.
      </main>
    );
  return <Loaded document={state.document} address={address} />;
}

function Loaded({ document, address }: { readonly document: ApiDocument; readonly address: string }): ReactNode {
  const [text, setText] = useState('');
  const all = useMemo(() => chaptersOf(document), [document]);
  const shown = filtered(all, text);
  return (
    <main className={styles.page}>
      <header className={styles.head}>
        <h1>
          <a href="./">{document.info.title}</a> API <small>{document.info.version}</small>
        </h1>
        <p>
          {document.info.description} For programs: <a href={address}>OpenAPI 3.1</a>.
        </p>
        <label className={styles.filter}>
          Filter
          <input
            type="search"
            value={text}
            onChange={(event) => setText(event.target.value)}
            placeholder="relocate gtid"
          />
        </label>
        <span role="status">
          {count(shown)} of {count(all)}
        </span>
      </header>
      <nav className={styles.groups} aria-label="Groups">
        {shown.map(({ name }) => (
          <a key={name} href={`#${anchorOf(name)}`}>
            {name}
          </a>
        ))}
      </nav>
      {shown.map(({ name, operations }) => (
        <section key={name} id={anchorOf(name)} aria-label={name}>
          <h2>{name}</h2>
          {operations.map((operation) => (
            <OperationItem key={operation.operationId} operation={operation} />
          ))}
        </section>
      ))}
    </main>
  );
}
