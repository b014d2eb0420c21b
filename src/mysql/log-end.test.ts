import { describe, expect, it } from 'vitest';
import { fullProbe, replicationProbe } from '../dialect/probe-statements.ts';
import type { Row } from '../dialect/row.ts';
import { createHurriedClock, createStillClock } from '../engine/testing/clocks.ts';
import type { SemiSyncStatus } from '../model/instance.ts';
import { instanceOf } from '../model/testing/instances.ts';
import { parseVersion } from '../model/version.ts';
import { askingLogEnd, isLogHeld, readWithLogEnd } from './log-end.ts';
import { createRefusals } from './read-batch.ts';
import type { Session } from './session.ts';

const status = (sessions: number, acknowledged: number, givenUp = 0): readonly Row[] => [
  { Variable_name: 'Rpl_semi_sync_master_wait_sessions', Value: String(sessions) },
  { Variable_name: 'Rpl_semi_sync_master_yes_tx', Value: String(acknowledged) },
  { Variable_name: 'Rpl_semi_sync_master_no_tx', Value: String(givenUp) },
];
const FAILURE = { kind: 'deadline', errorNumber: null, message: 'did not answer' } as const;

describe('whether waiting commits hold the log', () => {
  /** The answers to the looks; null does not come. The last one repeats. */
  async function held(seen: readonly Row[], ...looks: readonly (readonly Row[] | null)[]) {
    let asked = 0;
    const session: Pick<Session, 'query'> = {
      query: async () => {
        const rows = looks[Math.min(asked, looks.length - 1)] ?? null;
        asked += 1;
        return rows === null ? { kind: 'failed', failure: FAILURE } : { kind: 'ok', value: [rows] };
      },
    };
    const clock = createHurriedClock();
    const isHeld = await isLogHeld(session as Session, seen, clock, () => 5_000);
    return { isHeld, asked, sleptMs: clock.monotonicMs() };
  }

  it('no: nobody waits, which takes no time', async () => {
    expect(await held(status(0, 7))).toEqual({ isHeld: false, asked: 0, sleptMs: 0 });
    expect(await held([])).toEqual({ isHeld: false, asked: 0, sleptMs: 0 });
  });

  it('no: on a busy primary one always waits, but others were acknowledged or given up meanwhile', async () => {
    expect(await held(status(1, 7), status(1, 8))).toMatchObject({ isHeld: false, asked: 1 });
    expect(await held(status(1, 7), status(1, 7, 1))).toMatchObject({ isHeld: false, asked: 1 });
    expect(await held(status(1, 7), status(1, 7), status(0, 7))).toMatchObject({ isHeld: false, asked: 2 });
  });

  it('yes: the same one waits at every look, or the server stops answering', async () => {
    expect(await held(status(1, 7), status(1, 7))).toMatchObject({ isHeld: true, asked: 3 });
    expect(await held(status(2, 7), status(5, 7))).toMatchObject({ isHeld: true, asked: 3 });
    expect(await held(status(1, 7), null)).toMatchObject({ isHeld: true, asked: 1 });
  });
});

describe('where the log of a MariaDB server ends', () => {
  const POSITION: Row = { File: 'bin.000001', Position: '4' };
  const MAKES_WAIT: SemiSyncStatus = { ...instanceOf('a:1').semiSync, available: true, sourceEnabled: true };
  const OFF: SemiSyncStatus = { ...MAKES_WAIT, sourceEnabled: false };

  /** One reading of a server that makes commits wait, or does not; `known`: what was last read of it. */
  async function read(
    makesWait: boolean,
    known: SemiSyncStatus | null,
    waiting = status(0, 7),
    given: { readonly version?: string; readonly refuses?: string } = {},
  ) {
    const sent: string[] = [];
    const answer = (sql: string): readonly Row[] => {
      if (/^SHOW MASTER STATUS/.test(sql)) return [POSITION];
      if (/^EXECUTE IMMEDIATE/.test(sql)) return makesWait ? [{ put_off: '1' }] : [POSITION];
      return /STATUS WHERE Variable_name/.test(sql) ? waiting : [];
    };
    const session: Pick<Session, 'query' | 'endedBy'> = {
      endedBy: null,
      query: async (sql) => {
        sent.push(sql);
        if (given.refuses !== undefined && sql.includes(given.refuses))
          return { kind: 'failed', failure: { kind: 'answered', errorNumber: 1064, message: 'refused' } };
        return { kind: 'ok', value: sql.split('; ').map(answer) };
      },
    };
    const clock = createStillClock();
    const version = parseVersion(given.version ?? '10.11.19-MariaDB');
    const probeClass = { version, performanceSchema: false };
    const all = known === null ? fullProbe(probeClass) : replicationProbe(probeClass, known);
    const statements = askingLogEnd(all, version, known);
    const refusals = createRefusals(clock);
    const reading = () => readWithLogEnd(session as Session, statements, version, refusals, clock, () => 5_000);
    const batch = await reading();
    const trips = sent.length;
    sent.length = 0;
    await reading();
    const end = batch.kind === 'read' ? (batch.rows.ownPosition ?? null) : 'failed';
    const isAskedOutright = sent.some((sql) => /(^|; )SHOW MASTER STATUS/.test(sql));
    return { end, trips, tripsOfTheNext: sent.length, isAskedOutright };
  }

  it('is read in the one round trip where no commit waits, also when nothing is known of the server yet', async () => {
    const atOnce = { end: [POSITION], trips: 1, isAskedOutright: false };
    expect(await read(false, null)).toMatchObject(atOnce);
    expect(await read(false, OFF)).toMatchObject(atOnce);
  });

  it('is asked afterwards where commits may wait, once none does', async () => {
    expect(await read(true, null)).toMatchObject({ end: [POSITION], trips: 2 });
    expect(await read(true, MAKES_WAIT)).toMatchObject({ end: [POSITION], trips: 2 });
  });

  it('is not asked while one is held up, whatever was known before', async () => {
    for (const known of [null, MAKES_WAIT, OFF])
      expect(await read(true, known, status(1, 7))).toMatchObject({ end: null, isAskedOutright: false });
  });

  it('is put off by us where the server cannot: an old one, or one that refuses to', async () => {
    const held = { end: null, isAskedOutright: false };
    const free = { end: [POSITION], tripsOfTheNext: 2 };
    for (const given of [{ version: '10.2.44-MariaDB' }, { refuses: 'EXECUTE' }]) {
      expect(await read(true, null, status(1, 7), given)).toMatchObject(held);
      expect(await read(true, null, status(0, 7), given)).toMatchObject(free);
    }
  });
});
