import { expect, test } from 'vitest';
import { buildForest } from '../model/forest.ts';
import { instanceJson } from '../model/instance.fixture.ts';
import { layOut } from './layout.ts';
import { DIRECTIONS, neighbourOf } from './neighbour.ts';

test('arrow keys walk the tree and stop at its border', () => {
  const tree = [
    instanceJson({ port: 1, source: null }),
    instanceJson({ port: 2, source: 1 }),
    instanceJson({ port: 3, source: 1 }),
    instanceJson({ port: 4, source: 3 }),
  ];
  const { places } = layOut(buildForest(tree));
  const go = (port: number, key: string): string | null => {
    const direction = DIRECTIONS[key];
    return direction === undefined ? null : neighbourOf(places, `127.0.0.1:${port}`, direction);
  };
  expect(go(4, 'ArrowLeft')).toBe('127.0.0.1:3');
  expect(go(3, 'ArrowLeft')).toBe('127.0.0.1:1');
  expect(go(3, 'ArrowDown')).toBe('127.0.0.1:2');
  expect(go(2, 'ArrowUp')).toBe('127.0.0.1:3');
  expect(go(1, 'ArrowLeft')).toBeNull();
});
