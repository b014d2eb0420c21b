import { type KeyboardEvent, type ReactNode, useCallback, useMemo, useRef } from 'react';
import type { InstanceJson } from '../api/types.ts';
import { cardOf } from '../model/card.ts';
import { buildForest, type TreeNode } from '../model/forest.ts';
import { nameOf } from '../model/key.ts';
import { edgeStateOf, sourceNameOf } from '../model/state.ts';
import { Button } from '../ui/controls.tsx';
import { EdgeLayer } from './edge-layer.tsx';
import { CARD_HEIGHT, CARD_WIDTH, type Layout, layOutFor } from './layout.ts';
import { DIRECTIONS, neighbourOf } from './neighbour.ts';
import { ServerCard } from './server-card.tsx';
import styles from './topology-canvas.module.css';
import { useView } from './use-view.ts';

interface Props {
  readonly instances: readonly InstanceJson[];
  readonly selected: string | null;
  readonly onSelect: (name: string) => void;
  /** Left out of the hosts shown. */
  readonly cutText: string;
}

const detailAt = (scale: number): 'full' | 'brief' | 'far' =>
  scale >= 0.72 ? 'full' : scale >= 0.28 ? 'brief' : 'far';

/** The names of all servers in reading order, so that Tab goes through the tree. */
const namesOf = (nodes: readonly TreeNode[]): readonly string[] =>
  nodes.flatMap((node) => [node.name, ...namesOf(node.children)]);

const CROWD = 150;

/** What the canvas usually measures; the place of cards must not depend on an open panel or the exact window. */
const USUAL_WINDOW = { width: 1400, height: 560 };

/** Keeps a layout as long as the shape of the forest stays, so that new figures alone move nothing. */
function useLayout(forest: readonly TreeNode[]): Layout {
  const shape = (nodes: readonly TreeNode[]): string =>
    nodes.map((node) => `${node.name}(${shape(node.children)})`).join();
  const kept = useRef<{ shape: string; layout: Layout } | null>(null);
  const now = shape(forest);
  if (kept.current?.shape !== now) kept.current = { shape: now, layout: layOutFor(forest, USUAL_WINDOW) };
  return kept.current.layout;
}

/** A topology that can be panned, zoomed and walked by arrow keys; cards are HTML over one layer of lines. */
export function TopologyCanvas({ instances, selected, onSelect, cutText }: Props): ReactNode {
  const windowRef = useRef<HTMLDivElement>(null);
  const forest = useMemo(() => buildForest(instances), [instances]);
  const layout = useLayout(forest);
  const { view, isHeld, pointerHandlers, showAll, zoom, reveal } = useView(windowRef, layout);

  const drawing = useMemo(() => {
    const byName = new Map(instances.map((instance) => [nameOf(instance.Key), instance]));
    const sources = new Set(layout.routes.map((route) => route.source));
    const mutual = new Set<string>();
    for (const { source, replica } of layout.routes) {
      const upper = byName.get(source);
      if (upper !== undefined && sourceNameOf(upper) === replica) mutual.add(`${source} ${replica}`);
    }
    return {
      cards: namesOf(forest).flatMap((name) => {
        const instance = byName.get(name);
        return instance === undefined ? [] : [cardOf(instance, sources.has(name), cutText)];
      }),
      states: new Map(instances.map((instance) => [nameOf(instance.Key), edgeStateOf(instance)])),
      mutual,
    };
  }, [instances, forest, layout, cutText]);

  const showCard = useCallback(
    (name: string) => {
      // The browser may have scrolled the window to the focused card; the view alone says what is seen.
      windowRef.current?.scrollTo(0, 0);
      const place = layout.places.get(name);
      if (place !== undefined && windowRef.current?.querySelector(':focus-visible') != null) {
        reveal({ ...place, width: CARD_WIDTH, height: CARD_HEIGHT });
      }
    },
    [layout, reveal],
  );
  const walk = (event: KeyboardEvent): void => {
    const direction = DIRECTIONS[event.key];
    const from = (event.target as HTMLElement).dataset.server;
    if (direction === undefined || from === undefined) return;
    event.preventDefault();
    const to = neighbourOf(layout.places, from, direction);
    if (to === null) return;
    windowRef.current?.querySelector<HTMLElement>(`[data-server="${CSS.escape(to)}"]`)?.focus({ preventScroll: true });
  };

  const world = useMemo(
    () => (
      <>
        <EdgeLayer
          layout={layout}
          states={drawing.states}
          mutual={drawing.mutual}
          isAnimated={drawing.cards.length <= CROWD}
        />
        {drawing.cards.map((card) => (
          <ServerCard
            key={card.name}
            card={card}
            place={layout.places.get(card.name) ?? { x: 0, y: 0 }}
            isSelected={card.name === selected}
            onSelect={onSelect}
            onFocus={showCard}
          />
        ))}
      </>
    ),
    [layout, drawing, selected, onSelect, showCard],
  );

  return (
    // Dragging the ground pans; the keyboard has the cards, the arrow keys, +, − and Fit.
    <section
      ref={windowRef}
      className={styles.window}
      aria-label="Topology"
      data-detail={detailAt(view.scale)}
      data-held={isHeld}
      onKeyDown={walk}
      {...pointerHandlers}
    >
      <div
        className={styles.world}
        style={{ transform: `translate(${view.x}px, ${view.y}px) scale(${view.scale})` }}
        data-held={isHeld}
        data-crowded={instances.length > CROWD}
      >
        {world}
      </div>
      <div className={styles.controls}>
        <Button aria-label="Zoom in" onClick={() => zoom(1.25)}>
          +
        </Button>
        <Button aria-label="Zoom out" onClick={() => zoom(0.8)}>
          −
        </Button>
        <Button title="Show the whole topology" onClick={showAll}>
          Fit
        </Button>
      </div>
      <ul className={styles.legend} aria-label="Meaning of the lines">
        <li data-state="running">replicating</li>
        <li data-state="lagging">lagging</li>
        <li data-state="stopped">stopped</li>
        <li data-state="broken">broken</li>
      </ul>
    </section>
  );
}
