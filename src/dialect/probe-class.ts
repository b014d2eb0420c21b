import { isOracleFamily, type ServerVersion } from '../model/version.ts';

/** What decides the text of the statements; known from the greeting before anything is asked, verified by the answer. */
export interface ProbeClass {
  readonly version: ServerVersion;
  readonly performanceSchema: boolean;
}

/** True when both classes give the same statements (flavour family, version numbers, performance_schema). */
export const sameProbeClass = (a: ProbeClass, b: ProbeClass): boolean =>
  isOracleFamily(a.version) === isOracleFamily(b.version) &&
  a.version.major === b.version.major &&
  a.version.minor === b.version.minor &&
  a.version.patch === b.version.patch &&
  a.performanceSchema === b.performanceSchema;
