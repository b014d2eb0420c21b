import { describe, expect, it } from 'vitest';
import type { Instance } from '../../../model/instance.ts';
import { formatKey, type InstanceKey, parseKey } from '../../../model/instance-key.ts';
import type { Intent, ServerRecord } from '../../../model/server-record.ts';
import { instanceOf, recordOf, replicationOf } from '../../../model/testing/instances.ts';
import { chooseHomes, type HomesInput, sourceAbove } from './homes.ts';

const name = (letter: string): string => `${letter}:3306`;
const key = (letter: string): InstanceKey => parseKey(name(letter), 3306);

interface Said {
  readonly source: string | null;
  readonly dataCenter?: string;
  readonly region?: string;
  readonly instance?: Partial<Instance>;
  readonly intent?: Partial<Intent>;
}

function recordOfSaid(
  letter: string,
  { source, dataCenter = 'here', region = 'r', instance, intent }: Said,
): ServerRecord {
  const plain = instanceOf(name(letter), {
    isReadOnly: source !== null,
    ...(source === null ? {} : { replication: replicationOf(name(source)) }),
  });
  const classification = { ...plain.classification, dataCenter, region };
  const record = recordOf({ ...plain, classification, ...instance });
  return { ...record, intent: { ...record.intent, ...intent } };
}

/** p is the primary, f the failed one below it with replicas x and y; s is a sibling of f. `said` adds to or changes these. */
function scene(said: Readonly<Record<string, Said>> = {}, changes: Partial<HomesInput> = {}): HomesInput {
  const all: Readonly<Record<string, Said>> = {
    p: { source: null },
    f: { source: 'p' },
    s: { source: 'p' },
    x: { source: 'f' },
    y: { source: 'f' },
    ...said,
  };
  const records = Object.entries(all).map(([letter, one]) => recordOfSaid(letter, one));
  const failed = records.find((record) => formatKey(record.key) === name('f'));
  if (failed === undefined) throw new Error('f is missing');
  const fresh = new Set(
    Object.keys(all)
      .filter((letter) => letter !== 'f')
      .map(name),
  );
  const settings = { preventCrossDataCenter: false, preventCrossRegion: false, isPromotionIgnored: () => false };
  const members = records.map((record) => record.key);
  return { failed, records, members, fresh, successors: new Map(), settings, ...changes };
}

/** `A s`, `B`, `D p`: plan and home of each attempt. */
const attempts = (input: HomesInput): readonly string[] =>
  chooseHomes(input).attempts.map(({ plan, home }) => (home === null ? plan : `${plan} ${home.hostname}`));

const CROSSING = {
  settings: { preventCrossDataCenter: true, preventCrossRegion: false, isPromotionIgnored: () => false },
};

describe('homes for the replicas of a dead intermediate source', () => {
  it('are tried in the order of the plans: a sibling near it, one of themselves, the source above', () => {
    expect(attempts(scene())).toEqual(['A s', 'B', 'D p']);
  });

  it('a sibling in another data centre comes after one of themselves', () => {
    expect(attempts(scene({ s: { source: 'p', dataCenter: 'there' } }))).toEqual(['B', 'C s', 'D p']);
  });

  it('several siblings are tried one after another, delayed ones last', () => {
    const delayed = (seconds: number): Partial<Instance> => ({
      replication: replicationOf(name('p'), { delaySeconds: seconds }),
    });
    const many = scene({
      s: { source: 'p', instance: delayed(3_600), intent: { isCandidate: true } },
      t: { source: 'p' },
      u: { source: 'p', dataCenter: 'there' },
      v: { source: 'p', dataCenter: 'there' },
    });
    expect(attempts(many)).toEqual(['A t', 'A s', 'B', 'C u', 'C v', 'D p']);
  });

  it('one replica alone is not regrouped, and one that does not answer is not counted', () => {
    const input = scene();
    const fresh = new Set([...input.fresh].filter((one) => one !== name('y')));
    expect(attempts({ ...input, fresh })).toEqual(['A s', 'D p']);
  });

  it.each<[string, Partial<Said>, string]>([
    ['no binary log', { instance: { binlogEnabled: false } }, 'no-binary-log'],
    ['no replica updates', { instance: { logsReplicaUpdates: false } }, 'no-replica-updates'],
    ['not replicating', { instance: { replication: stopped() } }, 'not-replicating'],
    ['must_not', { intent: { promotionRule: 'must_not' } }, 'must-not'],
    ['in maintenance', { intent: { inMaintenance: true } }, 'out-of-service'],
    ['filters', { instance: { replication: replicationOf(name('p'), { hasFilters: true }) } }, 'filters'],
    ['a binlog server', { instance: { isBinlogServer: true } }, 'binlog-server'],
    ['behind by coordinates', { instance: { replication: behind('coordinates') } }, 'behind'],
  ])('a sibling with %s is refused by its rule', (_what, said, rule) => {
    const homes = chooseHomes(scene({ s: { source: 'p', ...said } }));
    expect(homes.objections).toMatchObject([{ subject: name('s'), rule }]);
    expect(homes.attempts.map(({ plan }) => plan)).toEqual(['B', 'D']);
  });

  it('a sibling that is behind catches up where places are found by GTID', () => {
    expect(attempts(scene({ s: { source: 'p', instance: { replication: behind('oracle-auto') } } }))[0]).toBe('A s');
  });

  it('a sibling that does not answer, or is ignored by configuration, is refused', () => {
    const input = scene();
    const fresh = new Set([...input.fresh].filter((one) => one !== name('s')));
    expect(chooseHomes({ ...input, fresh }).objections).toMatchObject([{ rule: 'not-valid' }]);
    const settings = { ...input.settings, isPromotionIgnored: ({ hostname }: InstanceKey) => hostname === 's' };
    expect(chooseHomes({ ...input, settings }).objections).toMatchObject([{ rule: 'ignored' }]);
  });

  it('of several siblings a candidate is preferred, then who stands where the dead one stood, then who has most replicas', () => {
    const many = { t: { source: 'p' }, u: { source: 't' } };
    expect(attempts(scene(many))[0]).toBe('A t');
    const preferred = { ...many, s: { source: 'p', intent: { isCandidate: true } } };
    expect(attempts(scene(preferred))[0]).toBe('A s');
  });

  it('nobody elsewhere is tried where crossing is prevented', () => {
    const input = scene({ s: { source: 'p', dataCenter: 'there' } }, CROSSING);
    expect(attempts(input)).toEqual(['B', 'D p']);
    expect(chooseHomes(input).objections).toMatchObject([{ subject: name('s'), rule: 'elsewhere' }]);
  });

  it('above a dead source the next that answers is taken, and for a deposed one whoever replaced it', () => {
    const tree = scene({ g: { source: null }, p: { source: 'g' } });
    const fresh = new Set([...tree.fresh].filter((one) => one !== name('p')));
    expect(sourceAbove({ ...tree, fresh })?.key.hostname).toBe('g');
    const replaced = scene({ n: { source: null } }, { successors: new Map([[name('p'), key('n')]]) });
    expect(sourceAbove(replaced)?.key.hostname).toBe('n');
  });

  it('the primary is above one that nobody remembers anything of', () => {
    const input = scene();
    expect(attempts({ ...input, failed: { ...input.failed, instance: null } })).toEqual(['B', 'D p']);
  });

  it('a ring above has no end to go to', () => {
    const ring = scene({ p: { source: 'f' } });
    expect(sourceAbove({ ...ring, fresh: new Set() })).toBeNull();
  });
});

function stopped() {
  return replicationOf(name('p'), { receiver: { state: 'stopped', errorNumber: 0, errorText: '' } });
}

function behind(positioning: 'coordinates' | 'oracle-auto') {
  const executedCoordinates = { kind: 'binlog', file: 'bin.000001', position: 50 } as const;
  return replicationOf(name('p'), { positioning, executedCoordinates });
}
