import { describe, expect, it } from 'vitest';
import { errantGtid } from './errant.ts';
import { instanceOf, mariadbReplica, uuidOf } from './testing/instances.ts';

const [A, B, OLD] = [uuidOf(1), uuidOf(2), uuidOf(9)];
const source = (executedGtid: string) => instanceOf('a', { serverUuid: A, executedGtid });
const replica = (executedGtid: string) => instanceOf('b', { serverUuid: B, executedGtid });
const none = { ancestryUuids: [A, B], formerPrimaryUuids: [], isCoPrimary: false };

describe('errant transactions of one server', () => {
  it.each([
    ['nothing beyond the source', `${A}:1-5`, `${A}:1-5`, ''],
    ['ahead of the source in the source own transactions', `${A}:1-9`, `${A}:1-5`, ''],
    ['its own', `${A}:1-5,${B}:1-2`, `${A}:1-5`, `${B}:1-2`],
    ['its own, which the source got', `${A}:1-5,${B}:1-2`, `${A}:1-5,${B}:1-2`, ''],
    ['its own, in part', `${A}:1-5,${B}:1-3`, `${A}:1-5,${B}:1-2`, `${B}:3`],
    ['its own, tagged', `${A}:1-5,${B}:job:1`, `${A}:1-5`, `${B}:job:1`],
    ['a stranger', `${A}:1-5,${OLD}:7`, `${A}:1-5,${OLD}:1-6`, `${OLD}:7`],
    ['unknown set of the source', `${B}:1`, '', ''],
    ['unknown own set', '', `${A}:1-5`, ''],
  ])('%s', (_, own, above, errant) => {
    expect(errantGtid(replica(own), source(above), none)).toBe(errant);
  });

  it('uuids are compared without regard to case', () => {
    const shouting = { ...none, ancestryUuids: [A.toUpperCase(), B.toUpperCase()] };
    expect(errantGtid(replica(`${A}:1-9,${B}:1`), source(`${A}:1`), shouting)).toBe(`${B}:1`);
  });

  it('former primaries are excused, the server itself only as a co-primary', () => {
    const own = replica(`${A}:1-5,${B}:1,${OLD}:7`);
    expect(errantGtid(own, source(`${A}:1-5`), { ...none, formerPrimaryUuids: [OLD, B] })).toBe(`${B}:1`);
    expect(errantGtid(own, source(`${A}:1-5`), { ...none, isCoPrimary: true })).toBe(`${OLD}:7`);
  });

  it('MariaDB positions are not judged', () => {
    expect(errantGtid(mariadbReplica('b', 'a', { executedGtid: '0-2-5' }), source(`${A}:1`), none)).toBe('');
  });
});
