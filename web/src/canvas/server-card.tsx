import { memo, type ReactNode, useEffect, useRef, useState } from 'react';
import { type Badge, type CardModel, sameCard } from '../model/card.ts';
import { Pill } from '../ui/controls.tsx';
import { CARD_HEIGHT, CARD_WIDTH, type Place } from './layout.ts';
import styles from './server-card.module.css';

interface Props {
  readonly card: CardModel;
  readonly place: Place;
  readonly isSelected: boolean;
  readonly onSelect: (name: string) => void;
  readonly onFocus: (name: string) => void;
}

const PROMOTED_SHOWN_MS = 8_000;

/** True for a while after a server that was no writable primary became one before the reader's eyes. */
function useJustPromoted(isWritablePrimary: boolean): boolean {
  const before = useRef(isWritablePrimary);
  const [isPromoted, setPromoted] = useState(false);
  useEffect(() => {
    const isNew = isWritablePrimary && !before.current;
    before.current = isWritablePrimary;
    if (!isNew) return undefined;
    setPromoted(true);
    const timer = setTimeout(() => setPromoted(false), PROMOTED_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [isWritablePrimary]);
  return isPromoted;
}

function Thread({ thread }: { readonly thread: Badge }): ReactNode {
  return (
    <span className={styles.thread} data-tone={thread.tone} title={thread.hint}>
      {thread.text}
    </span>
  );
}

/** One server on the canvas. Moves by transform, so that a change of place is animated by CSS. */
function ServerCardView({ card, place, isSelected, onSelect, onFocus }: Props): ReactNode {
  const isPromoted = useJustPromoted(card.role === 'primary' && card.isWritable && card.health !== 'dead');
  return (
    <button
      type="button"
      className={styles.card}
      style={{ transform: `translate(${place.x}px, ${place.y}px)`, width: CARD_WIDTH, height: CARD_HEIGHT }}
      data-server={card.name}
      data-health={card.health}
      data-role={card.role}
      data-writable={card.isWritable}
      data-promoted={isPromoted}
      aria-pressed={isSelected}
      aria-label={card.spoken}
      onClick={() => onSelect(card.name)}
      onFocus={() => onFocus(card.name)}
    >
      <span className={styles.head}>
        <span className={styles.title} title={card.name}>
          <span className={styles.host}>{card.host}</span>
          <span>{card.port}</span>
        </span>
        <span className={styles.role}>{isPromoted ? 'promoted' : card.roleWords}</span>
      </span>
      <span className={styles.facts}>
        <span className={styles.mode} data-writable={card.isWritable}>
          {card.health === 'dead' ? 'no answer' : card.isWritable ? 'writable' : 'read-only'}
        </span>
        <span className={styles.brief}>{card.brief}</span>
        <span className={styles.version}>{card.version}</span>
        <span className={styles.lag} data-tone={card.lagTone}>
          {card.lag}
        </span>
      </span>
      <span className={styles.badges}>
        {card.receiver !== null && <Thread thread={card.receiver} />}
        {card.applier !== null && <Thread thread={card.applier} />}
        {card.badges.map((badge) => (
          <Pill key={badge.text} tone={badge.tone} hint={badge.hint}>
            {badge.text}
          </Pill>
        ))}
      </span>
    </button>
  );
}

export const ServerCard = memo(
  ServerCardView,
  (a, b) =>
    a.place.x === b.place.x &&
    a.place.y === b.place.y &&
    a.isSelected === b.isSelected &&
    a.onSelect === b.onSelect &&
    a.onFocus === b.onFocus &&
    sameCard(a.card, b.card),
);
