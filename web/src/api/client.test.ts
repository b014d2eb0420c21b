import { expect, test } from 'vitest';
import { ApiError, createApi } from './client.ts';

const answering = (responses: readonly Response[], seen: Request[]): typeof fetch => {
  let next = 0;
  return async (input, init) => {
    seen.push(new Request(input, init));
    const response = responses[next];
    next += 1;
    if (response === undefined) throw new TypeError('failed to fetch');
    return response;
  };
};

test('reads below the prefix, asks again with the ETag and keeps the value on 304', async () => {
  const seen: Request[] = [];
  const api = createApi(
    'http://h/orc/',
    answering([Response.json([1], { headers: { ETag: '"v1"' } }), new Response(null, { status: 304 })], seen),
  );
  const first = await api.read<number[]>('clusters-info');
  const second = await api.read<number[]>('clusters-info');
  expect(seen.map((request) => [request.url, request.headers.get('If-None-Match')])).toEqual([
    ['http://h/orc/api/clusters-info', null],
    ['http://h/orc/api/clusters-info', '"v1"'],
  ]);
  expect([first.changed, second.changed]).toEqual([true, false]);
  expect(second.value).toBe(first.value);
});

test("an error carries the server's own words; silence and strangers say what to look at", async () => {
  const failure = Response.json({ Code: 'ERROR', Message: 'Unauthorized', Details: null }, { status: 500 });
  const stranger = new Response('<html>', { status: 502, statusText: 'Bad Gateway' });
  const api = createApi('http://h/', answering([failure, stranger], []));
  await expect(api.act('ack-recovery/1?comment=x')).rejects.toEqual(new ApiError(500, 'Unauthorized'));
  await expect(api.read('masters')).rejects.toThrow('api/masters answered 502 Bad Gateway');
  await expect(api.read('masters')).rejects.toThrow('orchestrator does not answer');
});
