import { CARD_HEIGHT, CARD_WIDTH, type Place } from './layout.ts';

/** Arrow keys and the direction they go. */
export const DIRECTIONS: Readonly<Record<string, Place>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/** The card to go to from `name` in one direction: the nearest one that lies mainly that way; null at the border. */
export function neighbourOf(places: ReadonlyMap<string, Place>, name: string, direction: Place): string | null {
  const from = places.get(name);
  if (from === undefined) return null;
  let best: string | null = null;
  let bestCost = Number.POSITIVE_INFINITY;
  for (const [other, place] of places) {
    const dx = (place.x - from.x) / CARD_WIDTH;
    const dy = (place.y - from.y) / CARD_HEIGHT;
    const along = dx * direction.x + dy * direction.y;
    const aside = Math.abs(dx * direction.y) + Math.abs(dy * direction.x);
    const cost = along + 2 * aside;
    if (other !== name && along > 0.3 && cost < bestCost) {
      best = other;
      bestCost = cost;
    }
  }
  return best;
}
