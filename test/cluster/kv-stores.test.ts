import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LabService, startEtcd, startZookeeper } from '../../lab/index.ts';
import type { KvOutlet } from '../../src/engine/ports.ts';
import { Secret } from '../../src/model/secret.ts';
import { createEtcd } from '../../src/outlet/kv/etcd.ts';
import { createZookeeper } from '../../src/outlet/kv/zookeeper.ts';
import { kvAtomicContract, kvContract } from '../../src/outlet/testing/kv-contract.ts';

const KINDS = [
  {
    name: 'etcd',
    start: startEtcd,
    connect: (address: string): KvOutlet => createEtcd({ endpoints: [address], user: '', password: new Secret('') }),
  },
  { name: 'ZooKeeper', start: startZookeeper, connect: createZookeeper },
];

describe.each(KINDS)('a real $name', ({ start, connect }) => {
  let service: LabService;
  let place: KvOutlet;
  let count = 0;
  const open = () => {
    count += 1;
    return { place, prefix: `mysql/test${count}/` };
  };

  beforeAll(async () => {
    service = await start();
    place = connect(service.address);
  });
  afterAll(async () => {
    await place?.close();
    await service?.close();
  });

  kvContract(open);
  kvAtomicContract(open);

  it('one that hangs ends with the signal, one that is gone is told, and both are written to again afterwards', async () => {
    const [key, value] = ['mysql/again/shop', 'db1:3306'];
    const read = (deadlineMs: number) => place.read([key], AbortSignal.timeout(deadlineMs));
    const comesBack = (): Promise<void> =>
      expect.poll(() => read(3_000).then((found) => found.get(key)?.value, String), { timeout: 30_000 }).toBe(value);
    expect(await place.swap([{ key, value, version: null }], AbortSignal.timeout(10_000))).toBe(true);
    service.pause();
    await expect(read(500)).rejects.toMatchObject({ code: 'kv-unreachable' });
    service.resume();
    await comesBack();
    await service.kill();
    await expect(read(1_000)).rejects.toMatchObject({ code: 'kv-unreachable' });
    await service.start();
    await comesBack();
  });
});

describe('a real etcd that asks for a login', () => {
  let service: LabService;

  async function ask(path: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<void> {
    const options = { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await fetch(`http://${service.address}/v3/auth/${path}`, options);
    expect(response.status, await response.text()).toBe(200);
  }

  beforeAll(async () => {
    service = await startEtcd();
    await ask('user/add', { name: 'root', password: 'root it is' });
    await ask('role/add', { name: 'root' });
    await ask('user/grant', { user: 'root', role: 'root' });
    await ask('enable', {});
  });
  afterAll(() => service?.close());

  it('gets one, also after it has forgotten the token', async () => {
    const signal = (): AbortSignal => AbortSignal.timeout(20_000);
    const connect = (password: string): KvOutlet =>
      createEtcd({ endpoints: [service.address], user: 'root', password: new Secret(password) });
    const place = connect('root it is');
    expect(await place.swap([{ key: 'shop', value: 'db1:3306', version: null }], signal())).toBe(true);
    await service.kill();
    await service.start();
    expect((await place.read(['shop'], signal())).get('shop')?.value).toBe('db1:3306');
    const refused = connect('guessed').read(['shop'], signal());
    await expect(refused).rejects.toMatchObject({
      code: 'kv-refused',
      message: expect.stringContaining('KVEtcdPassword'),
    });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining('guessed') });
  });
});
