import { describe, expect, it } from 'vitest';
import {
  type Asked,
  allSteps,
  edgesOf,
  type Kind,
  KNOWN,
  keyOf,
  nameOf,
  planned,
  portsOf,
  refused,
  rulesOf,
  type Said,
  storyOf,
  tree,
} from '../testing/ask.ts';

const OPEN: Said = { readOnly: false };
const SEMI = { available: true, replicaEnabled: true, replicaActive: true };

const four = (kind: Kind = 'gtid', said: Readonly<Record<number, Said>> = {}) =>
  tree(kind, { 1: 0, 2: 1, 3: 1, 4: 1 }, { ...said, 1: { ...OPEN, ...said[1] } });
const auto = (records = four(), asked: Asked = {}) =>
  planned('graceful-master-takeover-auto', 1, records, { ...KNOWN, ...asked });
const plain = (records = four(), asked: Asked = {}) =>
  planned('graceful-master-takeover', 1, records, { ...KNOWN, to: 2, ...asked });
const refusedAuto = (records = four(), asked: Asked = {}) =>
  refused('graceful-master-takeover-auto', 1, records, { ...KNOWN, ...asked });

describe('the order of a takeover', () => {
  it('siblings gather, the primary is closed, the successor has all and takes writes, and the former primary follows', () => {
    const plan = auto(four(), { to: 2 });
    expect(plan.stages.map(({ name }) => name)).toEqual([
      'gather',
      'look',
      'approach',
      'close',
      'catch-up',
      'promote',
      'forget',
      'send-away',
      'follow',
    ]);
    expect(edgesOf(plan)).toBe('1<2 2<0 3<2 4<2');
    expect(portsOf(plan.locks)).toEqual([1, 2, 3, 4]);
    expect(plan.subject).toEqual(keyOf(2));
  });

  it('only what comes before the successor takes writes is required, and has a way back where it changes something', () => {
    const plan = auto(four('mariadb'), { to: 2 });
    const last = plan.stages.findIndex(({ name }) => name === 'promote');
    for (const [index, { lanes }] of plan.stages.entries())
      if (index > last) expect(lanes.map(({ isRequired }) => isRequired)).not.toContain(true);
    expect(allSteps(plan).filter((step) => step.isPointOfNoReturn)).toHaveLength(1);
    const open = allSteps(plan).find((step) => step.isPointOfNoReturn);
    expect(open?.undo.map(({ server }) => server.port)).toEqual([2, 2, 1]);
    // A former primary is never opened again by what fails later.
    const later = plan.stages.slice(last + 1).flatMap(({ lanes }) => lanes);
    const undone = later
      .filter(({ server }) => server.port <= 2)
      .flatMap(({ steps }) => steps.flatMap(({ undo }) => undo));
    expect(undone).toEqual([]);
  });

  it('a place that is noted for hooks only holds up nothing of what comes after', () => {
    const promote = auto(four(), { to: 2 }).stages.find(({ name }) => name === 'promote');
    expect(promote?.lanes.map(({ isRequired, isAside }) => [isRequired, isAside])).toEqual([
      [true, undefined],
      [false, true],
    ]);
  });

  it('MariaDB: a read lock is held until the successor takes writes, and the former primary goes on behind its own log', () => {
    const story = storyOf(auto(four('mariadb', { 1: { instance: { isSuperReadOnly: null } } }), { to: 2 }));
    expect(story.filter((line) => /^(close|catch-up|promote|forget|send-away|follow)/.test(line))).toEqual([
      'close 1: set-read-only, hold-read-lock, note complete-gtid',
      'close 1: kill-client-sessions',
      'catch-up 2: wait has-executed',
      'promote 1: hold-read-lock, note complete-gtid',
      'promote 2: wait has-executed, set-read-only',
      'promote? 2: note own',
      'forget? 2: stop-receiver, stop-applier, forget-source',
      'send-away? 1: kill-client-sessions',
      'follow? 1: set-read-only, release-read-lock, set-replica-position at noted, change-source, start-applier, start-receiver',
    ]);
  });

  it('clients are driven out at once only where they keep the primary open, and sent away when the successor is', () => {
    const ends = (kind: 'gtid' | 'mariadb') =>
      allSteps(auto(four(kind, kind === 'mariadb' ? { 1: { instance: { isSuperReadOnly: null } } } : {}), { to: 2 }))
        .filter(({ action }) => action.kind === 'command' && action.command.kind === 'kill-client-sessions')
        .map(({ id, unlessDone }) => [id.split(' ')[0], unlessDone?.step.split(' ')[2] ?? null]);
    // It is given a moment to close by itself.
    expect(ends('gtid')).toEqual([
      ['close', 'set-read-only'],
      ['send-away', null],
    ]);
    // A long query would keep the read lock waiting.
    expect(ends('mariadb')).toEqual([
      ['close', 'hold-read-lock'],
      ['send-away', null],
    ]);
  });

  it('without "auto" the former primary is configured and not started', () => {
    expect(storyOf(plain()).at(-1)).toMatch(/^follow\? 1: .*change-source$/);
    expect(plain().effects).toContainEqual({ kind: 'replicating', server: keyOf(1), replicating: false });
  });
});

describe('who takes over', () => {
  it('the only replica, without being named', () => {
    const records = tree('gtid', { 1: 0, 2: 1 }, { 1: OPEN });
    expect(planned('graceful-master-takeover', 1, records, KNOWN).subject).toEqual(keyOf(2));
  });

  it('auto: by promotion rule, then by data center, then by lag', () => {
    expect(auto(four('gtid', { 2: { promotionRule: 'prefer_not' }, 4: { promotionRule: 'prefer' } })).subject).toEqual(
      keyOf(4),
    );
    expect(auto(four('gtid', { 2: { lag: 3 }, 3: { lag: 1 }, 4: { lag: 2 } })).subject).toEqual(keyOf(3));
    expect(auto(four('gtid', { 2: { promotionRule: 'must_not' }, 3: { applier: 'stopped' } })).subject).toEqual(
      keyOf(4),
    );
  });

  it('auto: one that all siblings can follow, the older version, the one with replicas of its own', () => {
    const version = (of: string): Said => ({ version: of });
    const mixed = four('gtid', {
      1: version('8.0.36'),
      2: version('8.4.3'),
      3: version('8.0.36'),
      4: version('8.4.3'),
    });
    expect(auto(mixed).subject).toEqual(keyOf(3));
    const preferred = four('gtid', { 2: { ...version('9.7.0'), promotionRule: 'prefer' }, 3: version('8.4.3') });
    expect(auto(preferred).subject).not.toEqual(keyOf(2));
    expect(auto(tree('gtid', { 1: 0, 2: 1, 3: 1, 4: 3 }, { 1: OPEN })).subject).toEqual(keyOf(3));
  });

  it('of several, nobody is chosen without "auto"', () => {
    expect(refused('graceful-master-takeover', 1, four(), KNOWN).reason).toBe(
      `GracefulMasterTakeover: target instance not indicated, auto=false, and master ${nameOf(1)} has 3 replicas. orchestrator cannot choose where to failover to. Aborting`,
    );
  });
});

describe('what is refused', () => {
  it('a server that is no primary, has no replicas, or takes no writes', () => {
    const chain = tree('gtid', { 1: 0, 2: 1, 3: 2 }, { 1: OPEN });
    expect(rulesOf(refused('graceful-master-takeover', 2, chain, KNOWN))).toEqual(['2: not-a-primary']);
    expect(rulesOf(refusedAuto(tree('gtid', { 1: 0 }, { 1: OPEN })))).toEqual(['1: no-replicas']);
    expect(rulesOf(refusedAuto(four('gtid', { 1: { readOnly: true } }), { to: 2 }))).toEqual(['1: read-only']);
  });

  it.each<[string, Said]>([
    ['must-not', { promotionRule: 'must_not' }],
    ['no-replica-updates', { logsUpdates: false }],
    ['errant', { errant: 'a:1' }],
    ['lag', { lag: 100 }],
    ['applier-not-running', { applier: 'stopped' }],
  ])('a designated server that is unfit: %s', (rule, said) => {
    expect(rulesOf(refusedAuto(four('gtid', { 2: said }), { to: 2 }))).toEqual([`2: ${rule}`]);
  });

  it('one in another data center or region, where that is forbidden; "auto" chooses another', () => {
    const at = (dataCenter: string, region: string) => {
      const { classification } = four()[0]?.instance ?? { classification: null };
      if (classification === null) throw new Error('no reading');
      return { instance: { classification: { ...classification, dataCenter, region } } };
    };
    const records = four('gtid', { 1: at('a', 'eu'), 2: at('b', 'eu'), 3: at('c', 'us'), 4: at('a', 'eu') });
    const [here, thisRegion] = [{ preventCrossDataCenter: true }, { preventCrossRegion: true }];
    expect(rulesOf(refusedAuto(records, { to: 2, settings: here }))).toEqual(['2: elsewhere']);
    expect(refusedAuto(records, { to: 3, settings: thisRegion }).reason).toContain('PreventCrossRegionMasterFailover');
    expect(auto(records, { to: 2, settings: thisRegion }).subject).toEqual(keyOf(2));
    const preferred = records.map((record) =>
      record.key.port === 3 ? { ...record, intent: { ...record.intent, promotionRule: 'must' as const } } : record,
    );
    expect(auto(preferred).subject).toEqual(keyOf(3));
    expect(auto(preferred, { settings: here }).subject).toEqual(keyOf(4));
  });

  it('a designated server that is no direct replica', () => {
    const chain = tree('gtid', { 1: 0, 2: 1, 3: 2 }, { 1: OPEN });
    expect(rulesOf(refusedAuto(chain, { to: 3 }))).toEqual([`1: not-a-direct-replica`]);
  });

  it('a sibling that cannot follow, in the historic words; a downtimed one is left behind', () => {
    const said = { 4: { positioning: 'coordinates', applier: 'stopped' } } as const;
    const { reason } = refusedAuto(four('gtid', said), { to: 2 });
    expect(reason).toMatch(`Desginated instance ${nameOf(2)} cannot take over all of its siblings. Error: `);
    const left = auto(four('gtid', { 4: { ...said[4], downtimed: true } }), { to: 2 });
    expect(edgesOf(left)).toBe('1<2 2<0 3<2');
    expect(left.reasons.join()).toContain('left behind');
  });

  it('no replication account, or one that cannot log in at the successor', () => {
    expect(rulesOf(refusedAuto(four(), { to: 2, evidence: { credentials: null } }))).toEqual(['2: no-credentials']);
    const evidence = { ...KNOWN.evidence, credentialsRefusal: 'access denied' };
    const refusal = refusedAuto(four(), { to: 2, evidence });
    expect(rulesOf(refusal)).toEqual(['2: credentials-refused']);
    expect(refusal.reason).toContain('access denied');
  });
});

describe('semi-sync', () => {
  const semi = (waitForReplicaCount: number, said: Readonly<Record<number, Said>> = {}) =>
    four('gtid', {
      1: { semiSync: { available: true, sourceEnabled: true, waitForReplicaCount } },
      2: { semiSync: SEMI },
      3: { semiSync: SEMI },
      4: { semiSync: SEMI },
      ...said,
    });
  const story = (count: number) => storyOf(auto(semi(count), { to: 2 }));

  it('one acknowledgement: the designated server gives it, all others move early and stay connected', () => {
    const lines = story(1);
    expect(lines.filter((line) => line.startsWith('gather'))).toHaveLength(2);
    // A server whose commits wait for acknowledgements may not tell where its log ends.
    expect(lines).toContain('promote 2: note own, set-semi-sync');
    // They acknowledge at once; on MySQL the first commit would wait a second for those that connect anew.
    expect(lines.filter((line) => /^follow\? [34]:/.test(line))).toEqual([]);
    // Switching the source side off takes MySQL a second: whoever must acknowledge is not kept waiting for it, its applier is.
    expect(lines.at(-1)).toBe(
      'follow? 1: set-read-only, set-semi-sync, change-source, start-receiver, set-semi-sync, start-applier',
    );
  });

  it('whoever is enabled and does not acknowledge takes the place of nobody who does', () => {
    const early = (said: Said) =>
      storyOf(auto(semi(2, { 3: said }), { to: 2 })).filter((line) => line.startsWith('gather'));
    expect(early({ semiSync: { ...SEMI, replicaActive: false } }).map((line) => line.slice(0, 8))).toEqual([
      'gather 3',
    ]);
    expect(early({ semiSync: SEMI }).map((line) => line.slice(0, 8))).toEqual(['gather 4']);
  });

  it('two acknowledgements: one sibling stays with the primary until the successor takes writes', () => {
    const lines = story(2);
    expect(lines.filter((line) => line.startsWith('gather'))).toHaveLength(1);
    expect(lines.some((line) => line.startsWith('follow? 3: stop-receiver, change-source'))).toBe(true);
  });
});
