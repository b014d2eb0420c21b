import { describe, expect, it } from 'vitest';
import type { Positioning, SemiSyncStatus } from '../../model/instance.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { instanceOf, recordOf, replicationOf } from '../../model/testing/instances.ts';
import { parseVersion } from '../../model/version.ts';
import { notReceivedBy } from './received-all.ts';

const PRIMARY = 'p:3306';
const FRESHNESS = { instancePollSeconds: 5, reasonableInstanceCheckSeconds: 1 };
const version = parseVersion('10.11.6-MariaDB', '');
const SILENT = { check: { lastSeenAtMs: -1 } };
const semiSync = (changes: Partial<SemiSyncStatus>): SemiSyncStatus => ({
  ...instanceOf('x:1').semiSync,
  available: true,
  ...changes,
});

const primary = (binlogGtid: string, isSilent = false): ServerRecord => {
  const waits = semiSync({ sourceEnabled: true, sourceActive: true, waitForReplicaCount: 1, connectedReplicas: 1 });
  return recordOf(instanceOf(PRIMARY, { version, binlogGtid, semiSync: waits }), isSilent ? SILENT : {});
};

interface Said {
  readonly receivedGtid: string;
  readonly acknowledges?: boolean;
  readonly positioning?: Positioning;
  readonly isSilent?: boolean;
}
const replica = (
  name: string,
  { receivedGtid, acknowledges = true, positioning = 'mariadb-slave-pos', isSilent = false }: Said,
): ServerRecord => {
  const instance = instanceOf(`${name}:3306`, {
    version,
    replication: replicationOf(PRIMARY, { positioning, receivedGtid }),
    semiSync: semiSync({ replicaEnabled: acknowledges, replicaActive: acknowledges }),
  });
  return recordOf(instance, isSilent ? SILENT : {});
};

const objection = (of: ServerRecord, ...replicas: readonly ServerRecord[]): string | null =>
  notReceivedBy(of, [of, ...replicas], FRESHNESS);

describe('rows in the log of a MariaDB primary count as acknowledged', () => {
  it('when a replica that acknowledges has received them all, whoever lacks some', () => {
    const written = primary('0-1-7,3-1-2');
    expect(objection(written, replica('a', { receivedGtid: '0-1-7,3-1-2' }))).toBeNull();
    expect(
      objection(written, replica('a', { receivedGtid: '0-1-6' }), replica('b', { receivedGtid: '0-1-8,3-1-2' })),
    ).toBeNull();
  });

  it('not when the one that acknowledges lacks the last, in any domain', () => {
    expect(objection(primary('0-1-7'), replica('a', { receivedGtid: '0-1-6' }))).toBe(
      'no replica that acknowledges is known to have received all that p:3306 wrote; a:3306 has yet to receive 0-1-7',
    );
    expect(objection(primary('0-1-7,3-1-2'), replica('a', { receivedGtid: '0-1-7' }))).toMatch(/3-1-1..3-1-2|3-1-1..2/);
  });

  it('not by one that does not acknowledge, goes by coordinates, or does not answer', () => {
    const written = primary('0-1-7');
    const receivedGtid = '0-1-7';
    for (const said of [{ acknowledges: false }, { positioning: 'coordinates' }, { isSilent: true }] as const)
      expect(objection(written, replica('a', { receivedGtid, ...said }))).toMatch(/^no replica that acknowledges/);
  });

  it('not where the primary does not answer, or does not tell what it wrote', () => {
    const all = replica('a', { receivedGtid: '0-1-7' });
    expect(objection(primary('0-1-7', true), all)).toBe('p:3306 does not answer');
    expect(objection(primary(''), all)).toBe('p:3306 does not tell what its log holds');
  });
});
