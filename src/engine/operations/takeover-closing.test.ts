import { describe, expect, it } from 'vitest';
import type { Instance } from '../../model/instance.ts';
import { formatKey } from '../../model/instance-key.ts';
import { Secret } from '../../model/secret.ts';
import { uuidOf } from '../../model/testing/instances.ts';
import { type Kind, nameOf, planned, type Said, tree } from '../../plan/operations/testing/ask.ts';
import type { Step } from '../../plan/plan.ts';
import { createSystemClock } from '../basis/clock.ts';
import { createExecutor } from '../executor/executor.ts';
import { runPlan } from '../executor/run-plan.ts';
import { executionOn } from '../testing/execution.ts';
import { createFakeServers } from '../testing/fakes.ts';

const [PRIMARY, SUCCESSOR] = [nameOf(1), nameOf(2)];

/** What the primary has after one more row. */
const MORE: Readonly<Record<string, (instance: Instance) => Partial<Instance>>> = {
  gtid: ({ executedGtid }) => ({ executedGtid: `${executedGtid},${uuidOf(99)}:1` }),
  mariadb: () => ({ executedGtid: '0-1-11' }),
  '5.6-coordinates': ({ ownCoordinates }) => ({
    ownCoordinates: ownCoordinates === null ? null : { ...ownCoordinates, position: ownCoordinates.position + 200 },
  }),
};

/** A takeover on invented servers, as far as its opening: what comes later is not known to them. */
function sceneOf(kind: Kind) {
  const servers = createFakeServers();
  const bare: Said = kind === 'gtid' ? {} : { instance: { isSuperReadOnly: null } };
  const records = tree(kind, { 1: 0, 2: 1 }, { 1: { ...bare, readOnly: false }, 2: bare });
  for (const { instance } of records) if (instance !== null) servers.put(formatKey(instance.key), instance);
  const own = servers.at(PRIMARY)?.ownCoordinates ?? null;
  const successor = servers.at(SUCCESSOR);
  if (own !== null && successor?.replication != null)
    servers.put(SUCCESSOR, {
      ...successor,
      replication: {
        ...successor.replication,
        readCoordinates: own,
        executedCoordinates: own,
        applierHasReadAll: true,
      },
    });
  const whole = planned('graceful-master-takeover-auto', 1, records, {
    evidence: { credentials: { user: 'repl', password: new Secret('x') } },
    to: 2,
  });
  const promotion = whole.stages.findIndex(({ name }) => name === 'promote');
  const plan = { ...whole, stages: whole.stages.slice(0, promotion + 1) };
  const isOpen = (name: string): boolean => servers.at(name)?.isReadOnly === false;
  return {
    servers,
    plan,
    context: executionOn(servers),
    executor: createExecutor({ servers, clock: createSystemClock() }),
    open: () => [PRIMARY, SUCCESSOR].filter(isOpen),
  };
}

type Happening = (servers: ReturnType<typeof createFakeServers>) => void;

/** Something happens to the primary while its successor catches up. */
async function takeOverWhile(kind: Kind, happens: Happening) {
  const { servers, plan, context, executor, open } = sceneOf(kind);
  let atOpening = '';
  const onBegin = async ({ id, isPointOfNoReturn }: Step): Promise<void> => {
    if (id.startsWith('catch-up')) happens(servers);
    if (isPointOfNoReturn === true) atOpening = servers.at(SUCCESSOR)?.executedGtid ?? '';
  };
  const outcome = await runPlan(plan, executor, { ...context, onBegin }, context);
  return { outcome, servers, atOpening, open: open() };
}

/** Our process dies right before a step, or right after it; something happens; the next one finishes it. */
async function finishAfter(
  kind: Kind,
  [when, last]: readonly ['before' | 'after', string],
  happens: Happening,
  during: (step: Step, servers: Parameters<Happening>[0]) => void = () => undefined,
) {
  const { servers, plan, context, executor, open } = sceneOf(kind);
  const begun: Step[] = [];
  let isDead = false;
  const gate = async (): Promise<string | null> => (isDead ? 'dead' : null);
  const onBegin = async (step: Step): Promise<void> => {
    begun.push(step);
    during(step, servers);
    isDead ||= step.id === last;
    if (isDead && when === 'before') throw new Error('dead');
  };
  for (const stage of plan.stages) if (!isDead) await executor.runStage(stage, { ...context, gate, onBegin });
  expect(isDead).toBe(true);
  happens(servers);
  let [atOpening, openAtOpening]: [string, readonly string[]] = ['', []];
  const heed = async (step: Step): Promise<void> => {
    during(step, servers);
    if (step.isPointOfNoReturn !== true) return;
    [atOpening, openAtOpening] = [servers.at(SUCCESSOR)?.executedGtid ?? '', open()];
  };
  const outcome = await runPlan(plan, executor, { ...context, onBegin: heed }, context, begun);
  return { outcome, servers, atOpening, openAtOpening, open: open() };
}

const changed =
  (name: string, change: (instance: Instance) => Partial<Instance>) =>
  (servers: Parameters<Happening>[0]): void => {
    const instance = servers.at(name);
    if (instance !== null) servers.put(name, { ...instance, ...change(instance) });
  };

describe('while the successor catches up with the closed primary', () => {
  it.each(['gtid', 'mariadb', '5.6-coordinates'] as const)('nothing happens: it takes over (%s)', async (kind) => {
    const { outcome, open } = await takeOverWhile(kind, () => undefined);
    expect(outcome.kind).toBe('done');
    expect(open).toEqual([SUCCESSOR]);
  });

  it.each(['gtid', 'mariadb', '5.6-coordinates'] as const)(
    'somebody opens the primary: it stays the only one that takes writes (%s)',
    async (kind) => {
      const reopen = changed(PRIMARY, ({ isSuperReadOnly }) => ({
        isReadOnly: false,
        isSuperReadOnly: isSuperReadOnly === null ? null : false,
      }));
      const { outcome, open } = await takeOverWhile(kind, reopen);
      expect(outcome.kind).toBe('failed');
      expect(open).toEqual([PRIMARY]);
    },
  );

  it('somebody lifts super_read_only: privileged accounts may write, so that nobody takes over', async () => {
    const { outcome, open } = await takeOverWhile(
      'gtid',
      changed(PRIMARY, () => ({ isSuperReadOnly: false })),
    );
    expect(outcome).toMatchObject({ kind: 'failed', trouble: { reason: expect.stringContaining('super_read_only') } });
    expect(open).toEqual([PRIMARY]);
  });

  it.each(['gtid', 'mariadb'] as const)(
    'a privileged account writes there: the successor has that, too, when it takes writes (%s)',
    async (kind) => {
      const { outcome, servers, atOpening, open } = await takeOverWhile(kind, (all) => {
        const more = MORE[kind] ?? (() => ({}));
        changed(PRIMARY, more)(all);
        setTimeout(() => changed(SUCCESSOR, more)(all), 20);
      });
      expect(outcome.kind).toBe('done');
      expect(open).toEqual([SUCCESSOR]);
      expect(atOpening).toBe(servers.at(PRIMARY)?.executedGtid);
    },
  );

  it('a privileged account writes there, by file and position: all is taken back', async () => {
    const { outcome, open } = await takeOverWhile(
      '5.6-coordinates',
      changed(PRIMARY, MORE['5.6-coordinates'] ?? (() => ({}))),
    );
    expect(outcome).toMatchObject({ kind: 'failed', leftovers: [] });
    expect(open).toEqual([PRIMARY]);
  });

  it('the read lock is taken again where its session has ended', async () => {
    const { servers } = await takeOverWhile('mariadb', () => undefined);
    const held = servers.commands.filter(({ command }) => command.kind === 'hold-read-lock');
    expect(held.map(({ server }) => server)).toEqual([PRIMARY, PRIMARY]);
  });
});

const OPENING = `promote ${SUCCESSOR} set-read-only`;
const reopened = changed(PRIMARY, ({ isSuperReadOnly }) => ({
  isReadOnly: false,
  isSuperReadOnly: isSuperReadOnly === null ? null : false,
}));
/** Somebody opens the primary, a client writes there, and the successor gets it a moment later. */
const written =
  (kind: Kind): Happening =>
  (servers) => {
    reopened(servers);
    changed(PRIMARY, MORE[kind] ?? (() => ({})))(servers);
    setTimeout(() => changed(SUCCESSOR, MORE[kind] ?? (() => ({})))(servers), 20);
  };

describe('a process dies while the primary is closed, somebody opens it, and the next process finishes', () => {
  it.each([
    ['gtid', 'before', `catch-up ${SUCCESSOR} wait-has-executed`],
    ['mariadb', 'before', `catch-up ${SUCCESSOR} wait-has-executed`],
    ['gtid', 'before', OPENING],
    ['mariadb', 'before', OPENING],
  ] as const)('%s, %s "%s": it is closed again, and what was written goes over', async (kind, when, last) => {
    const { outcome, servers, atOpening, openAtOpening, open } = await finishAfter(kind, [when, last], written(kind));
    expect(outcome.kind).toBe('done');
    expect(openAtOpening).toEqual([]);
    expect(open).toEqual([SUCCESSOR]);
    expect(atOpening).toBe(servers.at(PRIMARY)?.executedGtid);
  });

  it.each(['gtid', 'mariadb'] as const)('%s, the successor was opened: it stays so alone', async (kind) => {
    const { outcome, servers, open } = await finishAfter(kind, ['after', OPENING], written(kind));
    expect(outcome.kind).toBe('done');
    expect(open).toEqual([SUCCESSOR]);
    expect(servers.at(SUCCESSOR)?.executedGtid).toBe(servers.at(PRIMARY)?.executedGtid);
  });

  it.each([
    ['before', OPENING],
    ['after', OPENING],
  ] as const)('by file and position, %s "%s": the place is none any more, and all is taken back', async (...last) => {
    const { outcome, open } = await finishAfter('5.6-coordinates', last, written('5.6-coordinates'));
    expect(outcome).toMatchObject({ kind: 'failed', leftovers: [] });
    expect(open).toEqual([PRIMARY]);
  });

  it('by file and position, with the applier at rest and something un-applied: it goes on', async () => {
    const own = changed(PRIMARY, MORE['5.6-coordinates'] ?? (() => ({})));
    const follows = (which: 'readCoordinates' | 'executedCoordinates', servers: Parameters<Happening>[0]): void => {
      const place = servers.at(PRIMARY)?.ownCoordinates;
      changed(SUCCESSOR, ({ replication }) =>
        replication === null || place == null ? {} : { replication: { ...replication, [which]: place } },
      )(servers);
    };
    const { outcome, open } = await finishAfter(
      '5.6-coordinates',
      ['after', `catch-up ${SUCCESSOR} stop-applier`],
      () => undefined,
      ({ id }, servers) => {
        if (id === `close ${PRIMARY} set-read-only` && servers.at(PRIMARY)?.isReadOnly === false) {
          own(servers);
          follows('readCoordinates', servers);
        }
        if (id.endsWith('start-applier')) follows('executedCoordinates', servers);
      },
    );
    expect(outcome.kind).toBe('done');
    expect(open).toEqual([SUCCESSOR]);
  });

  it('nothing was done meanwhile: it goes on, by whatever way it goes', async () => {
    for (const kind of ['gtid', 'mariadb', '5.6-coordinates'] as const)
      for (const when of ['before', 'after'] as const) {
        const { outcome, open } = await finishAfter(kind, [when, OPENING], () => undefined);
        expect([outcome.kind, open]).toEqual(['done', [SUCCESSOR]]);
      }
  });
});
