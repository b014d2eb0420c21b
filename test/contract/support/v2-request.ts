import { V2, type V2Name } from '../../../src/http/contract/v2/index.ts';
import type { RouteContract } from '../../../src/http/contract/v2/route-contract.ts';
import type { TestAnswer, TestServer } from './http-server.ts';
import { type SampleAsk, V2_ASKS } from './v2-asks.ts';

export const V2_NAMES = Object.keys(V2) as V2Name[];
export const contractOf = (name: V2Name): RouteContract => V2[name];

/** Asks by a route of the table as any HTTP client would. `text` of the answer is parsed, problem or not. */
export async function askV2(
  api: Pick<TestServer, 'get'>,
  name: V2Name,
  { params = {}, query = {}, body }: SampleAsk = V2_ASKS[name],
  init: RequestInit = {},
): Promise<TestAnswer> {
  const { method, path } = V2[name];
  const target = path.replace(/:(\w+)/g, (_, word: string) => encodeURIComponent(params[word] ?? ''));
  const search = new URLSearchParams(query).toString();
  const answer = await api.get(search === '' ? target : `${target}?${search}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...init,
    headers: { ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...init.headers },
  });
  return { ...answer, body: answer.text === '' ? null : JSON.parse(answer.text) };
}
