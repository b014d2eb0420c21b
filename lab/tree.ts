import { LabError } from './error.ts';

/** One server of a tree: its number is its name. */
export interface TreeNode {
  readonly number: number;
  /** The number of the server it replicates from; null for a root. */
  readonly source: number | null;
  readonly replicas: readonly number[];
}

const HELP = 'write it like "1(2,3(4))": 2 and 3 replicate from 1, and 4 from 3';

/**
 * Reads a topology written as nested numbers: `1(2,3(4))`. Several roots may be separated by commas: `1(2),5(6)`.
 * Numbers are 1 to 99, each used once; blanks are free.
 *
 * Returns the servers in reading order, so that every source stands before its replicas. Throws LabError 'bad-tree'
 * naming the place of the mistake.
 */
export function parseTree(text: string): readonly TreeNode[] {
  const nodes: { number: number; source: number | null; replicas: number[] }[] = [];
  let at = 0;

  function fail(problem: string): never {
    throw new LabError('bad-tree', `tree "${text}": ${problem} at character ${at + 1}; ${HELP}`);
  }
  function skipBlanks(): void {
    while (/\s/.test(text[at] ?? '')) at += 1;
  }
  function readList(source: number | null): number[] {
    const numbers = [readNode(source)];
    skipBlanks();
    while (text[at] === ',') {
      at += 1;
      numbers.push(readNode(source));
      skipBlanks();
    }
    return numbers;
  }
  function readNode(source: number | null): number {
    skipBlanks();
    const digits = /^\d+/.exec(text.slice(at))?.[0];
    if (digits === undefined) fail('a server number is missing');
    const number = Number(digits);
    if (number < 1 || number > 99) fail(`${digits} is not between 1 and 99`);
    if (nodes.some((node) => node.number === number)) fail(`server ${number} appears twice`);
    at += digits.length;
    const node = { number, source, replicas: [] as number[] };
    nodes.push(node);
    skipBlanks();
    if (text[at] === '(') {
      at += 1;
      node.replicas = readList(number);
      if (text[at] !== ')') fail('a ")" is missing');
      at += 1;
    }
    return number;
  }

  readList(null);
  if (at < text.length) fail(`"${text[at]}" is unexpected`);
  return nodes;
}

/** Writes a tree back in the form parseTree reads, without blanks. */
export function formatTree(nodes: readonly TreeNode[]): string {
  const byNumber = new Map(nodes.map((node) => [node.number, node]));
  function write(number: number): string {
    const replicas = byNumber.get(number)?.replicas ?? [];
    return replicas.length === 0 ? `${number}` : `${number}(${replicas.map(write).join(',')})`;
  }
  return nodes
    .filter((node) => node.source === null)
    .map((node) => write(node.number))
    .join(',');
}
