import { expect, it } from 'vitest';
import { formatKey, parseKey } from '../../model/instance-key.ts';
import type { ForgetOrder, ForgetStore } from '../ports.ts';
import { createForgetting } from './forgetting.ts';

const A = parseKey('a:3306', 3306);
const B = parseKey('b:3306', 3306);

function backend() {
  const orders: ForgetOrder[] = [];
  const store: ForgetStore = {
    order: async (order) => void orders.push(order),
    read: async () => [...orders],
    revoke: async () => undefined,
  };
  const process = (name: string) => {
    const known = new Set(['a:3306', 'b:3306']);
    const forgetting = createForgetting({
      store,
      clock: { now: () => 0 },
      logger: { info: () => undefined },
      newUid: () => `${name}${orders.length}`,
      drop: async (key) => known.delete(formatKey(key)),
    });
    return { known, ...forgetting };
  };
  return { process };
}

it('what one process is told to forget, the others forget, once', async () => {
  const { process } = backend();
  const [program, command] = [process('program'), process('command')];
  await program.heed();
  expect(await command.forget(A)).toBe(true);
  await program.heed();
  expect([...program.known]).toEqual(['b:3306']);
  program.known.add('a:3306');
  await program.heed();
  expect([...program.known]).toEqual(['b:3306', 'a:3306']);
});

it('its own orders, and those of before its start, are done already', async () => {
  const { process } = backend();
  const [program, command] = [process('program'), process('command')];
  await command.forget(A);
  await program.heed();
  await program.forget(B);
  program.known.add('b:3306');
  await program.heed();
  expect([...program.known]).toEqual(['a:3306', 'b:3306']);
});
