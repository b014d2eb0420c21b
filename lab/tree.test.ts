import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LabError } from './error.ts';
import { formatTree, parseTree } from './tree.ts';

describe('parseTree', () => {
  it('reads nesting, sources before replicas', () => {
    expect(parseTree('1(2,3(4))')).toEqual([
      { number: 1, source: null, replicas: [2, 3] },
      { number: 2, source: 1, replicas: [] },
      { number: 3, source: 1, replicas: [4] },
      { number: 4, source: 3, replicas: [] },
    ]);
  });

  it('reads a lone server, several roots and blanks', () => {
    expect(parseTree('7')).toEqual([{ number: 7, source: null, replicas: [] }]);
    expect(parseTree(' 1 ( 2 ) , 5(6) ').map((node) => [node.number, node.source])).toEqual([
      [1, null],
      [2, 1],
      [5, null],
      [6, 5],
    ]);
  });

  it.each([
    ['', /number is missing at character 1/],
    ['1(', /number is missing at character 3/],
    ['1(2', /"\)" is missing at character 4/],
    ['1(2))', /"\)" is unexpected at character 5/],
    ['1(2,2)', /server 2 appears twice/],
    ['0', /not between 1 and 99/],
    ['1(100)', /not between 1 and 99/],
    ['a(b)', /number is missing at character 1/],
    ['1(2,,3)', /number is missing at character 5/],
  ])('refuses "%s", saying where and how to write it', (text, problem) => {
    expect(() => parseTree(text)).toThrow(LabError);
    expect(() => parseTree(text)).toThrow(problem);
    expect(() => parseTree(text)).toThrow(/write it like/);
  });

  it('is undone by formatTree for every tree', () => {
    // A random tree: server n + 1 replicates from any server before it, or is a root.
    const parents = fc.array(fc.nat(), { minLength: 0, maxLength: 30 });
    fc.assert(
      fc.property(parents, (picks) => {
        const replicas = new Map<number, number[]>([[1, []]]);
        picks.forEach((pick, index) => {
          replicas.set(index + 2, []);
          replicas.get((pick % (index + 1)) + 1)?.push(index + 2);
        });
        const write = (n: number): string => {
          const below = replicas.get(n) ?? [];
          return below.length === 0 ? `${n}` : `${n}(${below.map(write).join(',')})`;
        };
        const text = write(1);
        const nodes = parseTree(text);
        expect(formatTree(nodes)).toBe(text);
        expect(nodes).toHaveLength(picks.length + 1);
      }),
    );
  });
});
