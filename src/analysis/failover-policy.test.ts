import { describe, expect, test } from 'vitest';
import type { ThreadState } from '../model/instance.ts';
import type { FailoverQuestion, Knock, KnockResult, NotActingReason, Testimony } from './failover-policy.ts';
import { decideFailover, isStoppedByOperator, NOT_ACTING_REASONS } from './failover-policy.ts';
import { FREE_TO_ACT } from './failover-question.ts';
import { HOST, inventServer, NOW_MS } from './testing/records.ts';

const DEAD_MS = NOW_MS - 200;
const knock = (result: KnockResult, beforeMs: number, errorNumber: number | null = null): Knock => ({
  atMs: NOW_MS - beforeMs,
  result,
  errorNumber,
});
const REFUSED: readonly Knock[] = [knock('refused', 30), knock('refused', 5)];

const witness = (port: number, said: Partial<Testimony> = {}): Testimony => ({
  key: { hostname: HOST, port },
  receiverState: 'other',
  receiverErrorNumber: 2003,
  isOperatorStopped: false,
  isDowntimed: false,
  isFresh: true,
  hasFreshHeartbeat: false,
  ...said,
});
const saysYes = (port: number, hasFreshHeartbeat: boolean): Testimony =>
  witness(port, { receiverState: 'running', receiverErrorNumber: 0, hasFreshHeartbeat });
const errs = (port: number, receiverErrorNumber: number): Testimony => witness(port, { receiverErrorNumber });
const hangs = (port: number, forMs: number): Testimony =>
  witness(port, { receiverErrorNumber: 0, connectingSinceMs: NOW_MS - forMs });
const atRest = (port: number): Testimony =>
  witness(port, { receiverState: 'stopped', receiverErrorNumber: 0, isOperatorStopped: true });

type Change = {
  [Part in keyof FailoverQuestion]?: FailoverQuestion[Part] extends readonly unknown[] | number
    ? FailoverQuestion[Part]
    : Partial<FailoverQuestion[Part]>;
};

/** A primary killed 200 ms ago: everything speaks for acting, but for what the test changes. */
function ask(change: Change = {}) {
  return decideFailover({
    primary: inventServer(1, { valid: false }),
    connection: {
      pinnedLost: true,
      knocks: REFUSED,
      cleanShutdownSinceMs: null,
      deadSinceMs: DEAD_MS,
      ...change.connection,
    },
    testimonies: change.testimonies ?? [witness(11), witness(12)],
    othersReachable: change.othersReachable ?? 2,
    switches: { ...FREE_TO_ACT, ...change.switches },
    graces: { cleanShutdownGraceMs: 10_000, primaryRestartGraceMs: 0, ...change.graces },
    nowMs: change.nowMs ?? NOW_MS,
  });
}

describe('acts', () => {
  test.each<[string, Change]>([
    ['killed: refused twice, replicas cannot connect', {}],
    [
      'frozen or cut off: unanswered within the deadline',
      { connection: { deadSinceMs: NOW_MS - 950, knocks: [knock('deadline', 900), knock('deadline', 5)] } },
    ],
    ['its machine is gone: no route', { connection: { knocks: [knock('unreachable', 30), knock('unreachable', 5)] } }],
    [
      'connections are closed before the greeting',
      { connection: { knocks: [knock('closed', 30), knock('refused', 5)] } },
    ],
    ['knocks exactly 20 ms apart', { connection: { knocks: [knock('refused', 25), knock('refused', 5)] } }],
    ['knocks out of order', { connection: { knocks: [knock('refused', 5), knock('refused', 30)] } }],
    ['an answer before the two failures', { connection: { knocks: [knock('answered', 100), ...REFUSED] } }],
    [
      'one witness is enough',
      { testimonies: [witness(11), atRest(12), errs(13, 1045), witness(14, { isFresh: false })] },
    ],
    ['another has not noticed yet', { testimonies: [witness(11), saysYes(12, false)] }],
    ['frozen: a receiver that was restarted connects in vain', { testimonies: [hangs(11, 3000)] }],
    ['lost in the handshake', { testimonies: [errs(11, 2013)] }],
    ['by socket, by TLS', { testimonies: [errs(11, 2002), errs(12, 2026)] }],
    ['a known restart is over', { graces: { primaryRestartGraceMs: 200 } }],
    ['a clean shutdown is over its grace', { connection: { cleanShutdownSinceMs: NOW_MS - 10_000 } }],
    [
      'so it is when our session hangs on',
      { connection: { pinnedLost: false, cleanShutdownSinceMs: NOW_MS - 10_000 } },
    ],
    [
      'answering 1053 beyond its grace',
      {
        connection: {
          cleanShutdownSinceMs: NOW_MS - 10_000,
          knocks: [knock('shutting-down', 30), knock('shutting-down', 5)],
        },
      },
    ],
    ['suspicion without a date', { connection: { deadSinceMs: null } }],
  ])('%s', (_why, change) => {
    const decision = ask(change);
    expect(decision.act, decision.sentence).toBe(true);
    expect(decision.sentence).toMatch(/^Replacing 10\.0\.0\.1:1: /);
  });

  test('and says who testifies', () => {
    expect(ask().sentence).toBe(
      'Replacing 10.0.0.1:1: it failed 2 new connections, the last refused, and 10.0.0.1:11, 10.0.0.1:12 cannot reach it either (error 2003).',
    );
  });
});

interface Row {
  readonly because: NotActingReason;
  readonly why: string;
  readonly change: Change;
  readonly sentence: RegExp;
  readonly retryAtMs?: number | null;
  readonly restarts?: readonly number[];
}

const ROWS: readonly Row[] = [
  {
    because: 'primary-answers',
    why: 'merely slow: the session broke its deadline, a new connection is served',
    change: { connection: { deadSinceMs: NOW_MS - 950, knocks: [knock('deadline', 900), knock('answered', 5)] } },
    sentence: /slow or our session was cut/,
  },
  {
    because: 'primary-answers',
    why: 'its connections are used up (1040)',
    change: { connection: { knocks: [knock('refused', 30), knock('answered', 5, 1040)] } },
    sentence: /error 1040.*alive/,
  },
  {
    because: 'primary-answers',
    why: 'our password is wrong (1045)',
    change: { connection: { knocks: [knock('answered', 30, 1045), knock('answered', 5, 1045)] } },
    sentence: /error 1045.*alive/,
  },
  {
    because: 'primary-answers',
    why: 'it blocks this host (1129)',
    change: { connection: { knocks: [knock('answered', 5, 1129)] } },
    sentence: /error 1129.*alive/,
  },
  {
    because: 'primary-answers',
    why: 'it answers although its replicas cannot reach it',
    change: { connection: { knocks: [...REFUSED, knock('answered', 1)] } },
    sentence: /accepts new connections/,
  },
  {
    because: 'session-open',
    why: 'a replica died, the primary did not',
    change: {
      connection: { pinnedLost: false, knocks: [], deadSinceMs: null },
      testimonies: [witness(11, { isFresh: false })],
    },
    sentence: /session to it is open/,
  },
  {
    because: 'session-open',
    why: 'new connections fail but the session lives and no shutdown was seen',
    change: { connection: { pinnedLost: false } },
    sentence: /session to it is open/,
  },
  {
    because: 'name-unresolved',
    why: 'DNS is gone',
    change: { connection: { knocks: [knock('unresolved', 30), knock('unresolved', 5)] } },
    sentence: /does not resolve.*check DNS/,
  },
  {
    because: 'not-mysql',
    why: 'another program took its port',
    change: { connection: { knocks: [knock('refused', 30), knock('not-mysql', 5)] } },
    sentence: /not a MySQL server; check host and port/,
  },
  {
    because: 'unconfirmed',
    why: 'not knocked yet',
    change: { connection: { knocks: [] } },
    sentence: /two fresh connections/,
    retryAtMs: NOW_MS,
  },
  {
    because: 'unconfirmed',
    why: 'one failure',
    change: { connection: { knocks: [knock('refused', 5)] } },
    sentence: /two fresh connections/,
    retryAtMs: NOW_MS + 15,
  },
  {
    because: 'unconfirmed',
    why: 'two failures at the same moment',
    change: { connection: { knocks: [knock('refused', 24), knock('refused', 5)] } },
    sentence: /two fresh connections/,
    retryAtMs: NOW_MS - 4,
  },
  {
    because: 'unconfirmed',
    why: 'the first failure belongs to an earlier suspicion',
    change: { connection: { knocks: [knock('refused', 201), knock('refused', 5)] } },
    sentence: /two fresh connections/,
    retryAtMs: NOW_MS + 15,
  },
  {
    because: 'unconfirmed',
    why: 'it answered between the two',
    change: { connection: { knocks: [knock('refused', 60), knock('answered', 30), knock('refused', 5)] } },
    sentence: /two fresh connections/,
    retryAtMs: NOW_MS + 15,
  },
  {
    because: 'unconfirmed',
    why: 'the knocks are old',
    change: { connection: { deadSinceMs: null, knocks: [knock('refused', 2031), knock('refused', 2001)] } },
    sentence: /two fresh connections/,
    retryAtMs: NOW_MS,
  },
  {
    because: 'own-network-cut-off',
    why: 'nobody else is reachable either',
    change: { othersReachable: 0, testimonies: [witness(11, { isFresh: false }), witness(12, { isFresh: false })] },
    sentence: /own network is the likelier fault/,
  },
  { because: 'downtimed', why: 'downtimed', change: { switches: { isDowntimed: true } }, sentence: /end-downtime/ },
  {
    because: 'in-maintenance',
    why: 'in maintenance',
    change: { switches: { inMaintenance: true } },
    sentence: /end-maintenance/,
  },
  {
    because: 'planned-operation',
    why: 'a takeover is under way',
    change: { switches: { inPlannedOperation: true } },
    sentence: /planned operation/,
  },
  {
    because: 'globally-disabled',
    why: 'disabled',
    change: { switches: { isGloballyDisabled: true } },
    sentence: /enable-global-recoveries/,
  },
  {
    because: 'not-automated',
    why: 'the filters do not match',
    change: { switches: { hasAutomatedRecovery: false } },
    sentence: /RecoverMasterClusterFilters/,
  },
  {
    because: 'blocked',
    why: 'anti-flapping',
    change: { switches: { isBlocked: true } },
    sentence: /ack-cluster-recoveries/,
  },
  {
    because: 'clean-shutdown-grace',
    why: 'refuses new connections while our session is open',
    change: { connection: { pinnedLost: false, cleanShutdownSinceMs: NOW_MS - 100 } },
    sentence: /shutting down cleanly and has 10000 ms/,
    retryAtMs: NOW_MS + 9900,
  },
  {
    because: 'clean-shutdown-grace',
    why: 'inferred: it refused us while its replicas still heard from it',
    change: { connection: { cleanShutdownSinceMs: NOW_MS - 100, isShutdownInferred: true } },
    sentence: /replicas still heard from it, as a server shutting down cleanly does, and has 10000 ms/,
    retryAtMs: NOW_MS + 9900,
  },
  {
    because: 'clean-shutdown-grace',
    why: 'one millisecond before its end',
    change: { connection: { cleanShutdownSinceMs: NOW_MS - 9999 } },
    sentence: /shutting down/,
    retryAtMs: NOW_MS + 1,
  },
  {
    because: 'clean-shutdown-grace',
    why: 'told by a knock answered 1053 alone, even before a second knock',
    change: { connection: { knocks: [knock('shutting-down', 5, 1053)] } },
    sentence: /shutting down/,
    retryAtMs: NOW_MS + 9995,
  },
  {
    because: 'restart-grace',
    why: 'a restart is given time',
    change: { graces: { primaryRestartGraceMs: 3000 } },
    sentence: /restarting and has 3000 ms/,
    retryAtMs: DEAD_MS + 3000,
  },
  {
    because: 'replicas-say-alive',
    why: 'only our way to it is cut: a replica hears from it',
    change: { testimonies: [witness(11), saysYes(12, true), saysYes(13, false)] },
    sentence: /10\.0\.0\.1:12 still hears from it; asked to look again/,
    retryAtMs: NOW_MS + 100,
    restarts: [12, 13],
  },
  {
    because: 'replicas-say-alive',
    why: 'a downtimed replica is left alone but believed',
    change: { testimonies: [witness(11), { ...saysYes(12, true), isDowntimed: true }] },
    sentence: /10\.0\.0\.1:12 still hears from it\.$/,
    retryAtMs: NOW_MS + 100,
  },
  {
    because: 'replicas-unsure',
    why: 'receivers run and have not noticed',
    change: { testimonies: [saysYes(11, false), saysYes(12, false), atRest(13)] },
    sentence: /10\.0\.0\.1:11, 10\.0\.0\.1:12 have not tried it since; asked to look again/,
    retryAtMs: NOW_MS + 100,
    restarts: [11, 12],
  },
  {
    because: 'replicas-unsure',
    why: 'a receiver is known to have given up by itself',
    change: { testimonies: [witness(11, { receiverState: 'stopped' })] },
    sentence: /10\.0\.0\.1:11 has not tried it since/,
    retryAtMs: NOW_MS + 100,
    restarts: [11],
  },
  {
    because: 'replicas-unsure',
    why: 'receivers are not touched while our session is open',
    change: {
      connection: { pinnedLost: false, cleanShutdownSinceMs: NOW_MS - 11_000 },
      testimonies: [saysYes(11, false)],
    },
    sentence: /has not tried it since\.$/,
    retryAtMs: NOW_MS + 100,
  },
  {
    because: 'testimony-pending',
    why: 'connecting, without an error so far',
    change: { testimonies: [errs(11, 0)] },
    sentence: /10\.0\.0\.1:11 is connecting/,
    retryAtMs: NOW_MS + 100,
  },
  {
    because: 'testimony-pending',
    why: 'frozen, but the receiver has not waited long enough to tell',
    change: { testimonies: [hangs(11, 2999)] },
    sentence: /10\.0\.0\.1:11 is connecting/,
    retryAtMs: NOW_MS + 100,
  },
  {
    because: 'replicas-stopped-by-operator',
    why: 'all replicas stopped by an operator',
    change: { testimonies: [atRest(11), atRest(12)] },
    sentence: /stopped by an operator \(10\.0\.0\.1:11, 10\.0\.0\.1:12\).*recover/,
  },
  {
    because: 'replicas-stopped-by-operator',
    why: "stopped after the primary died, or given up: nobody undoes what may be a person's act",
    change: { testimonies: [{ ...atRest(11), receiverErrorNumber: 2003 }] },
    sentence: /stopped by an operator or at its retry limit \(10\.0\.0\.1:11\)/,
  },
  {
    because: 'no-eligible-testimony',
    why: 'replicas have the wrong password',
    change: { testimonies: [errs(11, 1045), errs(12, 1040), errs(13, 1129)] },
    sentence: /10\.0\.0\.1:11 reports error 1045; 10\.0\.0\.1:12 reports error 1040; 10\.0\.0\.1:13 reports error 1129/,
  },
  {
    because: 'no-eligible-testimony',
    why: 'a replica cannot resolve the name',
    change: { testimonies: [errs(11, 2005)] },
    sentence: /reports error 2005/,
  },
  {
    because: 'no-eligible-testimony',
    why: 'those who would testify are downtimed or silent',
    change: { testimonies: [witness(11, { isDowntimed: true }), witness(12, { isFresh: false }), atRest(13)] },
    sentence: /10\.0\.0\.1:13 stopped by an operator; 10\.0\.0\.1:11 downtimed; 10\.0\.0\.1:12 not answering us/,
  },
  {
    because: 'no-eligible-testimony',
    why: 'a stopped receiver with an error of its own',
    change: { testimonies: [witness(11, { receiverState: 'stopped', receiverErrorNumber: 13114 })] },
    sentence: /reports error 13114/,
  },
  {
    because: 'no-eligible-testimony',
    why: 'no replicas at all',
    change: { testimonies: [] },
    sentence: /it has no replicas/,
  },
];

describe('does not act, and says why in one sentence', () => {
  test.each(ROWS)('$because: $why', ({ because, change, sentence, retryAtMs = null, restarts = [] }) => {
    const decision = ask(change);
    expect(decision).toMatchObject({ act: false, because, retryAtMs, wantsReceiverRestart: restarts.length > 0 });
    expect(decision.sentence).toMatch(sentence);
    expect(decision.sentence).toMatch(/^Not replacing 10\.0\.0\.1:1( yet)?: [^\n]+\.$/);
    expect('receiversToRestart' in decision ? decision.receiversToRestart.map((key) => key.port) : null).toEqual(
      restarts,
    );
  });

  test('every reason has a row', () => {
    expect(new Set(ROWS.map((row) => row.because))).toEqual(new Set(NOT_ACTING_REASONS));
  });

  test('replicas are asked to look again only when nothing else forbids acting', () => {
    const testimonies = [saysYes(11, false)];
    for (const switches of [{ isDowntimed: true }, { isGloballyDisabled: true }, { hasAutomatedRecovery: false }]) {
      expect(ask({ testimonies, switches })).toMatchObject({ wantsReceiverRestart: false });
    }
    expect(ask({ testimonies, connection: { knocks: [] } })).toMatchObject({ wantsReceiverRestart: false });
  });
});

test('in doubt a receiver at rest was stopped by a person: STOP keeps the last connect error', () => {
  const receiver = (state: ThreadState, errorNumber: number) => ({ state, errorNumber, errorText: '' });
  expect(isStoppedByOperator(receiver('stopped', 0))).toBe(true);
  expect(isStoppedByOperator(receiver('stopped', 2003))).toBe(true);
  expect(isStoppedByOperator(receiver('stopped', 13114))).toBe(false);
  expect(isStoppedByOperator(receiver('other', 0))).toBe(false);
  expect(isStoppedByOperator(receiver('running', 0))).toBe(false);
});
