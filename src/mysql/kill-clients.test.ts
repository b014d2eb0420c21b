import { describe, expect, it } from 'vitest';
import { COMMIT_WAITERS_QUERY } from '../dialect/sessions.ts';
import { createSystemClock } from '../engine/basis/clock.ts';
import { instanceOf } from '../model/testing/instances.ts';
import type { ControlDeps } from './control-session.ts';
import { ok } from './failure.ts';
import { killClients } from './kill-clients.ts';
import type { Session } from './session.ts';

/** One server: sessions of clients, and commits that wait; those in `stubborn` do not mind being killed. */
function scene(clients: readonly number[], waiters: readonly number[], stubborn: readonly number[] = []) {
  const alive = new Set([...clients, ...waiters]);
  const killed: number[] = [];
  const session = {
    async query(sql: string) {
      const kill = /^KILL CONNECTION (\d+)$/.exec(sql);
      if (kill !== null) {
        const id = Number(kill[1]);
        killed.push(id);
        if (!stubborn.includes(id)) alive.delete(id);
        return ok([[]]);
      }
      const listed = sql === COMMIT_WAITERS_QUERY ? waiters : clients;
      return ok([listed.filter((id) => alive.has(id)).map((id) => ({ id: String(id) }))]);
    },
  } as unknown as Session;
  const deps = {
    clock: createSystemClock(),
    user: 'orc',
    sessions: { use: (_key: unknown, _ms: unknown, work: (one: Session) => unknown) => work(session) },
  } as unknown as ControlDeps;
  return { killed, run: (isFence = true) => killClients(deps, instanceOf('old:3306'), isFence, () => 1_000) };
}

describe('ending the sessions of clients', () => {
  it('ends also a session of our own account whose commit waits: it would be told OK', async () => {
    const { run, killed } = scene([1, 2], [2, 9]);
    expect(await run()).toEqual({ kind: 'ok', value: 3 });
    expect(killed).toEqual([1, 2, 9]);
  });

  it('is one look where it is no fence, whoever waits', async () => {
    const { run, killed } = scene([1, 2], [2, 9]);
    expect(await run(false)).toEqual({ kind: 'ok', value: 2 });
    expect(killed).toEqual([1, 2]);
  });

  it('is not done while somebody waits who may yet be told OK', async () => {
    const { run } = scene([], [9], [9]);
    expect(await run()).toMatchObject({
      kind: 'failed',
      failure: { kind: 'answered', message: /may be told OK \(9\)/ },
    });
  });
});
