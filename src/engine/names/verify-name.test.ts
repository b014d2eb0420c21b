import { describe, expect, it } from 'vitest';
import type { Instance } from '../../model/instance.ts';
import { parseKey } from '../../model/instance-key.ts';
import { instanceOf } from '../../model/testing/instances.ts';
import { createSystemClock } from '../basis/clock.ts';
import { createFleet } from '../fleet/fleet.ts';
import type { InquiryOptions, InquiryOutcome } from '../ports.ts';
import { NOTHING_DECIDED } from '../ports.ts';
import { SILENT } from '../testing/fakes.ts';
import { createNameVerifier } from './verify-name.ts';

type Answer = InquiryOutcome<'is-also-at'>;
const UNREACHABLE: Answer = {
  kind: 'failed',
  failure: { kind: 'unresolved', errorNumber: null, message: 'vip:3306 has no address' },
};

/** What is said of db1, which replicas are to address as vip; and which addresses were asked about. */
async function saidOf(answer: Answer, of: Partial<Instance> = {}, skipsBinlogServers = true, virtual = 'vip') {
  const fleet = createFleet({ clock: createSystemClock(), logger: SILENT }, { aliasPatterns: [] });
  fleet.setIntent({ ...NOTHING_DECIDED, unresolves: new Map(virtual === '' ? [] : [['db1', virtual]]) });
  fleet.answered(instanceOf('db1:3306', of));
  const asked: (InquiryOptions['other'] | null)[] = [];
  const inquire = async (_instance: Instance, _inquiry: unknown, { other }: InquiryOptions) => {
    asked.push(other ?? null);
    return answer as never;
  };
  const record = fleet.recordOf(parseKey('db1', 3306));
  if (record === null) throw new Error('db1 is not known');
  return { said: await createNameVerifier({ inquire }, { skipsBinlogServers })(record), asked };
}

describe('a virtual name', () => {
  it('may be used when it leads to its server', async () => {
    const { said, asked } = await saidOf({ kind: 'answered', answer: true });
    expect(said).toBeNull();
    expect(asked).toEqual([parseKey('vip', 3306)]);
  });

  it('may not when it leads to another server, or nobody can tell', async () => {
    const named = 'vip:3306, as which replicas are to address db1:3306 (register-hostname-unresolve), ';
    expect((await saidOf({ kind: 'answered', answer: false })).said).toBe(`${named}is another server`);
    expect((await saidOf(UNREACHABLE)).said).toBe(`${named}cannot be made sure of: vip:3306 has no address`);
  });

  it('of a binlog server is taken on trust, unless SkipBinlogServerUnresolveCheck is off', async () => {
    const binlogServer = { isBinlogServer: true };
    expect(await saidOf(UNREACHABLE, binlogServer)).toEqual({ said: null, asked: [] });
    expect((await saidOf(UNREACHABLE, binlogServer, false)).said).toMatch(/cannot be made sure of/);
  });

  it('that is not there is no matter', async () => {
    expect(await saidOf(UNREACHABLE, {}, true, '')).toEqual({ said: null, asked: [] });
  });
});
