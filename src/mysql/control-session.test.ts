import { describe, expect, it } from 'vitest';
import { createSystemClock } from '../engine/basis/clock.ts';
import type { ServerFailure } from '../engine/ports.ts';
import type { Connector } from './connector.ts';
import { createControlSessions } from './control-session.ts';
import { failed, ok } from './failure.ts';
import type { Session } from './session.ts';

const KEY = { hostname: 'db1', port: 3306 };
const CLOSED: ServerFailure = { kind: 'closed', errorNumber: null, message: 'db1:3306 closed the connection' };
const inTime = (): number => 1_000;

/** A connector of sessions that answer everything; `isGone` makes the next query of a session find it closed. */
function invent() {
  const opened: { isGone: boolean; isEnded: boolean; session: Session }[] = [];
  const connector: Connector = {
    async open() {
      const entry = { isGone: false, isEnded: false, session: null as unknown as Session };
      entry.session = {
        serverVersion: '9.7.0',
        get endedBy() {
          return entry.isEnded ? CLOSED : null;
        },
        async query() {
          if (entry.isGone) entry.isEnded = true;
          return entry.isEnded ? failed(CLOSED) : ok([[]]);
        },
        onLost: () => undefined,
        end() {
          entry.isEnded = true;
        },
        destroy() {
          entry.isEnded = true;
        },
      };
      opened.push(entry);
      return ok(entry.session);
    },
    forget: () => undefined,
  };
  return { opened, sessions: createControlSessions(createSystemClock(), connector) };
}

const ask = (session: Session) => session.query('DO 1', inTime());

describe('control sessions', () => {
  it('serve one command after another', async () => {
    const { opened, sessions } = invent();
    for (let count = 0; count < 3; count += 1)
      expect(await sessions.use(KEY, inTime, ask)).toMatchObject({ kind: 'ok' });
    expect(opened).toHaveLength(1);
    sessions.close();
    expect(opened[0]?.isEnded).toBe(true);
  });

  it('are opened ahead, so many as are missing', async () => {
    const { opened, sessions } = invent();
    await sessions.use(KEY, inTime, ask);
    expect(await sessions.prepare(KEY, 3, inTime)).toEqual(ok(null));
    expect(opened).toHaveLength(3);
    await Promise.all([1, 2, 3].map(() => sessions.use(KEY, inTime, ask)));
    expect(opened).toHaveLength(3);
  });

  it('are not given back when they are taken', async () => {
    const { opened, sessions } = invent();
    expect(await sessions.take(KEY, inTime, ask)).toEqual(ok(opened[0]?.session));
    await sessions.use(KEY, inTime, ask);
    expect(opened).toHaveLength(2);
    sessions.close();
    expect(opened.map(({ isEnded }) => isEnded)).toEqual([false, true]);
  });

  it('are not shared by commands that run side by side, so that none waits behind one that hangs', async () => {
    const { opened, sessions } = invent();
    const used = new Set<Session>();
    await Promise.all(
      [1, 2, 3].map(() =>
        sessions.use(KEY, inTime, async (session) => {
          used.add(session);
          await new Promise((resume) => setTimeout(resume, 5));
          return ask(session);
        }),
      ),
    );
    expect(used.size).toBe(3);
    expect(opened).toHaveLength(3);
    sessions.close();
  });

  it('are not used again after a failure', async () => {
    const { opened, sessions } = invent();
    const refusal: ServerFailure = { kind: 'answered', errorNumber: 1064, message: 'no' };
    expect(await sessions.use(KEY, inTime, async () => failed(refusal))).toEqual(failed(refusal));
    await sessions.use(KEY, inTime, ask);
    expect(opened.map(({ isEnded }) => isEnded)).toEqual([true, false]);
    sessions.close();
  });

  it('that were closed while they lay idle are replaced and the command is sent again', async () => {
    const { opened, sessions } = invent();
    await sessions.use(KEY, inTime, ask);
    for (const entry of opened) entry.isGone = true;
    expect(await sessions.use(KEY, inTime, ask)).toMatchObject({ kind: 'ok' });
    expect(opened).toHaveLength(2);
    sessions.close();
  });

  it('that close while fresh tell of the server', async () => {
    const { opened, sessions } = invent();
    const outcome = await sessions.use(KEY, inTime, async (session) => {
      for (const entry of opened) entry.isGone = true;
      return ask(session);
    });
    expect(outcome).toEqual(failed(CLOSED));
    expect(opened).toHaveLength(1);
  });

  it('are ended when the server is forgotten', async () => {
    const { opened, sessions } = invent();
    await sessions.use(KEY, inTime, ask);
    sessions.forget(KEY);
    expect(opened[0]?.isEnded).toBe(true);
    await sessions.use(KEY, inTime, ask);
    expect(opened).toHaveLength(2);
    sessions.close();
  });
});
