/** The quoted ASCII form in which the last errors of replication stand in the tables; '' stays ''. */
export function quoteAscii(text: string): string {
  if (text === '') return '';
  let quoted = '';
  for (const character of text) quoted += escapeOf(character);
  return `"${quoted}"`;
}

/** Reads the quoted form back; a text that is not quoted is taken as it is. */
export function unquoteAscii(quoted: string): string {
  const inner = /^"([\s\S]*)"$/.exec(quoted)?.[1];
  if (inner === undefined) return quoted;
  return inner.replace(/\\(U[0-9a-fA-F]{8}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[\s\S])/g, (_, code: string) => {
    const hex = /^[Uux]([0-9a-fA-F]+)$/.exec(code)?.[1];
    return hex === undefined ? (UNESCAPES.get(code) ?? code) : codePoint(Number.parseInt(hex, 16));
  });
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
  ['"', '\\"'],
  ['\\', '\\\\'],
]);
const UNESCAPES: ReadonlyMap<string, string> = new Map(
  [...ESCAPES].map(([plain, escaped]) => [escaped.slice(1), plain]),
);

function escapeOf(character: string): string {
  const known = ESCAPES.get(character);
  if (known !== undefined) return known;
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0x20 && code < 0x7f) return character;
  const hex = code.toString(16);
  if (code < 0x80) return `\\x${hex.padStart(2, '0')}`;
  return code > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
}

const codePoint = (code: number): string => (code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd');
