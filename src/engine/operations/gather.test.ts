import { describe, expect, it } from 'vitest';
import type { Instance } from '../../model/instance.ts';
import { formatKey, type InstanceKey, parseKey } from '../../model/instance-key.ts';
import { instanceOf, recordOf, replicationOf } from '../../model/testing/instances.ts';
import type { OperationKind, OperationRequest } from '../../plan/operations/request.ts';
import { createFakeServers } from '../testing/fakes.ts';
import { type GatherDeps, readParticipants } from './gather.ts';

const key = (name: string): InstanceKey => parseKey(`${name}:3306`, 3306);
const server = (name: string, source: string | null): Instance =>
  instanceOf(`${name}:3306`, source === null ? {} : { replication: replicationOf(`${source}:3306`) });

/** top ← middle ← (one, two); top ← other. `moved`: what reading finds out to be otherwise. */
function scene(moved: Readonly<Record<string, string>> = {}) {
  const known = new Map<string, Instance>(
    [
      server('top', null),
      server('middle', 'top'),
      server('one', 'middle'),
      server('two', 'middle'),
      server('other', 'top'),
    ].map((instance) => [formatKey(instance.key), instance]),
  );
  const read: string[] = [];
  const deps: GatherDeps = {
    servers: createFakeServers(),
    equivalences: { record: async () => undefined, find: async () => [] },
    recordOf: (one) => {
      const instance = known.get(formatKey(one));
      return instance === undefined ? null : recordOf(instance);
    },
    records: () => [...known.values()].map((instance) => recordOf(instance)),
    async readNow(one) {
      read.push(one.hostname);
      const source = moved[one.hostname];
      if (source !== undefined) known.set(formatKey(one), server(one.hostname, source));
      return true;
    },
  };
  const gather = async (kind: OperationKind, instance: string, destination: string | null = null) => {
    const to = destination === null ? null : key(destination);
    const request: OperationRequest = { kind, instance: key(instance), destination: to };
    await readParticipants(request, deps);
    return read.toSorted();
  };
  return { gather };
}

describe('before a plan is made', () => {
  it('the server, where it is to go, and the sources above both are read, each once', async () => {
    expect(await scene().gather('relocate', 'one', 'other')).toEqual(['middle', 'one', 'other', 'top']);
  });

  it('a source that only the reading tells of is read, too', async () => {
    expect(await scene({ one: 'other' }).gather('move-up', 'one')).toEqual(['middle', 'one', 'other', 'top']);
  });

  it('replicas and siblings are read for operations that are about them', async () => {
    expect(await scene().gather('relocate-replicas', 'middle', 'other')).toEqual([
      'middle',
      'one',
      'other',
      'top',
      'two',
    ]);
    expect(await scene().gather('take-siblings', 'one')).toEqual(['middle', 'one', 'top', 'two']);
    expect(await scene().gather('flush-binary-logs', 'middle')).toEqual(['middle', 'top']);
  });

  it('the mark of a detached replica is no address to be read', async () => {
    expect(await scene({ one: '//middle' }).gather('reattach-replica', 'one')).not.toContain('//middle');
  });
});
