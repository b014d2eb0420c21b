import { type CSSProperties, memo, type ReactNode } from 'react';
import type { EdgeState } from '../model/state.ts';
import styles from './edge-layer.module.css';
import { edgePath } from './edge-path.ts';
import type { Layout } from './layout.ts';

interface Props {
  readonly layout: Layout;
  readonly states: ReadonlyMap<string, EdgeState>;
  /** Pairs of servers that replicate from each other, `a b`. */
  readonly mutual: ReadonlySet<string>;
  /** Moves lines along with their cards; off where there are too many. */
  readonly isAnimated: boolean;
}

/** Troubled lines are drawn last, so that a shared stretch shows the worst that runs through it. */
const DRAWING_ORDER: readonly EdgeState[] = ['none', 'running', 'lagging', 'stopped', 'broken'];

/** All replication edges as one SVG below the cards. */
export const EdgeLayer = memo(function EdgeLayer({ layout, states, mutual, isAnimated }: Props): ReactNode {
  const stateOf = (replica: string): EdgeState => states.get(replica) ?? 'none';
  const routes = [...layout.routes].sort(
    (a, b) => DRAWING_ORDER.indexOf(stateOf(a.replica)) - DRAWING_ORDER.indexOf(stateOf(b.replica)),
  );
  return (
    <svg className={styles.layer} width={layout.width} height={layout.height} aria-hidden="true">
      {routes.map((route) => {
        const source = layout.places.get(route.source);
        const replica = layout.places.get(route.replica);
        if (source === undefined || replica === undefined) return null;
        const path = edgePath(route, source, replica);
        return (
          <path
            // A new source is a new line: it appears, and the old one is gone at once.
            key={`${route.source} ${route.replica} ${route.busY === null}`}
            d={path}
            // As a style it can be animated, which the attribute cannot.
            {...(isAnimated ? { style: { d: `path("${path}")` } as CSSProperties } : {})}
            className={styles.edge}
            data-edge={`${route.source} ${route.replica}`}
            data-state={stateOf(route.replica)}
            data-mutual={mutual.has(`${route.source} ${route.replica}`)}
          />
        );
      })}
    </svg>
  );
});
