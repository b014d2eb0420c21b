import { describe, expect, it } from 'vitest';
import { WAITING_COMMITS_SQL } from '../dialect/held-log.ts';
import { LOG_HOLDERS_QUERY } from '../dialect/sessions.ts';
import { createHurriedClock } from '../engine/testing/clocks.ts';
import { instanceOf } from '../model/testing/instances.ts';
import type { ControlDeps } from './control-session.ts';
import { ok } from './failure.ts';
import { killLogHolder } from './kill-log-holder.ts';
import type { Session } from './session.ts';

/** A MariaDB server on which session 7 holds the log, or nobody. `stubborn`: its end changes nothing. */
function scene(given: {
  readonly isHeld: boolean;
  readonly written: string;
  readonly stubborn?: boolean;
  readonly waiters?: number;
}) {
  let { isHeld } = given;
  const killed: number[] = [];
  const session = {
    async query(sql: string) {
      const kill = /^KILL CONNECTION (\d+)$/.exec(sql);
      if (kill !== null) {
        killed.push(Number(kill[1]));
        isHeld = given.stubborn === true;
        return ok([[]]);
      }
      if (sql === WAITING_COMMITS_SQL)
        return ok([[{ Variable_name: 'Rpl_semi_sync_master_wait_sessions', Value: isHeld ? '1' : '0' }]]);
      if (sql === LOG_HOLDERS_QUERY)
        return ok([
          isHeld ? Array.from({ length: given.waiters ?? 1 }, (_, index) => ({ id: String(7 + index) })) : [],
        ]);
      return ok([[{ written: given.written }]]);
    },
  } as unknown as Session;
  const deps = {
    clock: createHurriedClock(),
    sessions: { use: (_key: unknown, _ms: unknown, work: (one: Session) => unknown) => work(session) },
  } as unknown as ControlDeps;
  return { killed, run: () => killLogHolder(deps, instanceOf('p:3306'), '0-1-7', () => 1_000) };
}

describe('ending the session that holds the log', () => {
  it('ends it, and sees that commits go on', async () => {
    const { run, killed } = scene({ isHeld: true, written: '0-1-7' });
    expect(await run()).toEqual({ kind: 'ok', value: 1 });
    expect(killed).toEqual([7]);
  });

  it('ends nobody where commits go on', async () => {
    const { run, killed } = scene({ isHeld: false, written: '0-1-9' });
    expect(await run()).toEqual({ kind: 'ok', value: 0 });
    expect(killed).toEqual([]);
  });

  it('ends nobody at a log that has grown since it was known to be received', async () => {
    const { run, killed } = scene({ isHeld: true, written: '0-1-8' });
    expect(await run()).toMatchObject({ kind: 'failed', failure: { message: /has written 0-1-8 meanwhile/ } });
    expect(killed).toEqual([]);
  });

  it('ends nobody where each commit waits by itself (AFTER_COMMIT)', async () => {
    const { run, killed } = scene({ isHeld: true, written: '0-1-7', waiters: 3 });
    expect(await run()).toMatchObject({ kind: 'failed', failure: { message: /3 commits wait .* none holds the log/ } });
    expect(killed).toEqual([]);
  });

  it('says so where commits hang all the same', async () => {
    const { run } = scene({ isHeld: true, written: '0-1-7', stubborn: true });
    expect(await run()).toMatchObject({ kind: 'failed', failure: { message: /still wait.*process list/ } });
  });
});
