import { type ReactNode, useState } from 'react';
import styles from './api-page.module.css';
import { type Operation, typeText } from './document.ts';

/** One operation; what it takes and answers is shown when it is opened. */
export function OperationItem({ operation }: { readonly operation: Operation }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <details className={styles.operation} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span className={styles.method}>{operation.method}</span>
        <code className={styles.path}>{operation.path}</code>
        {operation['x-permission'] === 'write' && <span className={styles.write}>needs authorization</span>}
        <span className={styles.summary}>
          <Prose text={operation.summary} />
        </span>
      </summary>
      {isOpen && <Facts operation={operation} />}
    </details>
  );
}

/** A sentence in which `code` stands between back quotes. */
function Prose({ text }: { readonly text: string }): ReactNode {
  return text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? <code key={part}>{part.slice(1, -1)}</code> : part));
}

function Facts({ operation }: { readonly operation: Operation }): ReactNode {
  const { parameters = [], responses } = operation;
  return (
    <dl className={styles.facts}>
      {parameters.map((one) => (
        <div key={`${one.in} ${one.name}`}>
          <dt>
            <code>{one.in === 'query' ? `?${one.name}` : one.name}</code>
            {one.required === true ? '' : ' (optional)'}
          </dt>
          <dd>
            <Prose text={one.description ?? ''} /> <code>{typeText(one.schema)}</code>
          </dd>
        </div>
      ))}
      {Object.entries(responses).map(([status, { description, content = {} }]) => (
        <div key={status}>
          <dt>
            {status} {description}
          </dt>
          {Object.entries(content).map(([type, { schema }]) => (
            <dd key={type}>
              {type}
              <pre>{typeText(schema)}</pre>
            </dd>
          ))}
        </div>
      ))}
    </dl>
  );
}
