import type { ButtonHTMLAttributes, InputHTMLAttributes, ReactNode } from 'react';
import type { Tone } from '../model/card.ts';
import styles from './controls.module.css';

type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> & { readonly look?: 'plain' | 'primary' | 'quiet' };

/** A push button; `look` says how much it asks for attention. */
export function Button({ look = 'plain', className, ...rest }: ButtonProps): ReactNode {
  const extra = look === 'plain' ? '' : (styles[look] ?? '');
  return <button type="button" {...rest} className={`${styles.button} ${extra} ${className ?? ''}`} />;
}

/** A one-line text field; give it an aria-label. */
export function TextField({ className, ...rest }: InputHTMLAttributes<HTMLInputElement>): ReactNode {
  return (
    <input
      type="text"
      autoComplete="off"
      spellCheck={false}
      {...rest}
      className={`${styles.input} ${className ?? ''}`}
    />
  );
}

/** A sentence that must be seen: an error, a warning, a success. */
export function Note({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }): ReactNode {
  return (
    <div className={styles.note} data-tone={tone} role={tone === 'bad' ? 'alert' : 'status'}>
      {children}
    </div>
  );
}

/** A small label. */
export function Pill(props: { readonly tone: Tone; readonly hint?: string; readonly children: ReactNode }): ReactNode {
  return (
    <span className={styles.pill} data-tone={props.tone} title={props.hint}>
      {props.children}
    </span>
  );
}
