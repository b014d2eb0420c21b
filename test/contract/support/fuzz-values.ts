import fc from 'fast-check';
import type { Route } from '../../../src/http/route.ts';

/** Texts that would do harm if any of them became part of a statement. */
export const SQL_PAYLOADS = [
  `x'; DROP TABLE fuzz_sentinel; --`,
  `x"; DROP TABLE fuzz_sentinel; /*`,
  '`; DROP TABLE fuzz_sentinel; #',
  `') OR ('1'='1`,
  `' OR 1=1 -- `,
  `\\'; DELETE FROM database_instance; -- ?`,
  `x' UNION SELECT name, sql FROM sqlite_master -- `,
  '%_?:1$1@x$' + '{7*7}{{7*7}}',
] as const;

/** What stands for a parameter or a query key when it is to be meaningful; others are just a word. */
const MEANINGFUL: readonly (readonly [pattern: RegExp, values: readonly string[]])[] = [
  [/host$/i, ['127.0.0.1', '10.0.0.1', 'short']],
  [/port$/i, ['1', '2', '3', '11']],
  [/statusCode/i, ['503', '200', '204', '205', '304', '101', '999']],
  [/cluster|alias/i, ['127.0.0.1:1', '10.0.0.1:1', 'shop']],
  [/seconds|process|logPos|id$|page|code|key$/i, ['0', '7', '30']],
  [/logFile|binlog/i, ['bin.000001']],
  [/promotionRule/, ['prefer', 'must_not']],
  [/duration/, ['30s']],
  [/queue/, ['DEFAULT']],
  [/tag/i, ['role', 'role=backup', '~role']],
  [/instances/, ['127.0.0.1:2,127.0.0.1:3', '10.0.0.1:11']],
  [/argv/, ['["-c","clusters"]', '["-c","which-instance","-i","short:11"]']],
];

/** Values that a parameter of this name understands. */
export const meaningfulValues = (name: string): readonly string[] =>
  MEANINGFUL.find(([pattern]) => pattern.test(name))?.[1] ?? ['word'];

const PORTS = ['0', '-1', '65535', '65536', '1000000000', '1e3', '0x1', '١٢', '3306abc', ' 1', '1.5', 'NaN', '', '٣'];
const HOSTS = [
  ...[
    '..',
    '.',
    '//detached',
    '[::1]',
    '::',
    '[',
    'a b',
    'db1:3306',
    'db1,db2',
    'ｄｂ１',
    'xn--',
    '-',
    '_',
    '*',
    '127.0.0.1:',
  ],
  ...[
    'http://x/',
    'user:pw@x',
    '\u0000',
    'a\nb',
    'a\r\nSet-Cookie: x=1',
    '%',
    '%s%n',
    '<script>',
    '(',
    '[a-',
    '\\',
    '💥',
  ],
];
/** Names that plain objects have already. */
export const NAMES_OF_OBJECTS = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype'];
const WRONG_TYPES = ['null', 'true', '[]', '{}', '[object Object]', '["-c",7]', '{"a":1}', '1e400', '-0', 'undefined'];
/** Expressions that are none, or that a backtracking engine does not finish. */
const EXPRESSIONS = ['(', '*', '[', '(?<', '\\', '(.*)*(.*)*(.*)*(.*)*!$', '(?i)x', '(a|a)*$'];

/** Wire forms that no encoder makes. */
const BAD_ENCODINGS = [
  ...[
    '%',
    '%%',
    '%z',
    '%zz',
    '%00',
    '%0a',
    '%0d%0aX:%20y',
    '%2F',
    '%2f..%2f..%2fetc%2fpasswd',
    '%252F',
    '%25%32%46',
    '%c3%28',
  ],
  ...[
    '%ff%fe',
    '%E2%82',
    '%ed%a0%80',
    '%u0041',
    '%2e%2e',
    '..',
    '.',
    ';',
    ';a=b',
    '+',
    '&',
    '=',
    '&=&',
    '\u00e9\u00ff',
    '~',
    '|',
    '^',
    '"',
  ],
];

/** A text as it travels in a path or query; lone surrogates become what decoders make of them. */
export const encoded = (text: string): string => encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd'));

/** 100 kB of something; long enough to hurt whatever is worse than linear. */
const LONG_TEXTS = ['a', 'a,', '127.0.0.1:1,', 'a=b,', '(', "'", '%00', '%2F', '1', '💥', '["-c",', ' '].map((unit) => {
  const wire = unit.startsWith('%') ? unit : encoded(unit);
  return wire.repeat(Math.ceil(100_000 / wire.length));
});

/** One value on the wire: meaningful half of the time, so that what lies behind the first check is reached, too. */
export const wireValue = (name: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(...meaningfulValues(name)).map(encoded) },
    { weight: 4, arbitrary: fc.constantFrom(...SQL_PAYLOADS).map(encoded) },
    { weight: 4, arbitrary: fc.constantFrom(...(/port$/i.test(name) ? PORTS : HOSTS)).map(encoded) },
    { weight: 2, arbitrary: fc.constantFrom(...PORTS, ...WRONG_TYPES).map(encoded) },
    { weight: 2, arbitrary: fc.constantFrom(...NAMES_OF_OBJECTS, ...EXPRESSIONS).map(encoded) },
    { weight: 4, arbitrary: fc.constantFrom(...BAD_ENCODINGS) },
    { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }).map(encoded) },
    { weight: 1, arbitrary: fc.constantFrom(...LONG_TEXTS) },
  );

export interface FuzzRequest {
  readonly method: string;
  /** Path and query as they travel. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

const METHODS = ['HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND', 'TRACE'];
const HEADERS: readonly Readonly<Record<string, string>>[] = [
  { authorization: 'Basic !!!!' },
  { authorization: 'Basic Og==' },
  { cookie: 'access-token=%zz; access-token="; a' },
  { 'if-none-match': '*' },
  { 'if-none-match': '"'.repeat(1000) },
  { 'last-event-id': '-1' },
  { 'last-event-id': '9'.repeat(400) },
  { 'x-forwarded-user': "x' OR 1=1 -- " },
  { host: '' },
  { host: 'a b:c' },
  { accept: '\u00ff', 'accept-encoding': 'gzip;q=x' },
  { range: 'bytes=9-1,,' },
  { expect: 'x' },
  { 'content-type': 'application/json', 'content-length': '0' },
  { 'transfer-encoding': 'identity, chunked' },
];

const namesIn = (path: string): readonly string[] => [...path.matchAll(/:(\w+)/g)].map(([, name]) => name ?? '');
export const namesOfQuery = (route: Route): readonly string[] => Object.keys(route.query.shape);

/** 100 kB of one letter. */
export const LONG_TEXT = 'a'.repeat(100_000);

/** A query of keys that the route knows, of some that it does not, doubled ones, and ones without a value. */
function queryOf(known: readonly string[]): fc.Arbitrary<string> {
  const key = fc.constantFrom(...known, 'dryRun', 'unknown', '__proto__', 'a[]', '%zz', '');
  const pair = key.chain((name) =>
    fc.oneof(
      wireValue(name).map((value) => `${name}=${value}`),
      fc.constantFrom(name, `${name}=`, '&', '#', '?'),
    ),
  );
  const all = fc.tuple(...known.map((name) => wireValue(name).map((value) => `${name}=${value}`)));
  const some = fc.array(pair, { maxLength: 4 });
  return fc.oneof(all, some, fc.constant([])).map((pairs) => (pairs.length === 0 ? '' : `?${pairs.join('&')}`));
}

/** Requests for a path of the table; every `:name` in it, and every key of its query, gets a value. */
export function requestsFor(path: string, queryNames: readonly string[]): fc.Arbitrary<FuzzRequest> {
  const names = namesIn(path);
  const filled = fc
    .tuple(...names.map(wireValue))
    .map((values) => names.reduce((so, name, index) => so.replace(`:${name}`, () => values[index] ?? ''), path));
  return fc.record({
    method: fc.oneof(
      { weight: 12, arbitrary: fc.constant('GET') },
      { weight: 1, arbitrary: fc.constantFrom(...METHODS) },
    ),
    target: fc
      .tuple(filled, fc.constantFrom('', '', '', '/', '//'), queryOf(queryNames))
      .map((parts) => parts.join('')),
    headers: fc.oneof({ weight: 8, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: fc.constantFrom(...HEADERS) }),
  });
}

/** The same path with one thing in it replaced at a time, the rest being meaningful: `[what was replaced, target]`. */
export function injections(route: Route, payload: string): readonly (readonly [name: string, target: string])[] {
  const names = namesIn(route.path);
  // A tag in the path makes one in the query meaningless.
  const queryNames = namesOfQuery(route).filter(
    (name) => name !== 'dryRun' && !(name === 'tag' && names.includes('tagName')),
  );
  const value = (name: string, injected: string): string =>
    encoded(name === injected ? payload : (meaningfulValues(name)[0] ?? 'word'));
  return [...names, ...queryNames].map((injected) => {
    const path = names.reduce((so, name) => so.replace(`:${name}`, () => value(name, injected)), route.path);
    const query = queryNames.map((name) => `${name}=${value(name, injected)}`).join('&');
    return [injected, query === '' ? path : `${path}?${query}`];
  });
}
