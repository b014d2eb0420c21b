import { expect, it } from 'vitest';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import { Secret } from '../../model/secret.ts';
import { uuidOf } from '../../model/testing/instances.ts';
import { NO_EVIDENCE } from '../../plan/operations/input.ts';
import { planOperation } from '../../plan/operations/plan-operation.ts';
import type { OperationRequest } from '../../plan/operations/request.ts';
import { nameOf, OPERATION_SETTINGS, tree } from '../../plan/operations/testing/ask.ts';
import { createSystemClock } from '../basis/clock.ts';
import { createFleet } from '../fleet/fleet.ts';
import { createFakeServers, SILENT } from '../testing/fakes.ts';
import { type GatherDeps, readParticipants, readSourceLast } from './gather.ts';

/** A command of its own process: what it does not read itself is as old as the backend's word, and nobody polls beside it. */
async function planOf(request: OperationRequest) {
  const records = tree('gtid', { 1: 0, 2: 1, 3: 1 }, { 1: { readOnly: false } });
  const servers = createFakeServers();
  for (const { key, instance } of records) servers.put(formatKey(key), instance);
  const executed = (port: number, executedGtid: string): void => {
    const instance = servers.at(nameOf(port));
    if (instance !== null) servers.put(nameOf(port), { ...instance, serverUuid: uuidOf(port), executedGtid });
  };
  for (const port of [1, 2, 3]) executed(port, `${uuidOf(1)}:1-10${port === 2 ? `,${uuidOf(2)}:1` : ''}`);

  let nowMs = 1_000_000;
  const fleet = createFleet(
    { clock: { ...createSystemClock(), now: () => nowMs }, logger: SILENT },
    { aliasPatterns: [] },
  );
  fleet.adopt(records);
  const deps: GatherDeps = {
    servers,
    equivalences: { record: async () => undefined, find: async () => [], forget: async () => undefined },
    recordOf: fleet.recordOf,
    records: fleet.records,
    isRecent: () => true,
    wasReplaced: async () => false,
    async readNow(key: InstanceKey) {
      const outcome = await servers.probe(key, { deadlineMs: 1_000, depth: 'full', previous: null });
      nowMs += 1;
      if (outcome.kind === 'answered') fleet.answered(outcome.instance, nowMs);
      return outcome.kind === 'answered';
    },
  };
  await readParticipants(request, deps);
  await readSourceLast(request, deps);
  return planOperation({
    request,
    records: fleet.records(),
    nowMs,
    settings: OPERATION_SETTINGS,
    evidence: { ...NO_EVIDENCE, credentials: { user: 'repl', password: new Secret('x') } },
  });
}

const about = (kind: OperationRequest['kind']): OperationRequest => ({
  kind,
  instance: { hostname: '10.0.0.1', port: 1 },
  destination: null,
});

it.each(['graceful-master-takeover-auto', 'regroup-replicas'] as const)(
  '%s in a process of its own: the replica that has errant transactions is not chosen',
  async (kind) => {
    expect(await planOf(about(kind))).toMatchObject({ kind: 'plan', subject: { port: 3 } });
  },
);
