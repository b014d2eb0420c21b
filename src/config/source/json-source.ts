import type { SourceEntry, SourceNode, SourcePosition } from './source-node.ts';
import { SourceSyntaxError } from './source-node.ts';

const SPACE = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])/y;
const WORD = /[A-Za-z_]\w*/y;
const STRING = /"(?:[^"\\\n\r]|\\.)*"/y;

/**
 * Reads JSON, strictly, and remembers where everything stands.
 * JSON.parse would do, were it not for positions in messages and for the text of numbers.
 * @throws SourceSyntaxError saying what is wrong and, for usual slips (comments, trailing commas, quotes), what to do.
 */
export function readJson(text: string): SourceNode {
  let offset = text.startsWith('\uFEFF') ? 1 : 0;

  const positionAt = (at: number): SourcePosition => {
    const before = text.slice(0, at);
    return { line: before.split('\n').length, column: at - before.lastIndexOf('\n') };
  };
  const fail = (message: string, at = offset): never => {
    throw new SourceSyntaxError(positionAt(at), message);
  };
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = offset;
    const found = pattern.exec(text)?.[0] ?? null;
    if (found !== null) offset += found.length;
    return found;
  };
  const skipSpace = (): void => {
    take(SPACE);
    if (text[offset] === '#' || text.startsWith('//', offset) || text.startsWith('/*', offset)) {
      fail('JSON has no comments; remove this one');
    }
  };
  const isNext = (character: string): boolean => {
    skipSpace();
    if (text[offset] !== character) return false;
    offset += 1;
    return true;
  };

  const readString = (what: string): string => {
    const at = offset;
    const quoted = take(STRING);
    if (quoted === null) {
      if (text[at] === "'") return fail('JSON strings are written in double quotes');
      if (text[at] === '"') return fail('this string has no closing quote on its line');
      return fail(`expected ${what} here`);
    }
    try {
      return JSON.parse(quoted) as string;
    } catch {
      return fail('this string has an invalid escape or control character; write a backslash as \\\\', at);
    }
  };

  const readList = (position: SourcePosition): SourceNode => {
    const items: SourceNode[] = [];
    if (isNext(']')) return { kind: 'list', position, items };
    do {
      skipSpace();
      if (text[offset] === ']') fail('there is a comma before this bracket; remove it');
      items.push(readValue());
    } while (isNext(','));
    if (!isNext(']')) fail('expected a comma or ] here');
    return { kind: 'list', position, items };
  };

  const readMap = (position: SourcePosition): SourceNode => {
    const entries: SourceEntry[] = [];
    if (isNext('}')) return { kind: 'map', position, entries };
    do {
      skipSpace();
      if (text[offset] === '}') fail('there is a comma before this brace; remove it');
      const keyPosition = positionAt(offset);
      const key = readString('a key in double quotes');
      if (!isNext(':')) fail(`expected a colon after "${key}"`);
      entries.push({ key, position: keyPosition, value: readValue() });
    } while (isNext(','));
    if (!isNext('}')) fail(offset >= text.length ? 'the file ends before its last }' : 'expected a comma or } here');
    return { kind: 'map', position, entries };
  };

  const readWord = (position: SourcePosition): SourceNode => {
    const word = take(WORD);
    if (word === 'true' || word === 'false') return { kind: 'bool', position, value: word === 'true' };
    if (word === 'null') return { kind: 'null', position };
    return word === null
      ? fail(offset >= text.length ? 'the file ends where a value is expected' : 'expected a value here')
      : fail(`${word} is not a JSON value; write true, false, null, a number or a "string"`, offset - word.length);
  };

  const readValue = (): SourceNode => {
    skipSpace();
    const position = positionAt(offset);
    const first = text[offset];
    if (first === '{') {
      offset += 1;
      return readMap(position);
    }
    if (first === '[') {
      offset += 1;
      return readList(position);
    }
    if (first === '"' || first === "'") return { kind: 'string', position, value: readString('a string') };
    const number = take(NUMBER);
    if (number !== null) return { kind: 'number', position, text: number };
    return readWord(position);
  };

  const root = readValue();
  skipSpace();
  if (offset < text.length) fail('there is more text after the end of the configuration');
  return root;
}
