import { describe, expect, it } from 'vitest';
import type { OperationPlan } from '../input.ts';
import {
  type Asked,
  allSteps,
  edgesOf,
  type Kind,
  KNOWN,
  nameOf,
  planned,
  refused,
  rulesOf,
  type Said,
  storyOf,
  tree,
} from '../testing/ask.ts';

const TO_2: Asked = { ...KNOWN, to: 2 };
const NO_SUPER: Said = { instance: { isSuperReadOnly: null } };
const BY_PLACE: Said = { positioning: 'coordinates' };

const four = (kind: Kind = 'coordinates', said: Readonly<Record<number, Said>> = {}) =>
  tree(kind, { 1: 0, 2: 1, 3: 1, 4: 1 }, { ...said, 1: { readOnly: false, ...said[1] } });
const auto = (records = four(), asked: Asked = {}) =>
  planned('graceful-master-takeover-auto', 1, records, { ...TO_2, ...asked });
const refusedAuto = (records = four()) => refused('graceful-master-takeover-auto', 1, records, TO_2);

/** The commands for a server whose source is changed: where it is to read on. */
const placesOf = (plan: OperationPlan) =>
  allSteps(plan).flatMap(({ server, action }) =>
    action.kind === 'command' && action.command.kind === 'change-source' ? [[server.port, action.at ?? null]] : [],
  );

describe('the order of a takeover by file and position', () => {
  it('nobody moves before the primary is closed; all go on where the log of the successor begins, the former primary last', () => {
    const plan = auto();
    expect(storyOf(plan)).toEqual([
      'look 1: note own',
      'approach 1: open-sessions',
      'approach 2: open-sessions, wait executed-to',
      'approach 3: wait executed-to',
      'approach 4: wait executed-to',
      'close 1: set-read-only, note own',
      'close 1: kill-client-sessions',
      'close 2: start-applier',
      'catch-up 2: wait has-read-all, stop-applier, start-applier, wait executed-exactly',
      'promote 2: note own',
      'promote 1: wait all-of',
      'promote 2: set-read-only',
      'forget? 2: stop-receiver, stop-applier, forget-source',
      'send-away? 1: kill-client-sessions',
      ...[3, 4].map(
        (port) =>
          `follow? ${port}: wait has-read-all, stop-receiver, wait drained, stop-applier, note executed, wait executed-exactly, change-source at noted, start-applier, start-receiver`,
      ),
      'demote? 1: set-read-only, change-source at noted, start-applier, start-receiver',
    ]);
    expect(placesOf(plan)).toEqual([
      [3, 'where the successor begins'],
      [4, 'where the successor begins'],
      [1, 'where the successor begins'],
    ]);
    expect(edgesOf(plan)).toBe('1<2 2<0 3<2 4<2');
    expect(plan.method).toBe('coordinates');
  });

  it.each(['5.6-coordinates', 'mariadb-coordinates'] as const)(
    '%s: the read lock is held until no sibling needs the end of that log any more',
    (kind) => {
      const story = storyOf(auto(four(kind, { 1: NO_SUPER, 2: NO_SUPER })));
      // MariaDB adds to its log by itself.
      const gtid = kind === 'mariadb-coordinates' ? ', note complete-gtid' : '';
      expect(story).toContain(`close 1: set-read-only, hold-read-lock, note own${gtid}`);
      expect(story.at(-1)).toBe(
        'demote? 1: set-read-only, release-read-lock, change-source at noted, start-applier, start-receiver',
      );
      expect(story.filter((line) => line.includes('set-replica-position'))).toEqual([]);
    },
  );

  it('a former primary that does not log what it applies hands nothing on: said before', () => {
    const mute: Said = { instance: { logsReplicaUpdates: false } };
    const said = (records: Parameters<typeof auto>[0]) =>
      auto(records).reasons.filter((one) => /gets nothing new/.test(one));
    expect(said(four('coordinates', { 1: mute }))).toHaveLength(1);
    expect(said(four())).toEqual([]);
    expect(said(four('gtid', { 1: mute }))).toEqual([]);
  });

  it('MariaDB is brought to rest whatever place it tells: its workers commit the domains in any order', () => {
    const unlessOf = (kind: Kind) =>
      allSteps(auto(four(kind)))
        .filter(({ id }) => id.startsWith('catch-up'))
        .map(({ unless }) => unless?.kind ?? 'always');
    expect(unlessOf('mariadb-coordinates')).toEqual(['always', 'always', 'executed-exactly', 'always']);
    expect(unlessOf('coordinates')).toEqual(['executed-exactly', 'executed-exactly', 'executed-exactly', 'always']);
  });

  it('without siblings the former primary waits for nobody', () => {
    const plan = auto(tree('coordinates', { 1: 0, 2: 1 }, { 1: { readOnly: false } }));
    expect(plan.stages.map(({ name }) => name).slice(-2)).toEqual(['send-away', 'follow']);
    expect(placesOf(plan)).toEqual([[1, 'where the successor begins']]);
  });

  it('without "auto" the former primary is configured at that place and not started', () => {
    const plan = planned('graceful-master-takeover', 1, four(), TO_2);
    expect(storyOf(plan).at(-1)).toBe('demote? 1: set-read-only, change-source at noted');
  });

  it('the successor is opened only when it has executed that log exactly, and taken back only while its own has not grown', () => {
    const steps = allSteps(auto());
    const open = steps.find(({ isPointOfNoReturn }) => isPointOfNoReturn);
    const end = { kind: 'executed-exactly', place: { note: 'where the log of the primary ends' } };
    expect(steps[steps.indexOf(open as never) - 3]).toMatchObject({ ensures: end });
    const closed = { kind: 'read-only', readOnly: true, withSuper: true };
    const place = { note: 'where the log of the primary ends' };
    expect(steps[steps.indexOf(open as never) - 1]).toMatchObject({
      server: { port: 1 },
      ensures: { kind: 'all-of', conditions: [closed, { kind: 'own-log-ends-at', place }] },
    });
    expect(open?.undo.map(({ ensures }) => ensures)).toEqual([
      { kind: 'read-only', readOnly: true },
      { kind: 'own-log-ends-at', place: { note: 'where the successor begins' } },
    ]);
    // Nor does it forget its source otherwise.
    expect(steps.find(({ id }) => id.endsWith('forget-source'))?.requires).toEqual(end);
    // Its applier is stopped for nothing but to tell the place, and runs again when the takeover is taken back.
    const stop = steps.find(({ id }) => id.startsWith('catch-up') && id.endsWith('stop-applier'));
    expect(stop).toMatchObject({ unless: end, undo: [{ ensures: { kind: 'applier-running' } }] });
  });

  it('a successor that takes writes of its own is closed first, and opened again when the takeover is taken back', () => {
    const records = four('coordinates', { 2: { readOnly: false } });
    const shut = allSteps(auto(records)).find(({ id }) => id === `approach ${nameOf(2)} set-read-only`);
    expect(shut?.undo.map(({ ensures }) => ensures)).toEqual([{ kind: 'read-only', readOnly: false }]);
    expect(storyOf(auto(four('gtid', { 2: { readOnly: false }, 4: BY_PLACE })))).toContain(
      'approach 2: open-sessions, set-read-only, wait has-executed',
    );
    // Where all go by GTID what it wrote is seen, and refused.
    expect(storyOf(auto(four('gtid', { 2: { readOnly: false } })))).toContain(
      'approach 2: open-sessions, wait has-executed',
    );
  });
});

describe('who goes by file and position', () => {
  it('nobody where all go by GTID: no place is noted that anybody must wait for', () => {
    const plan = auto(four('gtid'));
    expect(storyOf(plan).filter((line) => /note own/.test(line))).toEqual(['promote? 2: note own']);
    expect(plan.method).toBe('gtid');
  });

  it('a sibling may, while the successor goes by GTID', () => {
    const plan = auto(four('gtid', { 4: BY_PLACE }));
    const story = storyOf(plan);
    expect(story).toContain('look 1: note complete-gtid, note own');
    expect(story.filter((line) => /^approach [234]/.test(line))).toEqual([
      'approach 2: open-sessions, wait has-executed',
      'approach 4: wait executed-to',
    ]);
    expect(story).toContain('close 1: set-read-only, note complete-gtid, note own');
    expect(story).toContain('catch-up 2: wait has-executed');
    expect(story.filter((line) => line.startsWith('promote'))).toEqual([
      'promote 2: note own',
      'promote 1: wait all-of',
      'promote 2: set-read-only',
    ]);
    expect(story.filter((line) => line.startsWith('gather'))).toHaveLength(1);
    expect(placesOf(plan)).toEqual([
      [3, null],
      [4, 'where the successor begins'],
      [1, null],
    ]);
    expect(plan.method).toBe('gtid');
  });

  it('the successor may, while its siblings go by GTID and come below it before', () => {
    const plan = auto(four('gtid', { 2: BY_PLACE }));
    expect(placesOf(plan)).toEqual([
      [3, null],
      [4, null],
      [1, 'where the successor begins'],
    ]);
    expect(plan.stages.map(({ name }) => name).at(-1)).toBe('follow');
  });
});

it('a sibling that does not come close ends the takeover before anybody is refused; a downtimed one is left behind', () => {
  const story = storyOf(auto(four('coordinates', { 4: { downtimed: true } })));
  expect(story.filter((line) => /^approach\?? [34]/.test(line))).toEqual([
    'approach 3: wait executed-to',
    'approach? 4: wait executed-to',
  ]);
});

describe('what is refused by file and position', () => {
  it.each<[string, Said]>([
    ['applier-not-running', { applier: 'stopped' }],
    ['receiver-not-running', { receiver: 'stopped' }],
    ['lag', { lag: 100 }],
    ['delayed', { replication: { delaySeconds: 3_600 } }],
    ['binlog-server', { instance: { isBinlogServer: true } }],
  ])('a sibling that would not come to the end of the log: %s; a downtimed one is left behind', (rule, said) => {
    expect(rulesOf(refusedAuto(four('coordinates', { 4: said })))).toEqual([`4: ${rule}`]);
    const left = auto(four('coordinates', { 4: { ...said, downtimed: true } }));
    expect(edgesOf(left)).toBe('1<2 2<0 3<2');
  });

  it('a sibling by GTID that is stopped is moved as ever: it finds its place later', () => {
    expect(edgesOf(auto(four('gtid', { 4: { receiver: 'stopped' } })))).toBe('1<2 2<0 3<2 4<2');
  });

  it.each([
    ['OFF', 'ON', true],
    ['OFF', 'ON_PERMISSIVE', true],
    ['ON', 'OFF_PERMISSIVE', true],
    ['OFF', 'OFF_PERMISSIVE', false],
    ['OFF_PERMISSIVE', 'ON', false],
    ['ON_PERMISSIVE', 'OFF', false],
  ])('gtid_mode %s below %s: refused %s', (own, its, isRefused) => {
    const mode = (gtidMode: string): Said => ({ ...BY_PLACE, gtidMode });
    // The rest of the family stands between the two.
    const records = four('coordinates', { 1: mode(its), 2: mode(its), 3: mode(its), 4: mode(own) });
    if (isRefused) expect(rulesOf(refusedAuto(records))).toEqual(['4: gtid-mode']);
    else expect(auto(records).kind).toBe('plan');
  });

  it('a successor that logs nothing, or is a binlog server', () => {
    expect(rulesOf(refusedAuto(four('coordinates', { 2: { instance: { binlogEnabled: false } } })))).toEqual([
      '2: no-binary-log',
    ]);
    expect(rulesOf(refusedAuto(four('coordinates', { 2: { instance: { isBinlogServer: true } } })))).toEqual([
      '2: binlog-server',
    ]);
  });
});

describe('semi-sync', () => {
  const acknowledges = { available: true, replicaEnabled: true, replicaActive: true };
  const semi = (waitForReplicaCount: number, kind: Kind, said: Readonly<Record<number, Said>> = {}) =>
    four(kind, {
      1: { semiSync: { available: true, sourceEnabled: true, waitForReplicaCount } },
      ...Object.fromEntries([2, 3, 4].map((port) => [port, { semiSync: acknowledges, ...said[port] }])),
    });

  it('whoever goes by place stays, and is counted: those by GTID may leave', () => {
    const gathered = (count: number) =>
      storyOf(auto(semi(count, 'gtid', { 4: BY_PLACE }))).filter((line) => line.startsWith('gather')).length;
    expect([gathered(2), gathered(3)]).toEqual([1, 0]);
  });

  it('the successor waits for acknowledgements from its first commit on; siblings connect after that', () => {
    const story = storyOf(auto(semi(1, 'coordinates')));
    expect(story).toContain('promote 2: note own, set-semi-sync');
    expect(story.filter((line) => /^follow\? [34]: stop-receiver, start-receiver$/.test(line))).toEqual([]);
    expect(story.at(-1)).toMatch(
      /^demote\? 1: set-read-only, set-semi-sync, change-source.*, start-receiver, set-semi-sync, start-applier$/,
    );
  });
});
