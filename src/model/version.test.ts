import { describe, expect, it } from 'vitest';
import { compareMajorVersions, isAtLeast, isOracleFamily, majorVersion, parseVersion } from './version.ts';

describe('server versions', () => {
  it.each([
    ['8.4.3', 'MySQL Community Server - GPL', 'mysql', '8.4', 3],
    ['5.6.24-log', 'MySQL Community Server (GPL)', 'mysql', '5.6', 24],
    ['8.0.36-28', 'Percona Server (GPL), Release 28', 'percona', '8.0', 36],
    ['10.11.19-MariaDB-log', 'Debian 12', 'mariadb', '10.11', 19],
    ['5.5.5-10.4.7-MariaDB', 'mariadb.org binary distribution', 'mariadb', '10.4', 7],
    ['2.5.1-maxscale', '', 'maxscale', '2.5', 1],
    ['8.0.31-cluster', 'MySQL Cluster Community Server', 'ndb', '8.0', 31],
    ['5.7.41-ndb-7.6.25', 'MySQL Cluster', 'ndb', '5.7', 41],
    ['9.7', '', 'mysql', '9.7', 0],
    ['', '', 'unknown', '0.0', 0],
  ])('%j (%s) is %s %s.%d', (text, comment, flavour, major, patch) => {
    const version = parseVersion(text, comment);
    expect(version).toMatchObject({ text, comment, flavour, patch });
    expect(majorVersion(version)).toBe(major);
  });

  it('compares numerically, never as text', () => {
    const version = parseVersion('8.0.4');
    expect(isAtLeast(version, 8, 0, 14)).toBe(false);
    expect(isAtLeast(parseVersion('8.0.14'), 8, 0, 14)).toBe(true);
    expect(isAtLeast(parseVersion('10.5.1-MariaDB'), 8, 4)).toBe(true);
    expect(isAtLeast(parseVersion('5.7.8'), 5, 7)).toBe(true);
    expect(isAtLeast(parseVersion('5.6.99'), 5, 7)).toBe(false);
    expect(compareMajorVersions(parseVersion('10.11.2'), parseVersion('10.4.30'))).toBeGreaterThan(0);
    expect(compareMajorVersions(parseVersion('8.4.1'), parseVersion('8.4.9'))).toBe(0);
  });

  it('knows who speaks the dialect of Oracle', () => {
    const oracle = ['8.4.3', '8.0.31-cluster'].map((text) => isOracleFamily(parseVersion(text)));
    const others = ['10.11.2-MariaDB', '2.5.1-maxscale', ''].map((text) => isOracleFamily(parseVersion(text)));
    expect([...oracle, ...others]).toEqual([true, true, false, false, false]);
  });
});
