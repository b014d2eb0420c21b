/** Where something stands in a file; both count from 1. */
export interface SourcePosition {
  readonly line: number;
  readonly column: number;
}

/** A value as the file has it, before any meaning. Numbers keep their text, so that 5.0 and 5 stay different. */
export type SourceNode = { readonly position: SourcePosition } & (
  | { readonly kind: 'null' }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'list'; readonly items: readonly SourceNode[] }
  | { readonly kind: 'map'; readonly entries: readonly SourceEntry[] }
);

export interface SourceEntry {
  readonly key: string;
  readonly position: SourcePosition;
  readonly value: SourceNode;
}

/** Thrown by the readers of files; `message` says what is wrong, without the file's name. */
export class SourceSyntaxError extends Error {
  readonly position: SourcePosition;

  constructor(position: SourcePosition, message: string) {
    super(message);
    this.position = position;
  }
}

/** A node in a few words, for messages: `a string ("5")`, `a list`. */
export function describeNode(node: SourceNode): string {
  switch (node.kind) {
    case 'null':
      return 'null';
    case 'bool':
      return String(node.value);
    case 'number':
      return `the number ${node.text}`;
    case 'string':
      return 'a string';
    case 'list':
      return 'a list';
    case 'map':
      return 'an object';
  }
}
