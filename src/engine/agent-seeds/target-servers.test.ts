import { expect, test } from 'vitest';
import { formatKey, parseKey } from '../../model/instance-key.ts';
import { ALONE, NO_INTENT, type ServerRecord } from '../../model/server-record.ts';
import { instanceOf } from '../../model/testing/instances.ts';
import type { KnockOutcome } from '../ports.ts';
import { createTargetServers } from './target-servers.ts';

const HOST = { hostname: 'db2', address: 'db2.example.com', mysqlPort: 3306 };
const NOBODY: KnockOutcome = { kind: 'failed', failure: { kind: 'refused', errorNumber: null, message: 'refused' } };
const REFUSED_US: KnockOutcome = { kind: 'failed', failure: { kind: 'answered', errorNumber: 1045, message: 'no' } };

/** A server that answered once; `failure`: not any more. */
const recordOf = (name: string, failure: string | null, changes: Partial<ServerRecord> = {}): ServerRecord => ({
  key: parseKey(name, 3306),
  instance: instanceOf(name),
  check: { lastAttemptAtMs: 2, lastCheckedAtMs: 2, lastSeenAtMs: 1, lastCheckPartialSuccess: false, failure },
  position: ALONE,
  intent: NO_INTENT,
  ...changes,
});

function scene(records: readonly ServerRecord[], answers: Readonly<Record<string, KnockOutcome>> = {}) {
  const knocked: string[] = [];
  const servers = createTargetServers({
    records: () => records,
    async knock(key) {
      knocked.push(formatKey(key));
      return answers[formatKey(key)] ?? NOBODY;
    },
    isBeingChanged: (key) => key.port === 3399,
  });
  return { knocked, objection: () => servers.objection(HOST) };
}

test('nothing speaks against a host whose servers are dead, and nobody answers at their ports or the agent’s', async () => {
  const { objection, knocked } = scene([recordOf('db2.example.com:3307', 'gone'), recordOf('db1:3306', null)]);
  expect(await objection()).toBeNull();
  expect(knocked.toSorted()).toEqual(['db2.example.com:3307', 'db2:3306']);
});

test('a server that answered its last check is alive, under any name of its host and at any port', async () => {
  const named = { ...instanceOf('10.0.0.9:3306'), mysqlHostname: 'DB2' };
  const { check } = recordOf('x:1', null);
  for (const record of [
    recordOf('db2:3310', null),
    recordOf('DB2.example.com:3306', null),
    recordOf('10.0.0.9:3306', null, { instance: named, check }),
  ])
    expect(await scene([record]).objection()).toMatch(/is alive: it answered its last check/);
});

test('a dead server that is being changed, or that others replicate from, keeps its data', async () => {
  expect(await scene([recordOf('db2:3399', 'gone')]).objection()).toMatch(/being recovered or rearranged/);
  const position = { ...ALONE, replicas: [parseKey('db3:3306', 3306)] };
  expect(await scene([recordOf('db2:3306', 'gone', { position })]).objection()).toMatch(
    /^db3:3306 replicates from db2:3306, whose data may be the only copy/,
  );
});

test('whoever answers at the port is a server, also one that does not let us in', async () => {
  for (const answer of [{ kind: 'answered' }, REFUSED_US] as const)
    expect(await scene([], { 'db2:3306': answer }).objection()).toMatch(/^a server answers at db2:3306/);
});
