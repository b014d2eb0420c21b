import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { InstanceJson } from '../api/types.ts';
import { buildForest } from '../model/forest.ts';
import { instanceJson } from '../model/instance.fixture.ts';
import { edgePath } from './edge-path.ts';
import { CARD_HEIGHT, CARD_WIDTH, layOut } from './layout.ts';

/** Server n replicates from a smaller one, or from none. */
const forests = fc
  .array(fc.nat(), { minLength: 1, maxLength: 60 })
  .map((picks) =>
    picks.map((pick, n) => instanceJson({ port: n + 1, source: n === 0 || pick % 11 === 0 ? null : (pick % n) + 1 })),
  );

const overlaps = (a: { x: number; y: number }, b: { x: number; y: number }): boolean =>
  Math.abs(a.x - b.x) < CARD_WIDTH && Math.abs(a.y - b.y) < CARD_HEIGHT;

describe('layOut', () => {
  test('places every server once, inside the canvas, and no two cards over each other', () => {
    fc.assert(
      fc.property(forests, (instances) => {
        const layout = layOut(buildForest(instances));
        const places = [...layout.places.values()];
        expect(places).toHaveLength(instances.length);
        for (const [index, place] of places.entries()) {
          expect(place.x).toBeGreaterThanOrEqual(0);
          expect(place.y).toBeGreaterThanOrEqual(0);
          expect(place.x + CARD_WIDTH).toBeLessThanOrEqual(layout.width);
          expect(place.y + CARD_HEIGHT).toBeLessThanOrEqual(layout.height + 1e-6);
          for (const other of places.slice(index + 1)) expect(overlaps(place, other)).toBe(false);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('draws a line to every server that has a source, from left to right', () => {
    fc.assert(
      fc.property(forests, (instances) => {
        const layout = layOut(buildForest(instances));
        expect(layout.routes).toHaveLength(instances.filter((instance) => instance.MasterKey.Port !== 0).length);
        for (const route of layout.routes) {
          const source = layout.places.get(route.source);
          const replica = layout.places.get(route.replica);
          if (source === undefined || replica === undefined) throw new Error('a line without ends');
          expect(replica.x).toBeGreaterThan(source.x + CARD_WIDTH);
          expect(edgePath(route, source, replica)).not.toContain('NaN');
        }
      }),
      { numRuns: 60 },
    );
  });

  test('thirty replicas under one primary make a block about as wide as high, not a tower', () => {
    const instances: InstanceJson[] = [instanceJson({ port: 1, source: null })];
    for (let port = 2; port <= 31; port += 1) instances.push(instanceJson({ port, source: 1 }));
    const layout = layOut(buildForest(instances));
    expect(layout.height).toBeLessThan(1100);
    expect(layout.width).toBeLessThan(2000);
  });

  test('a thousand servers are placed in a few milliseconds', () => {
    const instances: InstanceJson[] = [instanceJson({ port: 1, source: null })];
    for (let port = 2; port <= 1000; port += 1)
      instances.push(instanceJson({ port, source: port % 50 === 0 ? 1 : Math.max(1, port - (port % 50)) }));
    const startMs = performance.now();
    expect(layOut(buildForest(instances)).places.size).toBe(1000);
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });
});
