import type { ReactNode } from 'react';
import type { InstanceJson } from '../api/types.ts';
import { factsOf } from '../model/facts.ts';
import { nameOf } from '../model/key.ts';
import { Button } from '../ui/controls.tsx';
import styles from './details-panel.module.css';

/** All facts of the selected server, as text that can be selected and copied. */
export function DetailsPanel(props: { readonly instance: InstanceJson; readonly onClose: () => void }): ReactNode {
  const { instance, onClose } = props;
  return (
    <aside className={styles.panel} aria-label={`Details of ${nameOf(instance.Key)}`}>
      <div className={styles.head}>
        <h2 className={styles.name}>{nameOf(instance.Key)}</h2>
        <Button look="quiet" aria-label="Close details" onClick={onClose}>
          ✕
        </Button>
      </div>
      <div className={styles.groups}>
        {factsOf(instance).map((group) => (
          <section key={group.title}>
            <h3 className={styles.group}>{group.title}</h3>
            <dl className={styles.facts}>
              {group.facts.map((fact) => (
                <div
                  key={`${fact.name} ${fact.value}`}
                  className={styles.fact}
                  data-long={fact.isLong === true}
                  data-tone={fact.tone}
                >
                  <dt>{fact.name}</dt>
                  <dd>{fact.value}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </aside>
  );
}
