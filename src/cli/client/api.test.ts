import { expect, it } from 'vitest';
import { createApiClient } from './api.ts';

const failing = (code: string) => Object.assign(new Error(`connect ${code}`), { code });

function scene(answers: readonly (Error | string)[]) {
  const left = [...answers];
  const pauses: number[] = [];
  const api = createApiClient(
    'http://node1:3000/api',
    {},
    {
      sleep: async (ms) => void pauses.push(ms),
      async fetch() {
        const next = left.length > 1 ? left.shift() : left[0];
        if (next instanceof Error) throw next;
        return { status: 200, text: async () => next ?? '' };
      },
    },
  );
  return { api, pauses };
}

it('asks again while nobody listens, as the script does: a service is started again in seconds', async () => {
  const { api, pauses } = scene([failing('ECONNREFUSED'), failing('ECONNREFUSED'), '["a:3306"]']);
  expect(await api.get('clusters')).toEqual(['a:3306']);
  expect(pauses).toEqual([100, 200]);
});

it('gives up after eleven seconds, and says whom it could not reach', async () => {
  const { api, pauses } = scene([failing('ECONNREFUSED')]);
  await expect(api.get('clusters')).rejects.toThrow(/Cannot reach http:\/\/node1:3000\/api: connect ECONNREFUSED/);
  expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBe(11_300);
});

it('does not ask again where the request may have been heard', async () => {
  const { api, pauses } = scene([failing('ECONNRESET'), '"OK"']);
  await expect(api.get('relocate/a/1/b/2')).rejects.toThrow(/ECONNRESET/);
  expect(pauses).toEqual([]);
});
