import { expect, it } from 'vitest';
import { parseKey } from '../../model/instance-key.ts';
import { createSystemClock } from '../basis/clock.ts';
import type { KvClaim, KvEntry, KvOutlet, KvPair } from '../ports.ts';
import { SILENT } from '../testing/fakes.ts';
import { createPushing } from './pushing.ts';

const claimOf = (name: string, epoch: number): KvClaim => ({ alias: 'shop', primary: parseKey(name, 3306), epoch });
const pairsOf = (name: string): readonly KvPair[] => [{ key: 'mysql/master/shop', value: name }];

it('an older look that ends late does not hide that a store was not told of a newer primary', async () => {
  const [former, promoted] = [claimOf('a:3306', 1), claimOf('b:3306', 2)];
  let current = former;
  let answer: (found: ReadonlyMap<string, KvEntry>) => void = () => undefined;
  const slow = new Promise<ReadonlyMap<string, KvEntry>>((resolve) => {
    answer = resolve;
  });
  let reads = 0;
  const outlet: KvOutlet = {
    name: 'store',
    // It holds the first question for a while, and is away for the second.
    read: () => (reads++ === 0 ? slow : Promise.reject(new Error('the store is away'))),
    swap: async () => true,
    elsewhere: async () => [],
    close: async () => undefined,
  };
  const pushing = createPushing({
    outlets: [outlet],
    clock: createSystemClock(),
    logger: SILENT,
    isCurrent: async (claim) => claim === current,
  });
  const looking = pushing.push(former, pairsOf('a:3306'), 'check');
  current = promoted;
  expect(await pushing.push(promoted, pairsOf('b:3306'), 'new')).toEqual(['the store is away']);
  answer(new Map([['mysql/master/shop', { value: 'a:3306', version: '1' }]]));
  expect(await looking).toEqual([]);
  expect(pushing.states()).toMatchObject([{ problem: 'the store is away', pending: ['shop'] }]);
});
