import { expect, it } from 'vitest';
import { NOW_MS } from '../../analysis/testing/records.ts';
import { formatKey, type InstanceKey, sameKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { keyOf, OPERATION_SETTINGS, tree } from '../../plan/operations/testing/ask.ts';
import { createSystemClock } from '../basis/clock.ts';
import { createFakeServers, SILENT } from '../testing/fakes.ts';
import { createOperations, type OperationsDeps } from './operations.ts';

/** 2, 3 and 4 below 1, by file and position; 2 has a virtual name. `moved`: 3 follows 4. */
function familyOf(moved: boolean): readonly ServerRecord[] {
  return tree('coordinates', { 1: 0, 2: 1, 3: moved ? 4 : 1, 4: 1 }).map((record) =>
    sameKey(record.key, keyOf(2)) ? { ...record, intent: { ...record.intent, unresolvedHostname: 'virtual' } } : record,
  );
}

it('what another operation did while names were made sure of is seen: the plan is of before', async () => {
  let records = familyOf(false);
  const servers = createFakeServers();
  const locked: InstanceKey[] = [];
  const operations = createOperations(
    {
      servers,
      fleet: {
        records: () => records,
        recordOf: (key: InstanceKey) => records.find((one) => sameKey(one.key, key)) ?? null,
        answered: () => undefined,
      },
      clock: { ...createSystemClock(), now: () => NOW_MS },
      logger: SILENT,
      leadership: { isLeader: () => true },
      store: {
        operations: { save: async () => undefined, close: async () => undefined, readOpen: async () => [] },
        maintenance: {
          begin: async (key: InstanceKey) => ({ kind: 'begun', maintenanceId: locked.push(key) }),
          endById: async () => true,
        },
        equivalences: { find: async () => [] },
      },
      auditLog: { write: async () => undefined },
      newUid: () => 'uid',
      readNow: async () => true,
      onIntentChanged: async () => undefined,
      verifyName: async () => {
        records = familyOf(true);
        return null;
      },
    } as unknown as OperationsDeps,
    { owner: 'me', maxConcurrent: 5, planning: OPERATION_SETTINGS, replicationCredentials: null },
  );
  const request = { kind: 'relocate', instance: keyOf(3), destination: keyOf(2) } as const;
  expect(await operations.run(request, 'me')).toMatchObject({
    kind: 'refused',
    refusal: {
      reason: expect.stringMatching(/^10\.0\.0\.1:3 replicates from 10\.0\.0\.1:4 .* otherwise when this was planned/),
    },
  });
  expect(locked.map(formatKey)).toContain('10.0.0.1:3');
  expect(servers.commands).toEqual([]);
});
