import { describe, expect, it } from 'vitest';
import { parseKey } from '../../model/instance-key.ts';
import { instanceOf, replicationOf } from '../../model/testing/instances.ts';
import { createFleet } from '../fleet/fleet.ts';
import { NOTHING_DECIDED } from '../ports.ts';
import { createStillClock } from '../testing/clocks.ts';
import { SILENT } from '../testing/fakes.ts';
import { createShownNames } from './shown-names.ts';

const FIVE_MINUTES = 5 * 60_000;

function scene() {
  const clock = createStillClock();
  const settings = { aliasPatterns: [{ pattern: /^shop-/, alias: 'shop' }] };
  const fleet = createFleet({ clock, logger: SILENT }, settings);
  const leader = { isLeader: true };
  const shown: Record<string, string>[] = [];
  const registered: Record<string, string>[] = [];
  const names = createShownNames({
    fleet,
    clock,
    leadership: { isLeader: () => leader.isLeader },
    intent: {
      showClusterAliases: async (aliases) => void shown.push(Object.fromEntries(aliases)),
      registerClusterDomains: async (domains) => void registered.push(Object.fromEntries(domains)),
    },
  });
  return {
    ...{ fleet, settings, leader, shown, registered, clock, run: names.run },
    /** A reading of a server, where the queries answered this. */
    answers(name: string, says: { readonly alias?: string; readonly domain?: string } = {}, source?: string): void {
      const plain = instanceOf(name, source === undefined ? {} : { replication: replicationOf(source) });
      const { alias = '', domain = '' } = says;
      const classification = { ...plain.classification, suggestedClusterAlias: alias, clusterDomain: domain };
      fleet.answered({ ...plain, classification });
    },
  };
}

describe('aliases in the backend', () => {
  it('are those by which the clusters go, their own name where they have none', async () => {
    const { answers, settings, shown, run } = scene();
    answers('shop-1');
    answers('shop-2', {}, 'shop-1:3306');
    answers('b', { alias: 'blog' });
    answers('c');
    await run();
    expect(shown.at(-1)).toEqual({ 'shop-1:3306': 'shop', 'b:3306': 'blog', 'c:3306': 'c:3306' });
    settings.aliasPatterns = [];
    await run();
    expect(shown.at(-1)).toMatchObject({ 'shop-1:3306': 'shop-1:3306' });
  });

  it('that two clusters go by are shown of the one that holds it', async () => {
    const { answers, fleet, shown, run } = scene();
    answers('a', { alias: 'blog' });
    answers('b', { alias: 'blog' });
    fleet.setIntent({ ...NOTHING_DECIDED, published: new Map([['blog', parseKey('b', 3306)]]) });
    await run();
    expect(shown).toEqual([{ 'b:3306': 'blog' }]);
  });

  it('are the business of the leader that knows servers', async () => {
    const { answers, leader, shown, registered, run } = scene();
    await run();
    leader.isLeader = false;
    answers('a', { domain: 'a.example' });
    await run();
    expect([shown, registered]).toEqual([[], []]);
  });
});

describe('domains in the backend', () => {
  it('are what the query answers on the primary, registered at once and renewed while they stand', async () => {
    const { answers, clock, fleet, registered, run } = scene();
    answers('a', { domain: 'a.example' });
    answers('b', { domain: 'other.example' }, 'a:3306');
    await run();
    await run();
    expect(registered).toEqual([{ 'a:3306': 'a.example' }]);
    answers('a', { domain: 'new.example' });
    answers('c', { domain: 'c.example' });
    await run();
    expect(registered.slice(1)).toEqual([{ 'a:3306': 'new.example', 'c:3306': 'c.example' }]);
    clock.pass(FIVE_MINUTES);
    fleet.failed(parseKey('a', 3306), 'no answer', false);
    await run();
    expect(registered.slice(2)).toEqual([{ 'c:3306': 'c.example' }]);
  });

  it('that are only remembered are not renewed', async () => {
    const { answers, fleet, registered, run } = scene();
    answers('a');
    fleet.setIntent({ ...NOTHING_DECIDED, clusterDomains: new Map([['a:3306', 'old.example']]) });
    await run();
    expect(registered).toEqual([]);
  });
});
