import { createRequire } from 'node:module';
import type { Node } from 'yaml';
import type { SourceNode, SourcePosition } from './source-node.ts';
import { SourceSyntaxError } from './source-node.ts';

/**
 * Reads YAML into the same nodes as JSON, for those who like comments in their configuration.
 * @throws SourceSyntaxError
 */
export function readYaml(text: string): SourceNode {
  // Large, and most configurations are JSON: loaded when a file needs it, at once because reading a configuration does not wait.
  const yaml = createRequire(import.meta.url)('yaml') as typeof import('yaml');
  const { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } = yaml;
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false });
  const positionAt = (offset: number): SourcePosition => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const error = document.errors[0];
  if (error)
    throw new SourceSyntaxError(positionAt(error.pos[0]), error.message.split(' at line ')[0] ?? error.message);

  const convert = (node: unknown, from: SourcePosition): SourceNode => {
    const position = positionOf(node as Node | null, from);
    const target = isAlias(node) ? node.resolve(document) : node;
    if (isMap(target)) {
      const entries = target.items.map((pair) => {
        const keyPosition = positionOf(pair.key as Node | null, position);
        return { key: String(pair.key), position: keyPosition, value: convert(pair.value, keyPosition) };
      });
      return { kind: 'map', position, entries };
    }
    if (isSeq(target)) return { kind: 'list', position, items: target.items.map((item) => convert(item, position)) };
    const value = isScalar(target) ? target.value : null;
    if (typeof value === 'boolean') return { kind: 'bool', position, value };
    if (typeof value === 'number') {
      return { kind: 'number', position, text: (isScalar(target) && target.source) || String(value) };
    }
    if (typeof value === 'string') return { kind: 'string', position, value };
    return { kind: 'null', position };
  };
  const positionOf = (node: Node | null, from: SourcePosition): SourcePosition =>
    node?.range ? positionAt(node.range[0]) : from;

  return convert(document.contents, { line: 1, column: 1 });
}
