import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readJson } from './json-source.ts';
import { type SourceNode, SourceSyntaxError } from './source-node.ts';

const plain = (node: SourceNode): unknown => {
  switch (node.kind) {
    case 'null':
      return null;
    case 'number':
      return Number(node.text);
    case 'list':
      return node.items.map(plain);
    case 'map':
      return Object.fromEntries(node.entries.map((entry) => [entry.key, plain(entry.value)]));
    default:
      return node.value;
  }
};

test('reads what JSON.stringify writes, indented by blanks or tabs', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      expect(plain(readJson(text))).toEqual(JSON.parse(text));
    }),
  );
});

test('accepts exactly what JSON.parse accepts', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '1',
    '-0.5e3',
    '01',
    'true',
    'nul',
    ' ',
    '\n',
    '"\\x"',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const text = pieces.join('');
      const accepts = (read: (text: string) => unknown): boolean => {
        try {
          read(text);
          return true;
        } catch (error) {
          if (!(error instanceof SyntaxError) && !(error instanceof SourceSyntaxError)) throw error;
          return false;
        }
      };
      expect(accepts(readJson)).toBe(accepts(JSON.parse));
    }),
    { numRuns: 2000 },
  );
});

test('knows where values stand, and the text of numbers', () => {
  const root = readJson('\uFEFF{\r\n\t"a": 1,\n  "b": [true, 5.0]\n}');
  if (root.kind !== 'map') throw new Error('expected a map');
  expect(root.entries[1]?.position).toEqual({ line: 3, column: 3 });
  const list = root.entries[1]?.value;
  if (list?.kind !== 'list') throw new Error('expected a list');
  expect(list.items[1]).toEqual({ kind: 'number', text: '5.0', position: { line: 3, column: 15 } });
});
