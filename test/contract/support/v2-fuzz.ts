import fc from 'fast-check';
import type { V2Name } from '../../../src/http/contract/v2/index.ts';
import type { FuzzAnswer } from './fuzz-ask.ts';
import { complaintAbout } from './fuzz-ask.ts';
import { encoded, type FuzzRequest, LONG_TEXT, NAMES_OF_OBJECTS, SQL_PAYLOADS, wireValue } from './fuzz-values.ts';
import { type SampleAsk, V2_ASKS } from './v2-asks.ts';
import { contractOf } from './v2-request.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'];
const TYPES = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json; charset=x',
];

/** Any text, wherever a text may stand. */
const oddText = fc.oneof(
  fc.constantFrom(
    ...SQL_PAYLOADS,
    ...NAMES_OF_OBJECTS,
    '',
    ' ',
    '\u0000',
    '(',
    '..',
    '//x',
    LONG_TEXT.slice(0, 70_000),
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
);

/** A good body with one thing in it replaced, or no good body at all. */
function bodyFor(sample: unknown): fc.Arbitrary<string> {
  const anything = fc.oneof(
    oddText,
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom(-1, 0, Number.MAX_VALUE, 65536, 1.5),
  );
  const good = fc.constant(sample);
  const names = typeof sample === 'object' && sample !== null ? Object.keys(sample) : [];
  const changed = fc
    .tuple(fc.constantFrom(...names, 'extra', '__proto__'), anything)
    .map(([name, value]) => ({ ...(sample as object), [name]: value }));
  const inner = fc
    .tuple(
      fc.constantFrom('instance', 'designated', 'destination', 'candidate'),
      fc.constantFrom('hostname', 'port'),
      anything,
    )
    .map(([name, field, value]) => ({
      ...(sample as object),
      [name]: { hostname: '10.0.0.1', port: 11, [field]: value },
    }));
  return fc.oneof(
    { weight: 3, arbitrary: good.map((one) => JSON.stringify(one)) },
    { weight: 4, arbitrary: changed.map((one) => JSON.stringify(one)) },
    { weight: 2, arbitrary: inner.map((one) => JSON.stringify(one)) },
    { weight: 1, arbitrary: anything.map((one) => JSON.stringify(one) ?? '') },
    { weight: 1, arbitrary: oddText },
  );
}

/** A good request, of the servers that the program in the scene knows. */
export const sceneAsk = (name: V2Name): SampleAsk =>
  JSON.parse(
    JSON.stringify(V2_ASKS[name])
      .replaceAll('10.0.0.1', '127.0.0.1')
      .replace(/("port":"?)1([123])/g, (_, before: string, last: string) => before + (last === '3' ? 3 : 2)),
  ) as SampleAsk;

/** Requests for one route by any method, with anything in its path, query and body. */
export function v2Requests(name: V2Name): fc.Arbitrary<FuzzRequest> {
  const { method, path, query, body } = contractOf(name);
  const sample = sceneAsk(name);
  const value = (word: string): fc.Arbitrary<string> =>
    fc.oneof(
      { weight: 2, arbitrary: fc.constant(encoded(sample.params?.[word] ?? 'x')) },
      { weight: 1, arbitrary: wireValue(word) },
    );
  const words = [...path.matchAll(/:(\w+)/g)].map(([, word]) => word ?? '');
  const filled = fc
    .tuple(...words.map(value))
    .map((values) =>
      words.reduce((so, word, index) => so.replace(`:${word}`, () => values[index] ?? ''), path as string),
    );
  const pair = fc
    .constantFrom(...Object.keys(query.shape), 'dryRun', 'unknown', '__proto__')
    .chain((key) => wireValue(key).map((one) => `${key}=${one}`));
  const search = fc.array(pair, { maxLength: 2 }).map((pairs) => (pairs.length === 0 ? '' : `?${pairs.join('&')}`));
  const headers = fc.oneof(
    { weight: 6, arbitrary: fc.constant('application/json') },
    { weight: 1, arbitrary: fc.constantFrom(...TYPES) },
  );
  return fc
    .record({
      method: fc.oneof({ weight: 8, arbitrary: fc.constant(method as string) }, fc.constantFrom(...METHODS)),
      target: fc.tuple(filled, fc.constantFrom('', '', '', '/'), search).map((parts) => parts.join('')),
      type: headers,
      body: body === null ? fc.constant(undefined) : bodyFor(sample.body),
    })
    .map(({ type, body: sent, ...asked }) => ({
      ...asked,
      headers: sent === undefined ? {} : { 'content-type': type, 'content-length': String(Buffer.byteLength(sent)) },
      ...(sent === undefined ? {} : { body: sent }),
    }));
}

/** With dots in it a path is another one, perhaps outside of /api/v2. */
const HAS_DOTS = /\/(\.|%2e)+(\/|\\|\?|#|$)|\\/i;

/** Why an answer must not be given, else null: below /api/v2 whatever goes wrong is told in problem+json. */
export function v2Complaint({ method, target }: FuzzRequest, answer: FuzzAnswer): string | null {
  const complaint = complaintAbout(answer);
  if (complaint !== null || answer.status < 400 || HAS_DOTS.test(target)) return complaint;
  // What Node.js itself takes for no HTTP.
  if (answer.status === 400 && answer.contentType === '') return null;
  if (!answer.contentType.startsWith('application/problem+json'))
    return `status ${answer.status} as ${answer.contentType}`;
  if (method === 'HEAD') return null;
  const { status, code } = JSON.parse(answer.text) as { readonly status: number; readonly code: string };
  if (status !== answer.status) return `status ${answer.status} says ${status}`;
  return code === 'internal-error' ? 'it calls itself a mistake' : null;
}
