import { describe, expect, it, vi } from 'vitest';
import type { ServerCommand } from '../../model/command.ts';
import type { Instance } from '../../model/instance.ts';
import { instanceOf, mariadbReplica } from '../../model/testing/instances.ts';
import { createSystemClock } from '../clock.ts';
import type { CommandOutcome } from '../ports.ts';
import { createFakeServers } from '../testing/fakes.ts';
import { fence } from './fence.ts';

const OLD = 'old:3306';
const MYSQL = instanceOf(OLD);
const SEMI_SYNC = instanceOf(OLD, { semiSync: { ...MYSQL.semiSync, available: true, sourceEnabled: true } });
const MARIADB: Instance = { ...mariadbReplica(OLD, 'p:3306'), replication: null, isOfflineMode: null };

const TOO_LATE: CommandOutcome = {
  kind: 'failed',
  failure: { kind: 'answered', errorNumber: 1205, message: 'lock wait timeout' },
};

function scene(instance: Instance) {
  const servers = createFakeServers();
  servers.put(OLD, instance);
  const obey = servers.execute;
  const said: ServerCommand[] = [];
  const refusals = new Map<ServerCommand['kind'], number>();
  vi.spyOn(servers, 'execute').mockImplementation(async (of, command, options) => {
    said.push(command);
    const left = refusals.get(command.kind) ?? 0;
    refusals.set(command.kind, left - 1);
    return left > 0 ? TOO_LATE : obey(of, command, options);
  });
  return {
    servers,
    words: () =>
      said.map((command) => (command.kind === 'set-offline-mode' ? `offline ${command.offline}` : command.kind)),
    refuse: (kind: ServerCommand['kind'], times: number) => refusals.set(kind, times),
    run: () => fence({ servers, clock: createSystemClock() }, instance),
  };
}

describe('the fence', () => {
  it('refuses new sessions, ends the others, then refuses writes; and lets people look in the end', async () => {
    const { run, words } = scene(MYSQL);
    expect(await run()).toMatchObject({ kind: 'fenced', instance: { isReadOnly: true, isSuperReadOnly: true } });
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
    expect(await run()).toMatchObject({ kind: 'fenced' });
    expect(words()).toEqual([
      'offline true',
      'kill-client-sessions',
      'set-read-only',
      'set-read-only',
      'set-semi-sync',
      'offline false',
    ]);
  });

  it('leaves semi-sync on while waiters may still be told OK', async () => {
    const { run, words, refuse } = scene(SEMI_SYNC);
    refuse('set-read-only', 1);
    refuse('kill-client-sessions', 1);
    expect(await run()).toMatchObject({ kind: 'not-fenced' });
    expect(words()).not.toContain('set-semi-sync');
  });

  it('believes only a reading', async () => {
    const { run, servers } = scene(MYSQL);
    vi.spyOn(servers, 'probe').mockResolvedValue({ kind: 'answered', instance: MYSQL, warnings: [] });
    expect(await run()).toEqual({ kind: 'not-fenced', reason: 'read_only does not hold' });
  });
});
