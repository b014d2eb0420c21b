import type { KeySpec, KeyType } from './keys/key-spec.ts';
import { describeNode, type SourceNode } from './source/source-node.ts';

/** A value read from a file, still plain (secrets are text here). */
export type RawValue = boolean | number | string | readonly string[] | Readonly<Record<string, string>>;

export type ReadResult =
  | { readonly kind: 'value'; readonly value: RawValue }
  /** null in the file: the key keeps what it has. */
  | { readonly kind: 'unset' }
  | { readonly kind: 'wrong'; readonly node: SourceNode; readonly expected: string; readonly hint: string };

const NAMES: Readonly<Record<KeyType, string>> = {
  bool: 'true or false',
  int: 'a whole number',
  uint: 'a whole number, 0 or more',
  int32: 'a whole number of at most 32 bits',
  int64: 'a whole number',
  float32: 'a number',
  string: 'a string',
  'string-list': 'a list of strings',
  'string-map': 'an object with strings as values',
};

/** What a value of this type looks like, in words. */
export const typeName = (type: KeyType): string => NAMES[type];

/**
 * Reads one value as strictly as the historic program did: no conversions between strings, numbers and booleans.
 * In: the node and what is known of its key. Out: the value, or what was expected and a hint.
 */
export function readValue(node: SourceNode, spec: KeySpec): ReadResult {
  if (node.kind === 'null') return { kind: 'unset' };
  switch (spec.type) {
    case 'bool':
      return node.kind === 'bool' ? { kind: 'value', value: node.value } : wrong(node, spec);
    case 'string':
      return node.kind === 'string' ? readString(node.value, node, spec) : wrong(node, spec);
    case 'string-list':
      return readList(node, spec);
    case 'string-map':
      return readMap(node, spec);
    default:
      return node.kind === 'number' ? readNumber(node.text, node, spec) : wrong(node, spec);
  }
}

function readString(text: string, node: SourceNode, spec: KeySpec): ReadResult {
  if (!spec.oneOf) return { kind: 'value', value: text };
  const choice = spec.oneOf.find((candidate) => candidate.toLowerCase() === text.trim().toLowerCase());
  if (choice !== undefined) return { kind: 'value', value: choice };
  const choices = spec.oneOf.map((each) => `"${each}"`).join(', ');
  return { kind: 'wrong', node, expected: `one of ${choices}`, hint: '' };
}

function readNumber(text: string, node: SourceNode, spec: KeySpec): ReadResult {
  const value = Number(text);
  const outside = (expected: string): ReadResult => ({ kind: 'wrong', node, expected, hint: '' });
  if (spec.type !== 'float32') {
    if (!/^-?\d+$/.test(text)) return wrong(node, spec);
    if (!Number.isSafeInteger(value)) return outside('a smaller number');
    if (spec.type === 'uint' && value < 0) return wrong(node, spec);
    if (spec.type === 'int32' && Math.abs(value) > 2 ** 31 - 1) return wrong(node, spec);
  }
  if (spec.minimum !== undefined && value < spec.minimum) return outside(`at least ${spec.minimum}`);
  if (spec.maximum !== undefined && value > spec.maximum) return outside(`at most ${spec.maximum}`);
  return { kind: 'value', value };
}

function readList(node: SourceNode, spec: KeySpec): ReadResult {
  if (node.kind !== 'list') return wrong(node, spec);
  const values: string[] = [];
  for (const item of node.items) {
    if (item.kind !== 'string') return wrong(item, spec);
    values.push(item.value);
  }
  return { kind: 'value', value: values };
}

function readMap(node: SourceNode, spec: KeySpec): ReadResult {
  if (node.kind !== 'map') return wrong(node, spec);
  const values: Record<string, string> = {};
  for (const entry of node.entries) {
    if (entry.value.kind !== 'string') return wrong(entry.value, spec);
    values[entry.key] = entry.value.value;
  }
  return { kind: 'value', value: values };
}

function wrong(node: SourceNode, spec: KeySpec): ReadResult {
  return { kind: 'wrong', node, expected: typeName(spec.type), hint: hintFor(node, spec) };
}

function hintFor(node: SourceNode, spec: KeySpec): string {
  if (node.kind === 'string' && !spec.type.startsWith('string')) return 'write it without quotes';
  if (spec.type === 'string' && (node.kind === 'number' || node.kind === 'bool')) return 'put it in double quotes';
  if (spec.type === 'string-list' && node.kind === 'string') return 'put it in brackets: ["..."]';
  return '';
}

/** `expected …, got …` for messages. Values of secrets are never shown, only their kind. */
export function describeWrong(result: Extract<ReadResult, { kind: 'wrong' }>, spec: KeySpec): string {
  const got =
    result.node.kind === 'string' && !spec.isSecret ? `"${result.node.value}"` : describeKind(result.node, spec);
  return `expected ${result.expected}, got ${got}${result.hint === '' ? '' : `; ${result.hint}`}`;
}

const describeKind = (node: SourceNode, spec: KeySpec): string =>
  spec.isSecret && node.kind === 'number' ? 'a number' : describeNode(node);
