import { describe, expect, test } from 'vitest';
import { fitView, MAX_SCALE, reveal, zoomAt } from './view.ts';

const window_ = { width: 1000, height: 600 };

describe('view', () => {
  test('fits big content into the window and never enlarges small content', () => {
    const big = fitView({ width: 4000, height: 1000 }, window_);
    expect(big.scale).toBeCloseTo(0.236);
    expect(big.y).toBeGreaterThan(0);
    expect(fitView({ width: 100, height: 50 }, window_)).toEqual({ scale: 1, x: 450, y: 263 });
  });

  test('zooming keeps the point under the pointer and stops at the limits', () => {
    const view = zoomAt({ x: 10, y: 20, scale: 1 }, { x: 110, y: 220 }, 1.5);
    expect([(110 - view.x) / view.scale, (220 - view.y) / view.scale]).toEqual([100, 200]);
    expect(zoomAt(view, { x: 0, y: 0 }, 100).scale).toBe(MAX_SCALE);
  });

  test('reveals a box with the smallest move, and leaves a visible one alone', () => {
    const view = { x: 0, y: 0, scale: 1 };
    expect(reveal(view, { x: 100, y: 100, width: 50, height: 50 }, window_)).toBe(view);
    expect(reveal(view, { x: 990, y: -10, width: 50, height: 50 }, window_)).toEqual({ scale: 1, x: -68, y: 38 });
  });
});
