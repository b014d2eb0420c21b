/** Which family of server it is; decides statements together with the numeric version. */
export const FLAVOURS = ['mysql', 'percona', 'mariadb', 'maxscale', 'ndb', 'unknown'] as const;
export type Flavour = (typeof FLAVOURS)[number];

/** A server's version: the text it gives, and its first three numbers. Compared numerically, never as text. */
export interface ServerVersion {
  readonly text: string;
  readonly comment: string;
  readonly flavour: Flavour;
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/**
 * Reads `@@version` and `@@version_comment`. MariaDB's replication prefix `5.5.5-` is dropped.
 * Binlog servers of the MaxScale kind carry `-maxscale` in the text.
 */
export function parseVersion(text: string, comment = ''): ServerVersion {
  const bare = /^5\.5\.5-(\d+\.\d+.*mariadb.*)$/i.exec(text)?.[1] ?? text;
  const numbers = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(bare);
  return {
    text,
    comment,
    flavour: flavourOf(text, comment),
    major: Number(numbers?.[1] ?? 0),
    minor: Number(numbers?.[2] ?? 0),
    patch: Number(numbers?.[3] ?? 0),
  };
}

function flavourOf(text: string, comment: string): Flavour {
  if (/-maxscale/i.test(text)) return 'maxscale';
  if (/mariadb/i.test(text) || /mariadb/i.test(comment)) return 'mariadb';
  if (/percona/i.test(comment)) return 'percona';
  if (/ndb|cluster/i.test(text)) return 'ndb';
  return text === '' ? 'unknown' : 'mysql';
}

/** True when the version is `major.minor.patch` or later. Says nothing about the flavour. */
export function isAtLeast(version: ServerVersion, major: number, minor = 0, patch = 0): boolean {
  if (version.major !== major) return version.major > major;
  if (version.minor !== minor) return version.minor > minor;
  return version.patch >= patch;
}

/** `8.4`, the part that must not differ in the wrong direction between source and replica. */
export const majorVersion = (version: ServerVersion): string => `${version.major}.${version.minor}`;

/** Negative when `a` is the older release series. */
export const compareMajorVersions = (a: ServerVersion, b: ServerVersion): number =>
  a.major - b.major || a.minor - b.minor;

/** True for MySQL, Percona Server and NDB: everything that speaks Oracle's dialect and GTIDs. */
export const isOracleFamily = (version: ServerVersion): boolean =>
  version.flavour === 'mysql' || version.flavour === 'percona' || version.flavour === 'ndb';
