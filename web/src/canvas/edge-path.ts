import { CARD_HEIGHT, CARD_WIDTH, type Place, type Route } from './layout.ts';

/**
 * The line from a source's right side to a replica's left side, as SVG path data: a smooth curve between single cards, and
 * along the gutters of a block otherwise. Always the same commands for the same kind, so that CSS can move one into another.
 */
export function edgePath(route: Route, source: Place, replica: Place): string {
  const fromX = source.x + CARD_WIDTH;
  const fromY = source.y + CARD_HEIGHT / 2;
  const toX = replica.x;
  const toY = replica.y + CARD_HEIGHT / 2;
  if (route.busY === null) {
    const middle = (fromX + toX) / 2;
    return `M${fromX},${fromY} C${middle},${fromY} ${middle},${toY} ${toX},${toY}`;
  }
  const entry = route.entryX;
  return (
    `M${fromX},${fromY} C${entry},${fromY} ${entry},${fromY} ${entry},${(fromY + route.busY) / 2} ` +
    `L${entry},${route.busY} L${route.gutterX},${route.busY} L${route.gutterX},${toY} L${toX},${toY}`
  );
}
