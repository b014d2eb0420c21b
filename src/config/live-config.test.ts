import { describe, expect, it } from 'vitest';
import { createLiveConfig, madeOf } from './live-config.ts';
import { type LoadedConfig, loadConfig } from './load.ts';

const load = (keys: object): LoadedConfig =>
  loadConfig({
    explicitPath: 'a.json',
    strict: true,
    environment: {},
    home: null,
    readFile: () => JSON.stringify({ SQLite3DataFile: '/tmp/a.db', ...keys }),
  });

function reloaded(before: object, after: object) {
  const live = createLiveConfig(load(before), () => load(after));
  return { live, ...live.reload() };
}

describe('a reload', () => {
  it('takes the live keys, with their expressions, and leaves the others as they were', () => {
    const { live, taken, waiting } = reloaded(
      { InstancePollSeconds: 5 },
      { InstancePollSeconds: 9, DiscoveryIgnoreHostnameFilters: ['^x'], PostFailoverProcesses: ['true'] },
    );
    expect(taken).toEqual(expect.arrayContaining(['DiscoveryIgnoreHostnameFilters', 'PostFailoverProcesses']));
    expect(waiting).toEqual(['InstancePollSeconds']);
    const { config, patterns } = live.current();
    expect(config).toMatchObject({ InstancePollSeconds: 5, PostFailoverProcesses: ['true'] });
    expect(patterns.DiscoveryIgnoreHostnameFilters[0]?.test('x1')).toBe(true);
  });

  it('names what waits again each time, and secrets that differ, without their values', () => {
    const { live, waiting } = reloaded({ MySQLTopologyPassword: 'a' }, { MySQLTopologyPassword: 'b' });
    expect(waiting).toEqual(['MySQLTopologyPassword']);
    expect(live.reload().waiting).toEqual(['MySQLTopologyPassword']);
    expect(live.current().config.MySQLTopologyPassword.reveal()).toBe('a');
  });

  it('of bad files changes nothing', () => {
    const first = load({});
    const live = createLiveConfig(first, () => load({ RecoveryIgnoreHostnameFilters: ['('] }));
    expect(() => live.reload()).toThrow(/RecoveryIgnoreHostnameFilters/);
    expect(live.current()).toBe(first);
  });

  it('while one of the files is away changes nothing: it is not a reload to the defaults', () => {
    const files = new Map<string, object>([
      ['/etc/orchestrator.conf.json', { PostFailoverProcesses: ['true'] }],
      ['/home/orc/.orchestrator.conf.json', { RecoveryIgnoreHostnameFilters: ['^x'] }],
    ]);
    const read = () =>
      loadConfig({
        explicitPath: null,
        strict: true,
        environment: {},
        home: '/home/orc',
        readFile: (path) =>
          files.has(path) ? JSON.stringify({ SQLite3DataFile: '/tmp/a.db', ...files.get(path) }) : null,
      });
    const first = read();
    const live = createLiveConfig(first, read);
    const away = '/home/orc/.orchestrator.conf.json';
    const kept = files.get(away);
    files.delete(away);
    expect(() => live.reload()).toThrow(
      expect.objectContaining({ code: 'config-not-found', message: expect.stringContaining(away) }),
    );
    expect(live.current()).toBe(first);
    files.set(away, kept ?? {});
    files.set('orchestrator.conf.json', { PostFailoverProcesses: ['false'] });
    expect(live.reload().taken).toEqual(['PostFailoverProcesses']);
    files.delete('orchestrator.conf.json');
    expect(() => live.reload()).toThrow(/ orchestrator\.conf\.json /);
    expect(live.current().config.PostFailoverProcesses).toEqual(['false']);
  });

  it('is followed by what was made of the configuration, which is made once of each', () => {
    const live = createLiveConfig(load({}), () => load({ ClusterNameToAlias: { a: 'b' } }));
    let made = 0;
    const count = madeOf(live.current, ({ config }) => {
      made += 1;
      return Object.keys(config.ClusterNameToAlias).length;
    });
    expect([count(), count()]).toEqual([0, 0]);
    live.reload();
    expect([count(), count()]).toEqual([1, 1]);
    expect(made).toBe(2);
  });
});
