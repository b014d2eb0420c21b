import { describe, expect, it } from 'vitest';
import { createLiveConfig } from '../config/live-config.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { classify } from '../mysql/classify.ts';
import type { Session } from '../mysql/session.ts';
import { serversSettings } from './adapter-settings.ts';

const load = (keys: object): LoadedConfig =>
  loadConfig({
    explicitPath: 'a.json',
    strict: true,
    environment: {},
    home: null,
    readFile: () => JSON.stringify({ SQLite3DataFile: '/tmp/a.db', ...keys }),
  });

const KEYS = ['DataCenterPattern', 'RegionPattern', 'PhysicalEnvironmentPattern'] as const;
const allKeys = (pattern: string): object => Object.fromEntries(KEYS.map((key) => [key, pattern]));

async function placesAt(settings: ReturnType<typeof serversSettings>): Promise<readonly string[]> {
  const key = { hostname: 'db7.EAST.example.com', port: 3306 };
  const { extras } = await classify({} as Session, key, settings, null, () => 1_000);
  const { dataCenter, region, physicalEnvironment } = extras.classification;
  return [dataCenter, region, physicalEnvironment];
}

describe('patterns of data centre, region and environment', () => {
  it.each([
    ['(?i)^db[0-9]+[.](east|west)[.]', 'EAST'],
    ['[.](?P<dc>[A-Z]+)[.]', 'EAST'],
    ['^([[:alpha:]]+)', 'db'],
    ['west', ''],
    ['', ''],
  ])('%s is understood as Go does', async (pattern, place) => {
    expect(await placesAt(serversSettings(load(allKeys(pattern))))).toEqual([place, place, place]);
  });

  it('follow a reload', async () => {
    const first = load({});
    const live = createLiveConfig(first, () => load(allKeys('(?i)[.](?P<dc>east)[.]')));
    const settings = serversSettings(first, live.current);
    expect(await placesAt(settings)).toEqual(['', '', '']);
    live.reload();
    expect(await placesAt(settings)).toEqual(['EAST', 'EAST', 'EAST']);
  });
});
