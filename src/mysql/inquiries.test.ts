import { describe, expect, it } from 'vitest';
import type { Row } from '../dialect/row.ts';
import { createSystemClock } from '../engine/basis/clock.ts';
import type { Inquiry } from '../engine/ports.ts';
import type { Instance } from '../model/instance.ts';
import { instanceOf, mariadbReplica, replicationOf, uuidOf } from '../model/testing/instances.ts';
import { parseVersion } from '../model/version.ts';
import { failed, ok } from './failure.ts';
import { type InquiryDeps, inquire } from './inquiries.ts';
import type { Session } from './session.ts';

const U = uuidOf(1);
const BROKEN = { state: 'stopped', errorNumber: 3030, errorText: 'one of the workers' } as const;
const replica = (version: string): Instance =>
  instanceOf('b:3306', {
    version: parseVersion(version, 'MySQL Community Server (GPL)'),
    replication: replicationOf('a:3306', {
      applier: BROKEN,
      relayCoordinates: { kind: 'relaylog', file: 'relay.000009', position: 605 },
    }),
  });

type Answer = readonly Row[] | number;

/** Answers by the first of these that the statement contains; a number is an error. `asked` notes every statement. */
function scene(answers: Readonly<Record<string, Answer>>, credentialsQuery = '') {
  const asked: string[] = [];
  const session = {
    async query(sql: string) {
      asked.push(sql);
      const answer = Object.entries(answers).find(([part]) => sql.includes(part))?.[1] ?? [];
      if (typeof answer !== 'number') return ok([answer]);
      return failed({ kind: 'answered', errorNumber: answer, message: `error ${answer}` });
    },
  } as unknown as Session;
  const deps = {
    clock: createSystemClock(),
    user: 'orc',
    replicationCredentialsQuery: credentialsQuery,
    sessions: { use: (_key: unknown, _ms: unknown, work: (one: Session) => unknown) => work(session) },
  } as unknown as InquiryDeps;
  const ask = async <I extends Inquiry>(instance: Instance, inquiry: I) => {
    const outcome = await inquire(deps, instance, inquiry, { deadlineMs: 5_000 });
    return outcome.kind === 'answered' ? outcome.answer : outcome.failure.errorNumber;
  };
  return { asked, ask };
}

const worker = (error: number, gtid: string): Row => ({ error: String(error), gtid });
const executed = (text: string): readonly Row[] => [{ executed: text }];
const event = (position: number, type: string, info: string): Row => ({
  Log_name: 'relay.000009',
  Pos: String(position),
  Event_type: type,
  Server_id: '1',
  End_log_pos: '0',
  Info: info,
});
const gtidEvent = (position: number, gtid: string): Row =>
  event(position, 'Gtid', `SET @@SESSION.GTID_NEXT= '${gtid}'`);

describe('the transaction at which the applier stopped', () => {
  it('is that of the worker with an error of its own, not of one that stopped only because of it', async () => {
    const { ask, asked } = scene({
      gtid_executed: executed(`${U}:1`),
      by_worker: [worker(3030, `${U}:3`), worker(1062, `${U}:2`)],
    });
    expect(await ask(replica('9.7.4'), 'blocked-transaction')).toBe(`${U}:2`);
    expect(asked[1]).toContain(
      "APPLYING_TRANSACTION AS gtid FROM performance_schema.replication_applier_status_by_worker WHERE CHANNEL_NAME = ''",
    );
  });

  it('is the earliest of several, and none that is executed meanwhile', async () => {
    const { ask } = scene({
      gtid_executed: executed(`${U}:1-8`),
      by_worker: [worker(1062, `${U}:12`), worker(1062, `${U}:9`), worker(1062, `${U}:7`)],
    });
    expect(await ask(replica('8.0.34'), 'blocked-transaction')).toBe(`${U}:9`);
  });

  it('5.7 tells the last one seen; tags are understood', async () => {
    const { ask, asked } = scene({ by_worker: [worker(1032, `${U}:tag:5`)] });
    expect(await ask(replica('5.7.44'), 'blocked-transaction')).toBe(`${U}:tag:5`);
    expect(asked[1]).toContain('LAST_SEEN_TRANSACTION');
  });

  it('the coordinator knows where no worker does', async () => {
    const { ask } = scene({ by_coordinator: [worker(1594, `${U}:4`)] });
    expect(await ask(replica('9.7.4'), 'blocked-transaction')).toBe(`${U}:4`);
  });

  it.each([
    ['5.6.24', {}],
    ['5.7.44', {}],
    ['9.7.4', { performance_schema: 1142 }],
  ] as const)(
    '%s: else the first in the relay log, from where the applier stands, that is not executed',
    async (version, more) => {
      const { ask, asked } = scene({
        ...more,
        gtid_executed: executed(`${U}:1-2`),
        'RELAYLOG EVENTS': [
          gtidEvent(605, `${U}:2`),
          event(650, 'Query', 'BEGIN'),
          gtidEvent(700, `${U.toUpperCase()}:3`),
        ],
      });
      expect(await ask(replica(version), 'blocked-transaction')).toBe(`${U}:3`);
      expect(asked.at(-1)).toMatch(/^SHOW RELAYLOG EVENTS IN 'relay\.000009' FROM 605 LIMIT 500/);
    },
  );

  it('goes on in the next file, and ends where there is none', async () => {
    const { ask, asked } = scene({
      "'relay.000009'": [gtidEvent(605, `${U}:1`)],
      "'relay.000010'": [gtidEvent(4, `${U}:2`)],
      gtid_executed: executed(`${U}:1`),
    });
    expect(await ask(replica('5.6.24'), 'blocked-transaction')).toBe(`${U}:2`);
    expect(asked.at(-1)).toContain("IN 'relay.000010' LIMIT");
    const nothing = scene({ "'relay.000010'": 1220, gtid_executed: executed(`${U}:1`) });
    expect(await nothing.ask(replica('5.6.24'), 'blocked-transaction')).toBeNull();
  });

  it('is not told by MariaDB, without GTIDs, without a source', async () => {
    const { ask, asked } = scene({ by_worker: [worker(1062, `${U}:2`)] });
    expect(await ask(mariadbReplica('b:3306', 'a:3306'), 'blocked-transaction')).toBeNull();
    expect(await ask({ ...replica('9.7.4'), supportsOracleGtid: false }, 'blocked-transaction')).toBeNull();
    expect(await ask(instanceOf('b:3306'), 'blocked-transaction')).toBeNull();
    expect(asked).toEqual([]);
  });
});

describe('replication accounts', () => {
  it('as the replica keeps it, of its own channel', async () => {
    const { ask, asked } = scene({ slave_master_info: [{ user: 'repl', password: 'pw' }] });
    const account = await ask(replica('9.7.4'), 'stored-credentials');
    expect(account).toMatchObject({ user: 'repl' });
    expect(JSON.stringify(account)).not.toContain('pw');
    expect(typeof account === 'object' && account?.password.reveal()).toBe('pw');
    expect(asked[0]).toContain("Channel_name = ''");
    await ask(replica('5.6.24'), 'stored-credentials');
    expect(asked[1]).not.toContain('Channel_name');
  });

  it('nothing where it is kept elsewhere, or may not be read', async () => {
    const { ask, asked } = scene({ slave_master_info: 1142 });
    expect(await ask(replica('9.7.4'), 'stored-credentials')).toBeNull();
    expect(await ask(mariadbReplica('b:3306', 'a:3306'), 'stored-credentials')).toBeNull();
    expect(asked).toHaveLength(1);
    expect(await scene({ slave_master_info: 1040 }).ask(replica('9.7.4'), 'stored-credentials')).toBe(1040);
  });

  it('as ReplicationCredentialsQuery gives it: by its columns, whatever their names', async () => {
    const query = 'SELECT u, p, ca FROM meta.replication';
    const { ask } = scene({ 'meta.replication': [{ u: 'repl', p: 'pw', ca: '/ca.pem' }] }, query);
    const account = await ask(replica('9.7.4'), 'queried-credentials');
    expect(account).toMatchObject({ user: 'repl', tlsFiles: { caFile: '/ca.pem', cert: '', key: '' } });
    expect(typeof account === 'object' && account?.password.reveal()).toBe('pw');
    expect(await scene({}, query).ask(replica('9.7.4'), 'queried-credentials')).toBeNull();
    expect(await scene({}).ask(replica('9.7.4'), 'queried-credentials')).toBeNull();
  });
});
