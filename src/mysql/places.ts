import type { Classification } from '../model/instance.ts';
import type { ClassificationSettings } from './settings.ts';

type Places = Pick<Classification, 'dataCenter' | 'region' | 'physicalEnvironment'>;

/** Where a server is, as the patterns of the configuration read it from the name by which the server goes. */
export const placesByName = (hostname: string, settings: ClassificationSettings): Places => ({
  dataCenter: firstGroup(settings.dataCenterPattern, hostname),
  region: firstGroup(settings.regionPattern, hostname),
  physicalEnvironment: firstGroup(settings.physicalEnvironmentPattern, hostname),
});

/** '' when the pattern does not match, or there is none. */
const firstGroup = (pattern: RegExp | undefined, hostname: string): string => pattern?.exec(hostname)?.[1] ?? '';
