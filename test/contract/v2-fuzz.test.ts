import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isLong, SEEDS_TIMEOUT_MS } from '../simulator/seeds.ts';
import { complaintAbout, createAsker } from './support/fuzz-ask.ts';
import { type FuzzScene, openFuzzScene } from './support/fuzz-scene.ts';
import { encoded, SQL_PAYLOADS } from './support/fuzz-values.ts';
import { sceneAsk, v2Complaint, v2Requests } from './support/v2-fuzz.ts';
import { contractOf, V2_NAMES } from './support/v2-request.ts';

/** The whole program over SQLite; every route of /api/v2 is asked for by being in the table. */
let scene: FuzzScene;
let asker: ReturnType<typeof createAsker>;
beforeAll(async () => {
  scene = await openFuzzScene();
  asker = createAsker(scene.url);
});
afterAll(async () => {
  asker.close();
  await scene.close();
});

test('anything, by any method: answered, and every complaint is a problem that is none of ours', {
  timeout: SEEDS_TIMEOUT_MS,
}, async () => {
  for (const [index, name] of V2_NAMES.entries()) {
    await fc.assert(
      fc.asyncProperty(v2Requests(name), async (asked) => {
        expect(v2Complaint(asked, await asker.ask(asked)), JSON.stringify(asked).slice(0, 500)).toBeNull();
      }),
      { numRuns: isLong ? 1000 : 10, ...(isLong ? {} : { seed: index + 1 }), endOnFailure: true },
    );
  }
  expect((await asker.get('/api/v2/status')).status).toBe(200);
});

/** A good request in which every text, one after the other, is the payload. */
function injected(name: (typeof V2_NAMES)[number], payload: string) {
  const { method, path, query: known } = contractOf(name);
  const { params = {}, body } = sceneAsk(name);
  const target = (replaced: string): string =>
    path.replace(/:(\w+)/g, (_, word: string) => encoded(word === replaced ? payload : (params[word] ?? '')));
  const send = (to: string, sent: unknown) => ({
    method,
    target: to,
    headers: sent === undefined ? {} : { 'content-type': 'application/json' },
    ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
  });
  const texts = typeof body === 'object' && body !== null ? Object.entries(body) : [];
  return [
    ...Object.keys(params).map((word) => send(target(word), body)),
    ...Object.keys(known.shape).map((word) => send(`${target('')}?${word}=${encoded(payload)}`, body)),
    ...texts.map(([field, value]) => {
      const odd = typeof value === 'object' ? { hostname: payload, port: 2 } : payload;
      return send(target(''), { ...(body as object), [field]: odd });
    }),
  ];
}

test('statements stay values', { timeout: SEEDS_TIMEOUT_MS }, async () => {
  const schema = scene.schema();
  for (const payload of isLong ? SQL_PAYLOADS : SQL_PAYLOADS.slice(0, 2)) {
    for (const asked of V2_NAMES.flatMap((name) => injected(name, payload))) {
      expect(v2Complaint(asked, await asker.ask(asked)), `${asked.method} ${asked.target}`).toBeNull();
    }
  }
  // Some of the requests forget servers.
  const again = JSON.stringify({ hostname: '127.0.0.1', port: 2 });
  const headers = { 'content-type': 'application/json' };
  expect((await asker.ask({ method: 'POST', target: '/api/v2/instances', headers, body: again })).status).toBe(201);
  const put = { method: 'PUT', headers };
  for (const payload of SQL_PAYLOADS) {
    const server = '/api/v2/instances/127.0.0.1/2';
    const value = JSON.stringify({ value: payload });
    expect((await asker.ask({ ...put, target: `${server}/tags/word`, body: value })).status).toBe(200);
    const downtime = JSON.stringify({ reason: payload, durationSeconds: 60 });
    expect((await asker.ask({ ...put, target: `${server}/downtime`, body: downtime })).status).toBe(200);
    const tags = scene.sql("select tag_value from database_instance_tags where tag_name = 'word' and port = 2");
    expect(tags).toEqual([{ tag_value: payload }]);
    expect(scene.sql('select reason from database_instance_downtime where port = 2')).toEqual([
      { reason: payload.trim() },
    ]);
  }
  expect(scene.schema()).toEqual(schema);
  expect(scene.sql('select word from fuzz_sentinel')).toEqual([{ word: 'untouched' }]);
});

test('none of it was a mistake of the program', () => {
  const mistakes = scene.complaints.filter(
    (line) => complaintAbout({ status: 500, contentType: '', text: line }) !== null,
  );
  expect(mistakes).toEqual([]);
});
