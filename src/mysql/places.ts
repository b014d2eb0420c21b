import type { Classification, Instance } from '../model/instance.ts';
import type { InstanceKey } from '../model/instance-key.ts';
import { type ClassificationSettings, isConfigured } from './settings.ts';

type Places = Pick<Classification, 'dataCenter' | 'region' | 'physicalEnvironment'>;

/** Where a server is, as the patterns of the configuration read it from the name by which the server goes. */
export const placesByName = (hostname: string, settings: ClassificationSettings): Places => ({
  dataCenter: firstGroup(settings.dataCenterPattern, hostname),
  region: firstGroup(settings.regionPattern, hostname),
  physicalEnvironment: firstGroup(settings.physicalEnvironmentPattern, hostname),
});

/** The reading under another name: what a pattern told is read anew; what a query tells goes before, whatever the name. */
export function withPlacesOf(instance: Instance, key: InstanceKey, settings: ClassificationSettings): Instance {
  const { classification } = instance;
  const byName = placesByName(key.hostname, settings);
  const place = (sql: string, of: keyof Places): string => (isConfigured(sql) ? classification : byName)[of];
  return {
    ...instance,
    key,
    classification: {
      ...classification,
      dataCenter: place(settings.detectDataCenterQuery, 'dataCenter'),
      region: place(settings.detectRegionQuery, 'region'),
      physicalEnvironment: place(settings.detectPhysicalEnvironmentQuery, 'physicalEnvironment'),
    },
  };
}

/** '' when the pattern does not match, or there is none. */
const firstGroup = (pattern: RegExp | undefined, hostname: string): string => pattern?.exec(hostname)?.[1] ?? '';
