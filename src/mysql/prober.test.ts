import { expect, it } from 'vitest';
import mysql97 from '../dialect/fixtures/mysql-97.json' with { type: 'json' };
import { fullProbe } from '../dialect/probe-statements.ts';
import { type ProbeRows, readProbeClass } from '../dialect/read-instance.ts';
import type { Row } from '../dialect/row.ts';
import { createStillClock } from '../engine/testing/clocks.ts';
import type { Instance } from '../model/instance.ts';
import { deadlineFailure } from './failure.ts';
import { createProber } from './prober.ts';
import type { Session } from './session.ts';
import { NO_CLASSIFICATION, type ServersSettings } from './settings.ts';

const KEY = { hostname: 'db1', port: 3306 };
const QUERIES = {
  detectDataCenterQuery: 'select dc',
  detectRegionQuery: 'select region',
  detectInstanceAliasQuery: 'select alias',
};
/** What the configured queries answer while nothing is wrong. */
const ANSWERS: Readonly<Record<string, string>> = {
  'select dc': 'east',
  'select region': 'eu',
  'select alias': 'one',
  'select lag': '7',
};

/** A replica whose source is dead; from a query of `hanging` on, nothing is answered in that session. */
function scene() {
  const rows = structuredClone(mysql97.replica) as unknown as Record<string, Row[]>;
  const replication: Record<string, string | null> = { ...rows.replication?.[0], Seconds_Behind_Source: null };
  rows.replication = [replication];
  const hanging = new Set<string>();
  const partOf = new Map(fullProbe(readProbeClass(rows as ProbeRows)).map(({ part, sql }) => [sql, part]));
  const open = (): Session => {
    let endedBy: Session['endedBy'] = null;
    const session: Pick<Session, 'query' | 'endedBy' | 'serverVersion' | 'onLost'> = {
      serverVersion: '9.7.4-2',
      onLost: () => undefined,
      get endedBy() {
        return endedBy;
      },
      async query(sql, deadlineMs, what = '') {
        if (hanging.has(sql)) endedBy = deadlineFailure(KEY, what, deadlineMs);
        if (endedBy !== null) return { kind: 'failed', failure: endedBy };
        const told = ANSWERS[sql];
        if (told !== undefined) return { kind: 'ok', value: [[{ told }]] };
        return { kind: 'ok', value: sql.split('; ').map((one) => rows[partOf.get(one) ?? ''] ?? []) };
      },
    };
    return session as Session;
  };
  const prober = createProber(
    KEY,
    {
      clock: createStillClock(),
      connector: { open: async () => ({ kind: 'ok', value: open() }), forget: () => undefined },
      emit: () => undefined,
    },
    {
      readTimeoutMs: 1_000,
      replicationLagQuery: 'select lag',
      replicationCredentialsQuery: '',
      classification: { ...NO_CLASSIFICATION, ...QUERIES },
    } as ServersSettings,
  );
  async function read(lastKnown: Instance | null): Promise<Instance> {
    const request = { deadlineMs: 5_000, depth: 'full', previous: null, lastKnown } as const;
    const outcome = await prober.run(request, () => undefined);
    if (outcome.kind === 'failed') throw new Error(outcome.failure.message);
    return outcome.instance;
  }
  return { read, hanging, replication };
}

const ALL = { dataCenter: 'east', region: 'eu', instanceAlias: 'one' };
const NOTHING = { dataCenter: '', region: '', instanceAlias: '' };

it('a configured query that hangs, and those that its end of the session fails, leave what was known', async () => {
  const { read, hanging } = scene();
  const known = await read(null);
  expect(known).toMatchObject({ lagSeconds: 7, classification: ALL });
  hanging.add('select lag');
  expect(await read(known)).toMatchObject({ lagSeconds: 7, classification: ALL });
  hanging.delete('select lag');
  hanging.add('select region');
  expect(await read({ ...known, lagSeconds: 1 })).toMatchObject({ lagSeconds: 7, classification: ALL });
});

it('an upgrade leaves it too; another server at the address does not', async () => {
  const { read, hanging } = scene();
  const known = await read(null);
  hanging.add('select lag');
  const older = { ...known, version: { ...known.version, text: '8.4.1' } };
  expect(await read(older)).toMatchObject({ lagSeconds: 7, classification: ALL });
  for (const other of [
    { ...known, serverId: 99 },
    { ...known, serverUuid: null },
  ])
    expect(await read(other)).toMatchObject({ lagSeconds: null, classification: NOTHING });
});

it('nothing that is read of the server itself is taken from there', async () => {
  const { read } = scene();
  const known = await read(null);
  expect(await read({ ...known, isReadOnly: !known.isReadOnly, uptimeSeconds: -1 })).toEqual(known);
});

it('what the replica says of its lag now goes before the last known', async () => {
  const { read, hanging, replication } = scene();
  const known = await read(null);
  hanging.add('select lag');
  replication.Seconds_Behind_Source = '90';
  expect((await read(known)).lagSeconds).toBe(90);
});
