import { describe, expect, it, vi } from 'vitest';
import type { ServerCommand } from '../../model/command.ts';
import type { Instance } from '../../model/instance.ts';
import { instanceOf, mariadbReplica } from '../../model/testing/instances.ts';
import { createSystemClock } from '../basis/clock.ts';
import type { CommandOutcome } from '../ports.ts';
import { createFakeServers } from '../testing/fakes.ts';
import { fence } from './fence.ts';

const OLD = 'old:3306';
const MYSQL = instanceOf(OLD);
const SEMI_SYNC = instanceOf(OLD, { semiSync: { ...MYSQL.semiSync, available: true, sourceEnabled: true } });
const MARIADB: Instance = { ...mariadbReplica(OLD, 'p:3306'), replication: null, isOfflineMode: null };

const LOCK_WAIT_TIMEOUT = 1205;
const no = (errorNumber: number): CommandOutcome => ({
  kind: 'failed',
  failure: { kind: 'answered', errorNumber, message: `error ${errorNumber}` },
});

function scene(instance: Instance) {
  const servers = createFakeServers();
  servers.put(OLD, instance);
  const obey = servers.execute;
  const said: ServerCommand[] = [];
  const refusals = new Map<ServerCommand['kind'], { times: number; errorNumber: number }>();
  vi.spyOn(servers, 'execute').mockImplementation(async (of, command, options) => {
    said.push(command);
    const refusal = refusals.get(command.kind);
    if (refusal === undefined || refusal.times === 0) return obey(of, command, options);
    refusal.times -= 1;
    return no(refusal.errorNumber);
  });
  return {
    servers,
    words: () =>
      said.map((command) => (command.kind === 'set-offline-mode' ? `offline ${command.offline}` : command.kind)),
    refuse: (kind: ServerCommand['kind'], times: number, errorNumber = LOCK_WAIT_TIMEOUT) =>
      refusals.set(kind, { times, errorNumber }),
    run: () => fence({ servers, clock: createSystemClock() }, instance),
  };
}

describe('the fence', () => {
  it('refuses new sessions, ends the others, then refuses writes; and lets people look in the end', async () => {
    const { run, words } = scene(MYSQL);
    expect(await run()).toMatchObject({
      ...{ kind: 'fenced', hasEndedSemiSync: false },
      instance: { isReadOnly: true, isSuperReadOnly: true },
    });
    expect(words()).toEqual(['offline true', 'kill-client-sessions', 'set-read-only', 'offline false']);
  });

  it('uses super_read_only wherever it exists', async () => {
    const { run, servers } = scene(MYSQL);
    await run();
    expect(servers.commands.find(({ command }) => command.kind === 'set-read-only')?.command).toEqual({
      kind: 'set-read-only',
      readOnly: true,
      withSuper: true,
    });
  });

  it('does without offline_mode where there is none', async () => {
    const { run, words } = scene(MARIADB);
    expect(await run()).toMatchObject({ kind: 'fenced' });
    expect(words()).toEqual(['kill-client-sessions', 'set-read-only']);
  });

  it('turns semi-sync off only when the SET times out with the waiters killed, and while it is pending again', async () => {
    const { run, words, refuse } = scene(SEMI_SYNC);
    refuse('set-read-only', 1);
    expect(await run()).toMatchObject({ kind: 'fenced', hasEndedSemiSync: true });
    expect(words()).toEqual([
      'offline true',
      'kill-client-sessions',
      'set-read-only',
      'kill-client-sessions',
      'set-read-only',
      'set-semi-sync',
      'offline false',
    ]);
  });

  it('keeps the SET pending while those who were killed are being released', async () => {
    const { run, words, refuse } = scene(SEMI_SYNC);
    refuse('set-read-only', 2);
    expect(await run()).toMatchObject({ kind: 'fenced', doubt: null });
    expect(words().filter((word) => word === 'set-read-only')).toHaveLength(3);
  });

  it('asks the server itself whether semi-sync is on: what was known of it may be from before its restart', async () => {
    const { run, words, refuse, servers } = scene(MYSQL);
    servers.put(OLD, SEMI_SYNC);
    refuse('set-read-only', 1);
    expect(await run()).toMatchObject({ kind: 'fenced' });
    expect(words()).toContain('set-semi-sync');
  });

  it('leaves semi-sync on when the SET fails for another reason than a lock', async () => {
    const { run, words, refuse } = scene(SEMI_SYNC);
    refuse('set-read-only', 1, 1227);
    expect(await run()).toMatchObject({ kind: 'not-fenced' });
    expect(words()).not.toContain('set-semi-sync');
  });

  it('refuses writes also where sessions cannot be ended, and says what that may mean', async () => {
    const { run, refuse } = scene(SEMI_SYNC);
    refuse('kill-client-sessions', 1, 1227);
    expect(await run()).toMatchObject({ kind: 'fenced', doubt: 'error 1227' });
  });

  it('leaves semi-sync on while waiters may still be told OK', async () => {
    const { run, words, refuse } = scene(SEMI_SYNC);
    refuse('set-read-only', 1);
    refuse('kill-client-sessions', 2);
    expect(await run()).toMatchObject({ kind: 'not-fenced', reason: 'error 1205; error 1205' });
    expect(words()).not.toContain('set-semi-sync');
  });

  it('believes only a reading', async () => {
    const { run, servers } = scene(MYSQL);
    vi.spyOn(servers, 'probe').mockResolvedValue({ kind: 'answered', instance: MYSQL, warnings: [] });
    expect(await run()).toEqual({ kind: 'not-fenced', reason: 'read_only does not hold' });
  });
});
