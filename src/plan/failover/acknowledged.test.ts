import { describe, expect, it } from 'vitest';
import type { SemiSyncStatus } from '../../model/instance.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { familyInput, type InventedReplica } from '../testing/family.ts';
import { awaitsAcknowledger } from './acknowledged.ts';
import type { FailoverInput } from './input.ts';
import { planFailover } from './plan-failover.ts';

const PRIMARY_SEEN_AT_MS = 1_000_000;

/** The primary as it last answered, and per replica how long before that it was last heard, in seconds; null: it answers now. */
interface Story {
  readonly primary?: Partial<SemiSyncStatus>;
  readonly replicas: Readonly<Record<string, number | null>>;
  readonly withoutSemiSync?: readonly string[];
}

function inputOf({ primary = {}, replicas, withoutSemiSync = [] }: Story): FailoverInput {
  const said = Object.fromEntries(
    Object.entries(replicas).map(([name, silent]): [string, InventedReplica] => [name, { isAbsent: silent !== null }]),
  );
  const input = familyInput('9.7', said);
  const withStatus = (record: ServerRecord): ServerRecord => {
    const { instance } = record;
    if (instance === null) return record;
    const isPrimary = formatKey(record.key) === formatKey(input.failed);
    const silent = replicas[record.key.hostname] ?? 0;
    const semiSync: SemiSyncStatus = isPrimary
      ? {
          ...instance.semiSync,
          available: true,
          sourceEnabled: true,
          sourceActive: true,
          waitForReplicaCount: 1,
          connectedReplicas: Object.keys(replicas).length,
          ...primary,
        }
      : { ...instance.semiSync, available: true, replicaEnabled: !withoutSemiSync.includes(record.key.hostname) };
    return {
      ...record,
      instance: { ...instance, semiSync },
      check: { ...record.check, lastSeenAtMs: PRIMARY_SEEN_AT_MS - silent * 1_000 },
    };
  };
  return { ...input, records: input.records.map(withStatus) };
}

const isHeldBack = (story: Story): boolean => {
  const plan = planFailover(inputOf(story));
  return plan.kind === 'refusal' && awaitsAcknowledger(plan);
};

describe('a replica that does not answer may alone hold what clients were told is committed', () => {
  it.each<[string, Story, boolean]>([
    ['all replicas answer', { replicas: { a: null, b: null } }, false],
    ['one died with the primary', { replicas: { a: null, b: 0 } }, true],
    [
      'one died with the primary, which had counted before that one had connected',
      { primary: { connectedReplicas: 1 }, replicas: { a: null, b: 0 } },
      true,
    ],
    [
      'one is long gone, as the primary had noticed',
      { primary: { connectedReplicas: 1 }, replicas: { a: null, b: 16 } },
      false,
    ],
    [
      'one is long gone for us, and was connected to the primary',
      { primary: { connectedReplicas: 2 }, replicas: { a: null, b: 16 } },
      true,
    ],
    [
      'two acknowledgements were waited for, and one died',
      { primary: { waitForReplicaCount: 2 }, replicas: { a: null, b: null, c: 0 } },
      false,
    ],
    [
      'two acknowledgements were waited for, and two died',
      { primary: { waitForReplicaCount: 2 }, replicas: { a: null, b: 0, c: 0 } },
      true,
    ],
    ['the one that died does not acknowledge', { replicas: { a: null, b: 0 }, withoutSemiSync: ['b'] }, false],
    ['the primary did not wait', { primary: { sourceEnabled: false }, replicas: { a: null, b: 0 } }, false],
    [
      'the primary had given up waiting before one was gone for long',
      { primary: { sourceActive: false, connectedReplicas: 2 }, replicas: { a: null, b: 16 } },
      false,
    ],
    [
      'the primary had given up waiting when it was last read in full, and waited again since for all we know',
      { primary: { sourceActive: false }, replicas: { a: null, b: 0 } },
      true,
    ],
  ])('%s', (_case, story, expected) => {
    expect(isHeldBack(story)).toBe(expected);
  });

  it('a person who names the successor passes', () => {
    const input = inputOf({ replicas: { a: null, b: 0 } });
    const chosen = input.records.find(({ key }) => key.hostname === 'a');
    expect(planFailover({ ...input, explicitCandidate: chosen?.key ?? null }).kind).toBe('plan');
  });
});
