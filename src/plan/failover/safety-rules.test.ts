import { describe, expect, it } from 'vitest';
import { parseKey } from '../../model/instance-key.ts';
import { replicationOf, uuidOf } from '../../model/testing/instances.ts';
import {
  familyInput,
  type InventedFlavour,
  PRIMARY,
  planFamily,
  planned,
  stageNames,
  stepsOf,
  wordsOf,
} from '../testing/family.ts';
import { planFailover } from './plan-failover.ts';

const FLAVOURS: readonly InventedFlavour[] = ['9.7', '5.6', 'mariadb'];
const key = (name: string) => parseKey(`${name}:3306`, 3306);
const successorOf = (plan: ReturnType<typeof planFamily>): string => planned(plan).successor.hostname;

describe.each(FLAVOURS)('rank (%s)', (flavour) => {
  it('goes by what was received, not by what is executed', () => {
    const plan = planFamily(flavour, { a: { received: 10, executed: 10 }, b: { received: 20, executed: 5 } });
    expect(successorOf(plan)).toBe('b');
  });

  it('goes by received and executed together: what is executed need not be in the relay log any more', () => {
    const executedMore = { received: 5, executed: 20 };
    expect(successorOf(planFamily(flavour, { a: { received: 10 }, b: executedMore }))).toBe('b');
  });

  it('asks for an operator when two servers each have what the other lacks, and lists the differences', () => {
    const plan = planFamily(flavour, {
      a: { received: 10, hasOwn: true },
      b: { received: flavour === 'mariadb' ? 11 : 20 },
    });
    expect(plan).toMatchObject({ kind: 'refusal', reason: expect.stringMatching(/diverged.*lacks.*lacks/s) });
  });

  it('lets an operator settle a divergence by naming one', () => {
    const replicas = { a: { received: 10, hasOwn: true }, b: { received: flavour === 'mariadb' ? 11 : 20 } };
    expect(successorOf(planFamily(flavour, replicas, { explicitCandidate: key('a') }))).toBe('a');
  });

  it('never gives up what the most advanced has received: a preferred one catches up from it before it is promoted', () => {
    const plan = planFamily(flavour, { a: { received: 10, rule: 'prefer' }, b: { received: 20 } });
    expect(successorOf(plan)).toBe('a');
    expect(stageNames(plan)).toEqual(['catch-up', 'promote', 'repoint']);
    const wait = stepsOf(plan, 'catch-up').find(({ ensures }) => ensures?.kind === 'has-executed');
    expect(wait?.ensures).toEqual({
      kind: 'has-executed',
      gtid: flavour === 'mariadb' ? '0-1-20' : `${uuidOf(1)}:1-20`,
    });
  });

  it('refuses when the most advanced cannot be drained and nobody else has what it has, naming both sets', () => {
    const excluded = [{ key: key('b'), reason: 'its applier did not finish in time' }];
    const plan = planFamily(flavour, { a: { received: 10 }, b: { received: 20, executed: 5 } }, { excluded });
    expect(plan).toMatchObject({ kind: 'refusal', reason: expect.stringMatching(/a:3306 lacks .*20/) });
  });

  it('goes to the next candidate that has received as much when a drain ran out', () => {
    const excluded = [{ key: key('b'), reason: 'its applier did not finish in time' }];
    const replicas = { a: { received: 20, executed: 6 }, b: { received: 20, executed: 5 } };
    expect(successorOf(planFamily(flavour, replicas, { excluded }))).toBe('a');
  });
});

describe('an incomplete last transaction (5.6 lists it as received)', () => {
  it('does not count for the rank once the applier has read all', () => {
    const partial = { received: 11, executed: 10, isReadAll: true };
    const plan = planFamily('5.6', { a: { received: 11 }, b: partial });
    expect(successorOf(plan)).toBe('a');
    expect(successorOf(planFamily('5.6', { a: { ...partial }, b: { received: 10, executed: 10 } }))).toBe('a');
  });

  it('does not stop the drain either', () => {
    expect(stageNames(planFamily('5.6', { a: { received: 11, executed: 10, isReadAll: true } }))).toEqual(['promote']);
  });
});

describe.each(FLAVOURS)('drain (%s)', (flavour) => {
  it('comes before the successor forgets its source', () => {
    const plan = planFamily(flavour, { a: { received: 20, executed: 5 }, b: { received: 10 } });
    expect(stageNames(plan)).toEqual(['drain', 'promote', 'repoint']);
    expect(wordsOf(stepsOf(plan, 'drain'))).toEqual(['wait drained']);
    expect(stepsOf(plan, 'drain')[0]?.deadlineMs).toBe(60_000);
  });

  it('starts an applier that a person had stopped, and the applier only', () => {
    const plan = planFamily(flavour, { a: { received: 20, executed: 5, applier: 'stopped' } });
    const words = wordsOf(stepsOf(plan, 'drain'));
    if (flavour !== 'mariadb') return expect(words).toEqual(['start-applier', 'wait drained']);
    // By GTID both threads rest then, and the start of either would throw the relay log away: it is kept by its place.
    expect(words.slice(0, 4)).toEqual(['use-relay-log', 'start-applier', 'wait has-executed', 'wait has-read-all']);
    expect(words.slice(-3)).toEqual(['use-relay-log', 'start-applier', 'wait drained']);
  });

  it('is tested again in the moment of forgetting, by the set', () => {
    const plan = planFamily(flavour, { a: { received: 20 } });
    const forget = stepsOf(plan, 'promote').find(({ id }) => id.endsWith('forget-source'));
    expect(forget?.requires).toEqual({
      kind: 'has-executed',
      gtid: flavour === 'mariadb' ? '0-1-20' : `${uuidOf(1)}:1-20`,
    });
    expect(forget?.isDestructive).toBe(true);
  });

  it('is refused at once by FailMasterPromotionIfSQLThreadNotUpToDate', () => {
    const settings = { failIfApplierNotUpToDate: true };
    expect(planFamily(flavour, { a: { received: 20, executed: 5 } }, { settings })).toMatchObject({
      kind: 'refusal',
      reason: expect.stringContaining('FailMasterPromotionIfSQLThreadNotUpToDate'),
    });
    expect(planFamily(flavour, { a: { received: 20 } }, { settings }).kind).toBe('plan');
  });
});

describe.each(FLAVOURS)('silence (%s)', (flavour) => {
  it('stops every receiver, and no applier, before anything else', () => {
    const plan = planFamily(flavour, { a: { receiver: 'connecting' }, b: { receiver: 'running' } });
    expect(stageNames(plan)[0]).toBe('silence');
    expect(wordsOf(stepsOf(plan, 'silence'))).toEqual(['stop-receiver', 'stop-receiver']);
  });

  it('is not tried for ever on a receiver that would not stop', () => {
    const excluded = [{ key: key('b'), reason: 'its receiver could not be stopped' }];
    const plan = planFamily(flavour, { a: {}, b: { receiver: 'connecting' } }, { excluded });
    expect(stepsOf(plan, 'silence')).toEqual([]);
    expect(wordsOf(stepsOf(plan, 'repoint', 'b'))[0]).toBe('stop-receiver');
  });

  it('leaves alone who follows the successor already', () => {
    const replicas = { a: {}, b: { source: 'a:3306', receiver: 'running' as const } };
    const plan = planFamily(flavour, replicas, { committedSuccessor: key('a') });
    expect(stepsOf(plan, 'silence')).toEqual([]);
    expect(stepsOf(plan, 'repoint')).toEqual([]);
  });
});

describe('who may be promoted is settled before anything is re-pointed', () => {
  const first = (plan: ReturnType<typeof planFamily>) =>
    plan.kind === 'refusal' ? plan.objections.map(({ rule }) => rule) : successorOf(plan);
  const far = { a: { dataCenter: 'far' } };

  it('other data centre: PreventCrossDataCenterMasterFailover', () => {
    const settings = { preventCrossDataCenter: true };
    expect(first(planFamily('9.7', far, { settings }))).toEqual(['cross-data-center']);
    expect(first(planFamily('9.7', { ...far, b: {} }, { settings }))).toBe('b');
  });

  it('other region: PreventCrossRegionMasterFailover', () => {
    const settings = { preventCrossRegion: true };
    expect(first(planFamily('9.7', { a: { region: 'us' } }, { settings }))).toEqual(['cross-region']);
  });

  it('lag: FailMasterPromotionOnLagMinutes', () => {
    const settings = { failPromotionOnLagMinutes: 1 };
    expect(first(planFamily('9.7', { a: { lagSeconds: 90 } }, { settings }))).toEqual(['lag']);
  });

  it('must_not, PromotionIgnoreHostnameFilters, no binary log, no replica updates, broken applier', () => {
    const isPromotionIgnored = ({ hostname }: { hostname: string }) => hostname === 'b';
    const plan = planFamily(
      '9.7',
      {
        a: { rule: 'must_not' },
        b: {},
        c: { changes: { binlogEnabled: false } },
        d: { changes: { logsReplicaUpdates: false } },
        e: { applier: 'broken', executed: 5 },
      },
      { settings: { isPromotionIgnored } } as never,
    );
    expect(first(plan)).toEqual(['must-not', 'promotion-ignored', 'no-binlog', 'no-replica-updates', 'applier-error']);
  });
});

describe('the rule among equals', () => {
  const rule = (a: 'must' | 'prefer' | 'neutral' | 'prefer_not', b: 'must' | 'prefer' | 'neutral' | 'prefer_not') =>
    successorOf(planFamily('9.7', { a: { rule: a }, b: { rule: b } }));

  it('is must, prefer, neutral, prefer_not', () => {
    expect(rule('prefer', 'must')).toBe('b');
    expect(rule('neutral', 'prefer')).toBe('b');
    expect(rule('prefer_not', 'neutral')).toBe('b');
    expect(rule('neutral', 'neutral')).toBe('a');
  });

  it('takes a reluctant one rather than none', () => {
    expect(successorOf(planFamily('9.7', { a: { rule: 'prefer_not' } }))).toBe('a');
  });

  it('takes a neutral one rather than a reluctant one that has received more, which passes it on first', () => {
    const plan = planFamily('9.7', { a: { received: 20, rule: 'prefer_not' }, b: { received: 10 } });
    expect(successorOf(plan)).toBe('b');
    expect(stageNames(plan)).toContain('catch-up');
  });
});

describe('re-pointing', () => {
  it('MySQL 5.7 and later: the receiver only, the applier is never stopped', () => {
    const plan = planFamily('9.7', { a: {}, b: { executed: 5, received: 10 } });
    expect(wordsOf(stepsOf(plan, 'repoint', 'b'))).toEqual(['change-source', 'start-receiver']);
    expect(stepsOf(plan, 'repoint', 'b')[0]?.action).toMatchObject({ command: { receiverOnly: true } });
  });

  it('MySQL 5.7 and later: beside a running applier, or the relay log is thrown away', () => {
    const plan = planFamily('9.7', { a: {}, b: { executed: 5, received: 10, applier: 'stopped' } });
    const steps = stepsOf(plan, 'repoint', 'b');
    expect(wordsOf(steps)).toEqual(['start-applier', 'change-source', 'start-receiver']);
    expect(steps[0]?.ensures).toEqual({ kind: 'applier-running' });
  });

  it('MySQL 5.7 and later: an applier that had broken must prove itself first', () => {
    const plan = planFamily('9.7', { a: {}, b: { executed: 5, received: 10, applier: 'broken' } });
    expect(wordsOf(stepsOf(plan, 'repoint', 'b')).slice(0, 3)).toEqual([
      'start-applier',
      'wait drained',
      'start-applier',
    ]);
  });

  it.each<InventedFlavour>(['5.6', 'mariadb'])(
    '%s: drained first, always; then both stopped, and the applier started alone before the receiver',
    (flavour) => {
      const plan = planFamily(flavour, { a: {}, b: { executed: 5, received: 10 } });
      const steps = stepsOf(plan, 'repoint', 'b');
      expect(wordsOf(steps)).toEqual([
        'wait drained',
        'stop-applier',
        'change-source',
        'start-applier',
        'start-receiver',
      ]);
      expect(steps.find(({ id }) => id.endsWith('stop-applier'))?.requires).toEqual({ kind: 'drained' });
      expect(steps.find(({ id }) => id.endsWith('start-applier'))?.ensures).toEqual({ kind: 'applier-running' });
    },
  );

  it.each(FLAVOURS)('%s: a receiver that a person had stopped is moved, not started', (flavour) => {
    const plan = planFamily(flavour, { a: {}, b: {} }, { silenced: new Set(['a:3306']) });
    expect(wordsOf(stepsOf(plan, 'repoint', 'b'))).not.toContain('start-receiver');
    expect(wordsOf(stepsOf(plan, 'repoint', 'b'))).toContain('change-source');
  });

  it('one by file and position is left as it is: without a place in the new log it would begin anew', () => {
    const plan = planFamily(
      '9.7',
      {
        a: { changes: { replication: null, isReadOnly: false, isSuperReadOnly: false } },
        b: {},
        c: { changes: { replication: replicationOf(PRIMARY, { positioning: 'coordinates' }) } },
      },
      { committedSuccessor: { hostname: 'a', port: 3306 } },
    );
    expect(stepsOf(plan, 'repoint', 'b')).not.toEqual([]);
    expect(stepsOf(plan, 'repoint', 'c')).toEqual([]);
    expect(JSON.stringify(plan)).toContain('c:3306 replicates by file and position');
  });

  it('one that cannot follow does not hold up the others', () => {
    const lanes = planned(planFamily('9.7', { a: {}, b: {}, c: {} })).stages.at(-1)?.lanes;
    expect(lanes?.map(({ isRequired }) => isRequired)).toEqual([false, false]);
  });

  it('those that do not answer are reported', () => {
    expect(planned(planFamily('9.7', { a: {}, b: { isAbsent: true } })).absent).toEqual([key('b')]);
  });
});

describe('a replica that turns up late with what the new primary lacks', () => {
  const promoted = (upTo: number) => ({ received: upTo, changes: { replication: null, isReadOnly: false } });

  it.each(FLAVOURS)('%s: is not made to follow it, and is named', (flavour) => {
    const replicas = { a: promoted(10), b: { received: 12 }, c: { received: 9 } };
    const plan = planned(planFamily(flavour, replicas, { committedSuccessor: key('a') }));
    expect(plan.unfit).toMatchObject([{ subject: 'b:3306', rule: 'has-more' }]);
    expect(plan.unfit[0]?.explanation).toMatch(/12/);
    expect(stepsOf(plan, 'repoint', 'b')).toEqual([]);
    expect(stepsOf(plan, 'repoint', 'c')).not.toEqual([]);
  });

  it('5.6: but half a transaction, which never becomes whole, does not count', () => {
    const replicas = { a: promoted(10), b: { received: 11, executed: 5, isReadAll: false } };
    const plan = planned(planFamily('5.6', replicas, { committedSuccessor: key('a') }));
    expect(plan.unfit).toEqual([]);
    expect(stepsOf(plan, 'repoint', 'b')).not.toEqual([]);
  });
});

describe('planning again after our own death gives just the rest', () => {
  it.each(FLAVOURS)('%s: a successor that has caught up from a donor is still one of the family', (flavour) => {
    const plan = planFamily(flavour, { a: { received: 20, source: 'b:3306', rule: 'prefer' }, b: { received: 20 } });
    expect(successorOf(plan)).toBe('a');
    expect(stageNames(plan)).toEqual(['promote', 'repoint']);
  });

  it('a server that was never a replica of the failed primary is none of the family', () => {
    const input = familyInput('9.7', { a: {}, b: { source: 'a:3306' } }, { family: new Set(['a:3306']) });
    const plan = planned(planFailover(input));
    expect(plan.stages.flatMap(({ lanes }) => lanes).map(({ server }) => server.hostname)).not.toContain('b');
  });

  it.each(FLAVOURS)('%s: a committed successor stays the successor, though another looks better', (flavour) => {
    const replicas = { a: { rule: 'prefer_not' as const }, b: { rule: 'must' as const } };
    expect(successorOf(planFamily(flavour, replicas, { committedSuccessor: key('a') }))).toBe('a');
  });

  it('a committed successor that does not answer is not replaced by another: it may take writes already', () => {
    const replicas = { a: { isAbsent: true }, b: {} };
    expect(planFamily('9.7', replicas, { committedSuccessor: key('a') })).toMatchObject({ kind: 'refusal' });
  });

  it('a successor that has forgotten its source needs only to be opened', () => {
    const plan = planFamily('9.7', { a: { changes: { replication: null } } }, { committedSuccessor: key('a') });
    expect(wordsOf(stepsOf(plan, 'promote'))).toEqual(['set-read-only']);
  });

  it.each<[InventedFlavour, readonly string[]]>([
    ['9.7', ['start-receiver']],
    ['mariadb', ['start-applier', 'start-receiver']],
  ])('%s: a sibling whose address was changed and that was not started is started', (flavour, words) => {
    const applier = flavour === '9.7' ? 'running' : 'stopped';
    const replicas = { a: { changes: { replication: null } }, b: { source: 'a:3306', applier } } as const;
    const plan = planFamily(flavour, replicas, { committedSuccessor: key('a') });
    expect(wordsOf(stepsOf(plan, 'repoint', 'b'))).toEqual(words);
  });
});

describe.each(FLAVOURS)('point of no return (%s)', (flavour) => {
  it('is the first destructive step: everything before can be taken back', () => {
    const plan = planned(planFamily(flavour, { a: { receiver: 'running', executed: 5 }, b: { receiver: 'running' } }));
    const destructive = plan.stages.flatMap(({ name, lanes }) =>
      lanes.flatMap(({ steps }) => steps.filter(({ isDestructive }) => isDestructive).map(() => name)),
    );
    expect(new Set(destructive)).toEqual(new Set(['promote']));
  });

  it('opens the successor last, and sees first whether the account may', () => {
    expect(wordsOf(stepsOf(planFamily(flavour, { a: {} }), 'promote'))).toEqual([
      'keep-read-only',
      'stop-applier',
      'forget-source',
      'set-read-only',
    ]);
  });
});
