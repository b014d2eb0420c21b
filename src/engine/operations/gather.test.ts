import { describe, expect, it } from 'vitest';
import type { Instance } from '../../model/instance.ts';
import { formatKey, type InstanceKey, parseKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { instanceOf, recordOf, replicationOf } from '../../model/testing/instances.ts';
import type { OperationKind, OperationRequest } from '../../plan/operations/request.ts';
import { createFakeServers } from '../testing/fakes.ts';
import { type GatherDeps, readParticipants, readSourceLast } from './gather.ts';

const key = (name: string): InstanceKey => parseKey(`${name}:3306`, 3306);
const server = (name: string, source: string | null): Instance =>
  instanceOf(`${name}:3306`, source === null ? {} : { replication: replicationOf(`${source}:3306`) });

interface Standing {
  readonly isDowntimed?: boolean;
  readonly isSilent?: boolean;
  /** Nobody has read it of late. */
  readonly isOld?: boolean;
}

const standing = (record: ServerRecord, { isDowntimed, isSilent }: Standing = {}): ServerRecord => ({
  ...record,
  check: { ...record.check, failure: isSilent === true ? 'no answer' : null },
  intent: {
    ...record.intent,
    downtime:
      isDowntimed === true ? { owner: 'me', reason: 'out of order', beginAtMs: 0, endAtMs: 1 } : record.intent.downtime,
  },
});

/** top ← middle ← (one, two); top ← other; one ← low ← lowest. `moved`: what reading finds out to be otherwise. */
function scene(moved: Readonly<Record<string, string>> = {}, standings: Readonly<Record<string, Standing>> = {}) {
  const known = new Map<string, Instance>(
    [
      server('top', null),
      server('middle', 'top'),
      server('one', 'middle'),
      server('two', 'middle'),
      server('other', 'top'),
      server('low', 'one'),
      server('lowest', 'low'),
    ].map((instance) => [formatKey(instance.key), instance]),
  );
  const read: string[] = [];
  const deps: GatherDeps = {
    servers: createFakeServers(),
    equivalences: { record: async () => undefined, find: async () => [], forget: async () => undefined },
    recordOf: (one) => {
      const instance = known.get(formatKey(one));
      return instance === undefined ? null : standing(recordOf(instance), standings[one.hostname]);
    },
    records: () =>
      [...known.values()].map((instance) => standing(recordOf(instance), standings[instance.key.hostname])),
    async readNow(one) {
      read.push(one.hostname);
      const source = moved[one.hostname];
      if (source !== undefined) known.set(formatKey(one), server(one.hostname, source));
      return true;
    },
    isRecent: ({ hostname }) => standings[hostname]?.isOld !== true,
    wasReplaced: async () => false,
  };
  const gather = async (kind: OperationKind, instance: string, destination: string | null = null) => {
    const to = destination === null ? null : key(destination);
    const request: OperationRequest = { kind, instance: key(instance), destination: to };
    await readParticipants(request, deps);
    return read.toSorted();
  };
  return { gather, deps };
}

describe('before a plan is made', () => {
  it('the server, where it is to go, and the sources above both are read, each once', async () => {
    expect(await scene().gather('relocate', 'one', 'other')).toEqual(['middle', 'one', 'other', 'top']);
  });

  it('a source that only the reading tells of is read, too', async () => {
    expect(await scene({ one: 'other' }).gather('move-up', 'one')).toEqual(['middle', 'one', 'other', 'top']);
  });

  it('those further up are read only when nobody has done so of late', async () => {
    const read = ['low', 'lowest', 'one', 'other', 'top'];
    expect(await scene().gather('relocate', 'lowest', 'other')).toEqual(read);
    expect(await scene({}, { middle: { isOld: true } }).gather('relocate', 'lowest', 'other')).toEqual(
      [...read, 'middle'].toSorted(),
    );
    expect(await scene({}, { one: { isOld: true } }).gather('relocate', 'other', 'lowest')).toEqual(read);
  });

  it('in a ring nobody is read twice', async () => {
    const isOld = { top: { isOld: true }, middle: { isOld: true }, one: { isOld: true }, low: { isOld: true } };
    expect(await scene({ top: 'lowest' }, isOld).gather('relocate', 'lowest')).toEqual([
      'low',
      'lowest',
      'middle',
      'one',
      'top',
    ]);
  });

  describe('what only one server has', () => {
    const errant = ['gtid-errant-inject-empty', 'gtid-errant-reset-master'] as const;

    /** The order of all readings; somebody else reads `one` while a source is read, so often. */
    async function readLast(kind: OperationKind, instance: string, readingsOfOthers = 0, isSilent = false) {
      const { deps } = scene({}, isSilent ? { top: { isSilent }, middle: { isSilent } } : {});
      const read: string[] = [];
      let left = readingsOfOthers;
      let one = server('one', 'middle');
      await readSourceLast(
        { kind, instance: key(instance), destination: null },
        {
          ...deps,
          recordOf: (of) => (of.hostname === 'one' ? recordOf(one) : deps.recordOf(of)),
          async readNow({ hostname }) {
            read.push(hostname);
            left -= 1;
            if (left >= 0) one = { ...one };
            return !isSilent;
          },
        },
      );
      return read;
    }

    it.each(errant)('%s: is told by its source, read again when somebody read the server meanwhile', async (kind) => {
      expect(await readLast(kind, 'one')).toEqual(['middle']);
      expect(await readLast(kind, 'one', 2)).toEqual(['middle', 'middle', 'middle']);
    });

    it.each([
      ['graceful-master-takeover-auto', 'middle', 'middle'],
      ['regroup-replicas', 'middle', 'middle'],
      ['take-siblings', 'one', 'middle'],
      ['make-local-master', 'one', 'middle'],
    ] as const)('%s of %s: is told by %s, for all replicas', async (kind, instance, source) => {
      expect(await readLast(kind, instance)).toEqual([source]);
      expect(await readLast(kind, instance, 1)).toEqual([source, source]);
    });

    it('it ends, whoever reads the server all the time', async () => {
      expect(await readLast('gtid-errant-reset-master', 'one', Number.POSITIVE_INFINITY)).toHaveLength(5);
    });

    it('nobody waits twice for a source that is silent, nor does it matter for other operations', async () => {
      expect(await readLast('gtid-errant-reset-master', 'one', 0, true)).toEqual(['middle']);
      expect(await readLast('regroup-replicas', 'middle', 0, true)).toEqual([]);
      expect(await readLast('relocate', 'one')).toEqual([]);
      expect(await readLast('make-master', 'top')).toEqual([]);
    });
  });

  it('replicas and siblings are read for operations that are about them', async () => {
    expect(await scene().gather('relocate-replicas', 'middle', 'other')).toEqual([
      'middle',
      'one',
      'other',
      'top',
      'two',
    ]);
    expect(await scene().gather('take-siblings', 'one')).toEqual(['low', 'middle', 'one', 'top', 'two']);
    expect(await scene().gather('flush-binary-logs', 'middle')).toEqual(['middle', 'top']);
  });

  it('a takeover does not wait for a replica that is downtimed and silent; any other is read', async () => {
    const isSetAside = { isDowntimed: true, isSilent: true };
    const read = (kind: OperationKind, one: Standing) => scene({}, { one }).gather(kind, 'middle', 'two');
    expect(await read('graceful-master-takeover-auto', isSetAside)).not.toContain('one');
    expect(await read('graceful-master-takeover-auto', { isDowntimed: true })).toContain('one');
    expect(await read('graceful-master-takeover-auto', { isSilent: true })).toContain('one');
    expect(await read('relocate-replicas', isSetAside)).toContain('one');
    // The person named it.
    expect(await scene({}, { one: isSetAside }).gather('graceful-master-takeover', 'middle', 'one')).toContain('one');
  });

  it('the mark of a detached replica is no address to be read', async () => {
    expect(await scene({ one: '//middle' }).gather('reattach-replica', 'one')).not.toContain('//middle');
  });
});
