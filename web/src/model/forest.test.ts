import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildForest, type TreeNode } from './forest.ts';
import { instanceJson } from './instance.fixture.ts';

const draw = (nodes: readonly TreeNode[]): string =>
  nodes.map((node) => node.instance.Key.Port + (node.children.length > 0 ? `(${draw(node.children)})` : '')).join(',');

describe('buildForest', () => {
  test('follows source addresses; replicas with replicas of their own come first', () => {
    const instances = [
      instanceJson({ port: 1, source: null }),
      instanceJson({ port: 2, source: 1 }),
      instanceJson({ port: 3, source: 1 }),
      instanceJson({ port: 4, source: 3 }),
    ];
    expect(draw(buildForest(instances))).toBe('1(3(4),2)');
  });

  test('orders names naturally', () => {
    const instances = [9, 10, 2].map((port) => instanceJson({ port, source: 1 }));
    expect(draw(buildForest([instanceJson({ port: 1, source: null }), ...instances]))).toBe('1(2,9,10)');
  });

  test('opens a ring of co-primaries at the writable one', () => {
    const instances = [
      instanceJson({ port: 1, source: 2 }, { IsCoMaster: true, ReadOnly: true }),
      instanceJson({ port: 2, source: 1 }, { IsCoMaster: true, ReadOnly: false }),
      instanceJson({ port: 3, source: 1 }),
    ];
    expect(draw(buildForest(instances))).toBe('2(1(3))');
  });

  test('puts the writable primary above the one that was lost in a recovery', () => {
    const instances = [
      instanceJson(
        { port: 1, source: null },
        { IsLastCheckValid: false, IsDowntimed: true, DowntimeReason: 'lost-in-recovery' },
      ),
      instanceJson({ port: 2, source: null }),
      instanceJson({ port: 3, source: 2 }),
    ];
    expect(draw(buildForest(instances))).toBe('2(3),1');
  });

  test('a detached replica stands alone', () => {
    const instances = [
      instanceJson({ port: 1, source: null }),
      instanceJson(
        { port: 2, source: 1 },
        { MasterKey: { Hostname: '//127.0.0.1', Port: 1 }, IsDetachedMaster: true, ReadOnly: true },
      ),
    ];
    expect(draw(buildForest(instances))).toBe('1,2');
  });

  test('draws every server exactly once, whatever replicates from whatever', () => {
    const any = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(any, (sources) => {
        const instances = sources.map((source, index) =>
          instanceJson({ port: index + 1, source: source === 0 ? null : source }),
        );
        const seen = draw(buildForest(instances)).match(/\d+/g)?.map(Number) ?? [];
        expect(seen.sort((a, b) => a - b)).toEqual(instances.map((instance) => instance.Key.Port));
      }),
    );
  });
});
