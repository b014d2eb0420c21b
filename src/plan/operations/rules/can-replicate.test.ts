import { describe, expect, it } from 'vitest';
import { uuidOf } from '../../../model/testing/instances.ts';
import type { OperationSettings } from '../input.ts';
import { type Kind, member, OPERATION_SETTINGS, type Said, tree } from '../testing/ask.ts';
import { cannotFindByGtid, cannotReplicateFrom } from './can-replicate.ts';

/** The rule that keeps server 3 from replicating from server 2, both replicas of 1; null when none does. */
function ruleFor(
  below: Said,
  above: Said,
  settings: Partial<OperationSettings> = {},
  kind: Kind = 'gtid',
): string | null {
  const records = tree(kind, { 1: 0, 2: 1, 3: 1 }, { 2: above, 3: below });
  const all = { ...OPERATION_SETTINGS, ...settings };
  return cannotReplicateFrom(member(records, 3), member(records, 2), all)?.rule ?? null;
}

const OLD = { version: '5.7.44' };
const filtered = { replication: { hasFilters: true } };

describe('who can replicate from whom', () => {
  it('not a server from itself', () => {
    const records = tree('gtid', { 1: 0, 2: 1 });
    expect(cannotReplicateFrom(member(records, 2), member(records, 2), OPERATION_SETTINGS)?.rule).toBe('same-server');
  });

  it.each<[string, Said, Said, Partial<OperationSettings>, string | null]>([
    ['two alike', {}, {}, {}, null],
    ['no binary log above', {}, { logs: false }, {}, 'no-binary-log'],
    ['no binary log below', { logs: false }, {}, {}, null],
    ['a replica above that does not log what it applies', {}, { logsUpdates: false }, {}, 'no-replica-updates'],
    ['a primary above that would not', {}, { logsUpdates: false, source: null }, {}, null],
    ['a forgotten source above', {}, { logsUpdates: false, source: { hostname: '_', port: 3306 } }, {}, null],
    ['an older series below', OLD, {}, {}, 'version'],
    ['… which the configuration allows', OLD, {}, { lowerReplicaVersionAllowed: true }, null],
    ['… which is a binlog server', { ...OLD, binlogServer: true }, {}, {}, null],
    ['a newer series below', { version: '9.7.4' }, {}, {}, null],
    ['series compared as numbers, not as text', { version: '10.6.2' }, { version: '9.7.4' }, {}, null],
    ['an older patch of the same series', { version: '8.4.1' }, { version: '8.4.6' }, {}, null],
    ['a narrower binlog format below', { format: 'MIXED' }, { format: 'ROW' }, {}, 'binlog-format'],
    ['the narrowest', { format: 'STATEMENT' }, { format: 'MIXED' }, {}, 'binlog-format'],
    ['a wider binlog format below', { format: 'ROW' }, { format: 'STATEMENT' }, {}, null],
    ['a narrower format that logs nothing', { format: 'STATEMENT', logsUpdates: false }, {}, {}, null],
    ['a format nobody knows', { format: 'INHERIT' }, { format: 'ROW' }, {}, null],
    ['filters above only, where they count', {}, filtered, { verifyReplicationFilters: true }, 'replication-filters'],
    ['filters above only, where they do not', {}, filtered, {}, null],
    ['filters on both', filtered, filtered, { verifyReplicationFilters: true }, null],
    ['the same server_id', { instance: { serverId: 2 } }, {}, {}, 'server-id'],
    ['… of a binlog server', { instance: { serverId: 2 }, binlogServer: true }, {}, {}, null],
    [
      'the same uuid',
      { instance: { serverUuid: uuidOf(2) } },
      { instance: { serverUuid: uuidOf(2) } },
      {},
      'server-uuid',
    ],
    ['no uuid on either', { instance: { serverUuid: null } }, { instance: { serverUuid: null } }, {}, null],
    ['a long delay above', {}, { delay: 21 }, {}, 'delay'],
    ['a reasonable delay above', {}, { delay: 20 }, {}, null],
    ['a longer delay below', { delay: 60 }, { delay: 30 }, {}, null],
    ['a MariaDB below a MySQL', { version: '10.11.19-MariaDB', positioning: 'mariadb-slave-pos' }, {}, {}, 'flavour'],
  ])('%s', (_what, below, above, settings, rule) => {
    expect(ruleFor(below, above, settings)).toBe(rule);
  });

  it('the first rule that fails is the answer', () => {
    expect(ruleFor({ version: '5.7.44', format: 'MIXED' }, { logs: false, delay: 60 })).toBe('no-binary-log');
    expect(ruleFor({ version: '5.7.44', format: 'MIXED' }, { delay: 60 })).toBe('version');
  });
});

describe('who finds its place by GTID', () => {
  const U = uuidOf(1);
  const of = (kind: Kind, below: Said, above: Said): string | null => {
    const records = tree(kind, { 1: 0, 2: 1, 3: 1 }, { 2: above, 3: below });
    return cannotFindByGtid(member(records, 3), member(records, 2))?.rule ?? null;
  };

  it.each<[string, Kind, Said, Said, string | null]>([
    ['both by Oracle GTID', 'gtid', {}, {}, null],
    ['below by coordinates', 'gtid', { positioning: 'coordinates' }, {}, 'gtid'],
    ['above by coordinates, with GTIDs', 'gtid', {}, { positioning: 'coordinates' }, null],
    ['above without GTIDs', 'gtid', {}, { gtidMode: 'OFF' }, 'gtid'],
    ['both MariaDB', 'mariadb', {}, {}, null],
    ['a MariaDB by coordinates', 'mariadb', { positioning: 'coordinates' }, {}, 'gtid'],
    [
      'purged above, executed below',
      'gtid',
      { executedGtid: `${U}:1-9` },
      { instance: { purgedGtid: `${U}:1-5` } },
      null,
    ],
    [
      'purged above, not executed below',
      'gtid',
      { executedGtid: `${U}:1-4` },
      { instance: { purgedGtid: `${U}:1-5` } },
      'gtid-purged',
    ],
  ])('%s', (_what, kind, below, above, rule) => {
    expect(of(kind, below, above)).toBe(rule);
  });
});
