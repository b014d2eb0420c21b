import { expect, it } from 'vitest';
import { fullHostname } from './full-hostname.ts';

const system = (name: string) => ({ address: async () => '10.0.0.7', name: async () => name });
const fails = async (): Promise<string> => Promise.reject(new Error('ENOTFOUND'));

it('is the name of the address, where that is the same machine', async () => {
  expect(await fullHostname('node1', system('node1.db.example.com'))).toBe('node1.db.example.com');
});

it.each([
  ['an address that is called otherwise', 'node1', system('localhost')],
  ['no address', 'node1', { address: fails, name: fails }],
  ['an address without a name', 'node1', { address: async () => '10.0.0.7', name: fails }],
  ['no answer in time', 'node1', { address: () => new Promise<string>(() => {}), name: fails }],
])('%s: the short name stays', async (_, hostname, asked) => {
  expect(await fullHostname(hostname, asked, 20)).toBe(hostname);
});

it('asks nobody for a name that is qualified', async () => {
  expect(await fullHostname('node1.example.com', { address: fails, name: fails })).toBe('node1.example.com');
});
