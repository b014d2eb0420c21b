import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../model/secret.ts';
import { type FakeConsul, startFakeConsul } from '../testing/fake-consul.ts';
import { kvAtomicContract, kvContract } from '../testing/kv-contract.ts';
import { type ConsulSettings, createConsul } from './consul.ts';

let consul: FakeConsul;
beforeEach(async () => {
  consul = await startFakeConsul({ dataCenters: ['north', 'south'], token: 'let me in' });
});
afterEach(() => consul.close());

const signal = (): AbortSignal => AbortSignal.timeout(10_000);
const open = (settings: Partial<ConsulSettings> = {}) =>
  createConsul({
    address: consul.address,
    scheme: 'http',
    token: new Secret('let me in'),
    usesTransactions: false,
    maxPerTransaction: 5,
    isDistributed: false,
    ...settings,
  });

describe('Consul key by key', () => kvContract(() => ({ place: open(), prefix: 'mysql/master/' })));

describe('Consul by transactions', () => {
  const transacting = () => ({ place: open({ usesTransactions: true }), prefix: 'mysql/master/' });
  kvContract(transacting);
  kvAtomicContract(transacting);

  it('splits what is more than ConsulMaxKVsPerTransaction', async () => {
    const changes = Array.from({ length: 7 }, (_, at) => ({ key: `k${at}`, value: 'v', version: null }));
    expect(await open({ usesTransactions: true }).swap(changes, signal())).toBe(true);
    expect(consul.requests.filter((one) => one === 'PUT /v1/txn')).toHaveLength(2);
    expect(consul.get('k6')).toBe('v');
  });
});

describe('keys that begin with a slash', () => {
  const slashed =
    (settings: Partial<ConsulSettings> = {}) =>
    () => ({ place: open(settings), prefix: '/' });
  describe('key by key', () => kvContract(slashed()));
  describe('by transactions', () => kvContract(slashed({ usesTransactions: true })));

  it('lose it', async () => {
    await open().swap([{ key: '/shop', value: 'db1:3306', version: null }], signal());
    expect(consul.get('shop')).toBe('db1:3306');
  });
});

describe('several data centres', () => {
  it('are written to only when asked for, each with its own versions', async () => {
    expect(await open().elsewhere(signal())).toEqual([]);
    consul.put('shop', 'old', 'south');
    const places = await open({ isDistributed: true }).elsewhere(signal());
    expect(places.map(({ name }) => name)).toEqual([
      `Consul at ${consul.address}, data centre north`,
      `Consul at ${consul.address}, data centre south`,
    ]);
    for (const place of places) {
      const version = (await place.read(['shop'], signal())).get('shop')?.version ?? null;
      expect(await place.swap([{ key: 'shop', value: 'new', version }], signal())).toBe(true);
    }
    expect([consul.get('shop', 'north'), consul.get('shop', 'south')]).toEqual(['new', 'new']);
  });
});

describe('what fails', () => {
  it('names the token when it is refused, and never shows it', async () => {
    const refused = open({ token: new Secret('wrong') }).read(['shop'], signal());
    await expect(refused).rejects.toMatchObject({
      code: 'kv-refused',
      message: expect.stringMatching(/answered 403 .*check ConsulAclToken/),
    });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining('wrong') });
  });

  it('nobody there: one sentence', async () => {
    const { address } = consul;
    await consul.close();
    await expect(open({ address }).read(['shop'], signal())).rejects.toMatchObject({
      code: 'kv-unreachable',
      message: expect.stringContaining(`Consul at ${address} cannot be reached`),
    });
    consul = await startFakeConsul();
  });

  it('an answer that never comes ends with the signal', async () => {
    consul.hang(true);
    await expect(open().read(['shop'], AbortSignal.timeout(50))).rejects.toMatchObject({ code: 'kv-unreachable' });
  });
});
