import type { LookupAddress } from 'node:dns';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createSystemClock } from '../engine/basis/clock.ts';
import type { Clock } from '../engine/ports.ts';
import { createHostLookup } from './host-lookup.ts';

const HERE: LookupAddress = { address: '127.0.0.1', family: 4 };
const HERE_TOO: LookupAddress = { address: '::1', family: 6 };
const trouble = (code: string): NodeJS.ErrnoException => Object.assign(new Error(code), { code });

/** A name service that answers when told to; `silences` are patience that has not run out. */
function scene() {
  const questions: { readonly hostname: string; readonly answer: (told: readonly LookupAddress[] | Error) => void }[] =
    [];
  const silences: (() => void)[] = [];
  let nowMs = 0;
  const clock: Clock = {
    ...createSystemClock(),
    monotonicMs: () => nowMs,
    sleep: (_, signal) =>
      new Promise((resolve) => {
        silences.push(resolve);
        signal?.addEventListener('abort', () => resolve());
      }),
  };
  const lookup = createHostLookup(clock, (hostname, answer) => {
    const tell = (told: readonly LookupAddress[] | Error): void =>
      told instanceof Error ? answer(told, []) : answer(null, told);
    questions.push({ hostname, answer: tell });
  });
  const find = (hostname: string, options: Parameters<typeof lookup>[1] = {}) =>
    new Promise<unknown>((resolve) =>
      lookup(hostname, options, (error, found) => resolve(error === null ? found : `${error.code}`)),
    );
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { questions, silences, lookup, find, pass };
}

describe('the address of a server', () => {
  it('is the one that a socket connects to', async () => {
    const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const lookup = createHostLookup(createSystemClock(), (_, answer) => answer(null, [HERE_TOO, HERE]));
    const socket = connect({ host: 'db.invalid', port: (server.address() as AddressInfo).port, lookup });
    expect(String((await once(socket, 'data'))[0])).toBe('hello');
    socket.destroy();
    server.close();
  });

  it('is given in the shape and of the family asked for', async () => {
    const { find, questions } = scene();
    const all = find('db', { all: true });
    questions[0]?.answer([HERE, HERE_TOO]);
    expect(await all).toEqual([HERE, HERE_TOO]);
    const six = find('db', { family: 6 });
    questions[1]?.answer([HERE, HERE_TOO]);
    expect(await six).toBe('::1');
    const none = find('db', { family: 6 });
    questions[2]?.answer([HERE]);
    expect(await none).toBe('ENOTFOUND');
  });

  it('is asked for once at a time, and three names at most', async () => {
    const { find, questions } = scene();
    const found = ['a', 'a', 'b', 'c', 'd', 'd'].map((hostname) => find(hostname));
    expect(questions.map(({ hostname }) => hostname)).toEqual(['a', 'b', 'c']);
    questions[1]?.answer([HERE]);
    expect(questions.map(({ hostname }) => hostname)).toEqual(['a', 'b', 'c', 'd']);
    for (const { answer } of questions) answer([HERE]);
    expect(await Promise.all(found)).toEqual(Array(6).fill('127.0.0.1'));
  });

  it('is the one of before while the name service is silent, or in trouble itself', async () => {
    const { find, questions, silences, pass } = scene();
    const first = find('db');
    questions[0]?.answer([HERE]);
    await first;
    const silent = find('db');
    for (const runOut of silences) runOut();
    expect(await silent).toBe('127.0.0.1');
    // Nobody else waits for that answer once more.
    pass(300);
    const waits = silences.length;
    expect(await find('db')).toBe('127.0.0.1');
    expect(silences).toHaveLength(waits);
    questions[1]?.answer(trouble('EAI_AGAIN'));
    const troubled = find('db');
    questions.at(-1)?.answer(trouble('EAI_AGAIN'));
    expect(await troubled).toBe('127.0.0.1');
  });

  it('is what the name service says by now, whenever it says something', async () => {
    const { find, questions } = scene();
    const ask = async (told: readonly LookupAddress[] | Error): Promise<unknown> => {
      const found = find('db');
      questions.at(-1)?.answer(told);
      return found;
    };
    await ask([HERE]);
    expect(await ask([{ address: '127.0.0.2', family: 4 }])).toBe('127.0.0.2');
    expect(await ask(trouble('ENOTFOUND'))).toBe('ENOTFOUND');
    expect(await ask(trouble('EAI_AGAIN'))).toBe('EAI_AGAIN');
  });

  it('is told as an error where nobody can be asked', async () => {
    const lookup = createHostLookup(createSystemClock(), () => {
      throw trouble('EINVAL');
    });
    const code = await new Promise((resolve) => lookup('db', {}, (error) => resolve(error?.code)));
    expect(code).toBe('EINVAL');
  });

  it('is forgotten after an hour, and waited for where there was none', async () => {
    const { find, questions, silences, pass } = scene();
    const first = find('db');
    expect(silences).toEqual([]);
    questions[0]?.answer([HERE]);
    await first;
    pass(3_600_001);
    const later = find('db');
    questions[1]?.answer(trouble('EAI_AGAIN'));
    expect(await later).toBe('EAI_AGAIN');
  });
});
