import { describe, expect, it } from 'vitest';
import type { Instance } from '../../model/instance.ts';
import { formatKey, type InstanceKey, parseKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { instanceOf, recordOf, replicationOf } from '../../model/testing/instances.ts';
import { parseVersion } from '../../model/version.ts';
import { createHurriedClock } from '../testing/clocks.ts';
import { type ReleaseDeps, releaseCommits } from './release-commits.ts';

const key = parseKey('p:3306', 3306);
const MARIADB = parseVersion('10.11.6-MariaDB', '');
const MYSQL = parseVersion('8.4.3', 'MySQL Community Server - GPL');
const TIMED_OUT = { kind: 'failed', failure: { kind: 'deadline', errorNumber: null, message: 'no answer' } } as const;

/** A primary that wrote 0-1-7; its replica has received `received` by its n-th reading. `held`: so many kills until commits go on. */
function scene(given: {
  version: Instance['version'];
  write: unknown;
  received: readonly string[];
  refusals?: number;
}) {
  let readings = 0;
  let refusals = given.refusals ?? 0;
  const said: string[] = [];
  const sent: string[] = [];
  const on = { ...instanceOf('x:1').semiSync, available: true };
  const records = (): ServerRecord[] => [
    recordOf(
      instanceOf('p:3306', {
        version: given.version,
        binlogGtid: '0-1-7',
        semiSync: { ...on, waitForReplicaCount: 1 },
      }),
    ),
    recordOf(
      instanceOf('a:3306', {
        version: given.version,
        semiSync: { ...on, replicaActive: true },
        replication: replicationOf('p:3306', {
          positioning: 'mariadb-slave-pos',
          receivedGtid: given.received[Math.min(readings, given.received.length) - 1] ?? '',
        }),
      }),
    ),
  ];
  const deps = {
    clock: createHurriedClock(),
    freshness: { instancePollSeconds: 5, reasonableInstanceCheckSeconds: 1 },
    fleet: {
      recordOf: (one: InstanceKey) => records().find((record) => formatKey(record.key) === formatKey(one)) ?? null,
      recordsOfCluster: records,
    },
    markers: { write: async () => given.write },
    servers: {
      async execute(_instance: Instance, command: { kind: string; written: string }) {
        sent.push(`${command.kind} at ${command.written}`);
        refusals -= 1;
        return refusals >= 0 ? TIMED_OUT : { kind: 'done', statements: ['KILL it'] };
      },
    },
    async readAgain() {
      readings += 1;
    },
    audit: (message: string) => void said.push(message),
  } as unknown as ReleaseDeps;
  return { run: () => releaseCommits(key, deps), said, sent, readings: () => readings };
}

describe('commits that hang on a primary that has its acknowledgers again', () => {
  it('are released by a later commit', async () => {
    const { run, said, sent } = scene({ version: MARIADB, write: { kind: 'written' }, received: [] });
    expect(await run()).toBeNull();
    expect(said).toEqual(['p:3306: FLUSH QUERY CACHE; what hung is acknowledged with it']);
    expect(sent).toEqual([]);
  });

  it('are left to the next one on MySQL, where none could be written: nothing holds its log', async () => {
    const { run, said, sent } = scene({ version: MYSQL, write: TIMED_OUT, received: ['0-1-7'] });
    expect(await run()).toBeNull();
    expect(said.join()).toMatch(/released by the next one, since FLUSH OPTIMIZER_COSTS was not possible: no answer/);
    expect(sent).toEqual([]);
  });

  it('on MariaDB hold the log: the first is ended, as soon as all that was written is received', async () => {
    const { run, said, sent, readings } = scene({
      version: MARIADB,
      write: TIMED_OUT,
      received: ['0-1-5', '0-1-6', '0-1-7'],
    });
    expect(await run()).toBeNull();
    expect(sent).toEqual(['kill-log-holder at 0-1-7']);
    expect(readings()).toBe(3);
    expect(said).toEqual(['p:3306: KILL it: what it wrote is received']);
  });

  it('are never ended while a row is not received; that is told', async () => {
    const { run, sent } = scene({ version: MARIADB, write: TIMED_OUT, received: ['0-1-6'] });
    expect(await run()).toMatch(/^commits on p:3306 still hang: no replica .* has yet to receive 0-1-7$/);
    expect(sent).toEqual([]);
  });

  it('are looked at once more where the end of one was refused', async () => {
    const { run, sent } = scene({ version: MARIADB, write: TIMED_OUT, received: ['0-1-7'], refusals: 2 });
    expect(await run()).toBeNull();
    expect(sent).toHaveLength(3);
  });
});
