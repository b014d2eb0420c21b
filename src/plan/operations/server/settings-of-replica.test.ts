import { describe, expect, it } from 'vitest';
import { Secret } from '../../../model/secret.ts';
import { allSteps, keyOf, tree } from '../testing/ask.ts';
import {
  AT_REST,
  BACKLOG,
  BROKEN,
  both,
  pair,
  plan,
  REFUSED_LOGIN,
  reason,
  rule,
  STOPPED,
  stepOf,
  wayBack,
  words,
} from '../testing/one-server.ts';

const to = (delaySeconds: number) => ({ request: { delaySeconds } });

describe('delay-replication', () => {
  it('MySQL 5.7 and later: the applier stops for it, the receiver must run', () => {
    const made = plan('delay-replication', pair('gtid', BACKLOG.gtid), to(60));
    expect(words('delay-replication', pair('gtid', BACKLOG.gtid), to(60))).toEqual([
      'stop-applier',
      'set-delay',
      'start-applier',
    ]);
    expect(stepOf(made, 'set-delay')).toMatchObject({
      requires: { kind: 'receiver-started' },
      ensures: { kind: 'delayed-by', seconds: 60 },
      undo: [{ action: { command: { kind: 'set-delay', seconds: 0 } }, requires: { kind: 'receiver-started' } }],
    });
    expect(wayBack(made)).toEqual(['stop-applier', 'set-delay', 'start-applier']);
    const silent = both(BACKLOG.gtid, { replication: { receiver: STOPPED, applier: BROKEN } });
    expect(words('delay-replication', pair('gtid', silent), to(60))).toEqual([
      'start-receiver',
      'set-delay',
      'stop-receiver',
    ]);
  });

  it('MariaDB and 5.6: both rest, with everything executed, and go on as before', () => {
    for (const kind of ['5.6', 'mariadb'] as const) {
      const made = plan('delay-replication', pair(kind, BACKLOG[kind]), to(60));
      expect([
        kind,
        allSteps(made).map(({ action }) => (action.kind === 'command' ? action.command.kind : action.kind)),
      ]).toEqual([kind, ['stop-receiver', 'wait', 'stop-applier', 'set-delay', 'start-applier', 'start-receiver']]);
    }
    const listening = { replication: { applier: STOPPED } };
    // 5.6 is left with its applier stopped; the receiver of MariaDB may not run without.
    expect(words('delay-replication', pair('5.6', listening), to(60)).slice(-2)).toEqual([
      'set-delay',
      'start-receiver',
    ]);
    expect(words('delay-replication', pair('mariadb', listening), to(60)).slice(-2)).toEqual([
      'start-applier',
      'start-receiver',
    ]);
  });

  it('at rest with everything executed there is nothing to lose', () => {
    for (const kind of ['gtid', '5.6', 'mariadb'] as const) {
      expect(words('delay-replication', pair(kind, AT_REST), to(60))).toEqual(['set-delay']);
      expect(stepOf(plan('delay-replication', pair(kind, AT_REST), to(60)), 'set-delay').requires).toEqual({
        kind: 'drained',
      });
    }
  });

  it('waits for a short delay that is in force, refuses where a long one keeps the relay log from being executed', () => {
    const short = plan('delay-replication', pair('mariadb', both(BACKLOG.mariadb, { delay: 30 })), to(0));
    expect(stepOf(short, 'wait drained').deadlineMs).toBe(90_000);
    expect(rule('delay-replication', pair('mariadb', both(BACKLOG.mariadb, { delay: 600 })), to(0))).toBe('delayed');
    expect(words('delay-replication', pair('mariadb', { delay: 600 }), to(0))).toContain('set-delay');
    expect(words('delay-replication', pair('gtid', both(BACKLOG.gtid, { delay: 600 })), to(0))).toContain('set-delay');
  });

  it('is refused without a whole number, for a broken applier whose relay log would go, and for what is no replica', () => {
    for (const seconds of [-1, 1.5, Number.NaN, 2 ** 31])
      expect(rule('delay-replication', pair('gtid'), to(seconds))).toBe('delay-missing');
    expect(rule('delay-replication', pair('gtid'))).toBe('delay-missing');
    expect(rule('delay-replication', pair('5.6', { replication: { applier: BROKEN } }), to(5))).toBe('applier-error');
    expect(rule('delay-replication', tree('gtid', { 2: 0 }), to(5))).toBe('not-a-replica');
    expect(plan('delay-replication', pair('gtid', { delay: 5 }), to(5)).stages).toEqual([]);
  });
});

describe('reset-replica', () => {
  it.each(['gtid', '5.6', 'mariadb', 'coordinates'] as const)('%s: executes everything before it forgets', (kind) => {
    const made = plan('reset-replica', pair(kind, BACKLOG[kind]));
    expect(words('reset-replica', pair(kind, BACKLOG[kind]))).toEqual([
      'stop-receiver',
      'wait drained',
      'stop-applier',
      'forget-source',
    ]);
    expect(stepOf(made, 'forget-source')).toMatchObject({
      isDestructive: true,
      undo: [],
      ensures: { kind: 'has-no-source' },
    });
    expect(stepOf(made, 'stop-applier').requires).toEqual({ kind: 'drained' });
    expect(made.locks).toEqual([keyOf(2)]);
    expect(made.effects).toEqual([{ kind: 'source', server: keyOf(2), source: null }]);
  });

  it('lifts a delay where the relay log survives that, else refuses', () => {
    const delayed = (kind: 'gtid' | 'mariadb') => pair(kind, both(BACKLOG[kind], { delay: 600 }));
    expect(words('reset-replica', delayed('gtid'))).toEqual([
      'stop-applier',
      'set-delay',
      'start-applier',
      'stop-receiver',
      'wait drained',
      'stop-applier',
      'forget-source',
    ]);
    expect(rule('reset-replica', delayed('mariadb'))).toBe('delayed');
  });

  it('at rest is tested once more in the moment of forgetting', () => {
    const made = plan('reset-replica', pair('mariadb', AT_REST));
    expect(allSteps(made)).toHaveLength(1);
    expect(allSteps(made)[0]?.requires).toEqual({ kind: 'drained' });
  });

  it('is refused for a broken applier and a group secondary; without a source there is nothing to do', () => {
    expect(rule('reset-replica', pair('gtid', { replication: { applier: BROKEN } }))).toBe('applier-error');
    expect(rule('reset-replica', pair('gtid', { group: { memberRole: 'SECONDARY' } }))).toBe('group-secondary');
    expect(plan('reset-replica', tree('gtid', { 2: 0 })).stages).toEqual([]);
  });
});

describe('change-master-credentials', () => {
  const credentials = { user: 'new', password: new Secret('pw') };
  const formerCredentials = { user: 'old', password: new Secret('before') };
  const known = { evidence: { credentials, formerCredentials } };

  it('MySQL 5.7 and later: the receiver alone; the former account is the way back', () => {
    const made = plan('change-master-credentials', pair('gtid', BACKLOG.gtid), known);
    expect(words('change-master-credentials', pair('gtid', BACKLOG.gtid), known)).toEqual([
      'stop-receiver',
      'set-source-account',
      'start-receiver',
    ]);
    const account = stepOf(made, 'set-source-account');
    expect(account).toMatchObject({ requires: { kind: 'applier-running' }, isDestructive: false });
    expect(account.undo[0]?.action).toMatchObject({ command: { credentials: formerCredentials } });
    expect(allSteps(made).at(-1)?.ensures).toEqual({ kind: 'replicating-from', source: keyOf(1) });
    expect(JSON.stringify(made)).not.toContain('pw');
  });

  it('without the former account there is no way back, and it says so', () => {
    const made = plan('change-master-credentials', pair('gtid'), { evidence: { credentials } });
    expect(stepOf(made, 'set-source-account')).toMatchObject({ isDestructive: true, undo: [] });
    expect(made.reasons.join()).toContain('no way back');
  });

  it('MariaDB and 5.6 come to rest for it, with everything executed', () => {
    for (const kind of ['5.6', 'mariadb'] as const)
      expect(words('change-master-credentials', pair(kind, BACKLOG[kind]), known)).toEqual([
        'stop-receiver',
        'wait drained',
        'stop-applier',
        'set-source-account',
        'start-applier',
        'start-receiver',
      ]);
  });

  it('leaves what rested at rest, and keeps the relay log of a resting applier', () => {
    expect(words('change-master-credentials', pair('gtid', AT_REST), known)).toEqual(['set-source-account']);
    const resting = both(BACKLOG.gtid, { replication: { applier: STOPPED } });
    expect(words('change-master-credentials', pair('gtid', resting), known)).toEqual([
      'start-applier',
      'stop-receiver',
      'set-source-account',
      'start-receiver',
      'stop-applier',
    ]);
  });

  it('a receiver that was refused must come to replicate', () => {
    const made = plan('change-master-credentials', pair('gtid', { replication: { receiver: REFUSED_LOGIN } }), known);
    expect(allSteps(made).at(-1)?.ensures).toEqual({ kind: 'replicating-from', source: keyOf(1) });
    const gaveUp = plan(
      'change-master-credentials',
      pair('gtid', { replication: { receiver: { ...REFUSED_LOGIN, state: 'stopped' } } }),
      known,
    );
    expect(allSteps(gaveUp).at(-1)?.action).toMatchObject({ command: { kind: 'start-receiver' } });
  });

  it('is refused without an account, naming the three ways', () => {
    expect(reason('change-master-credentials', pair('gtid'))).toMatch(
      /ReplicationCredentialsQuery.*mysql\.slave_master_info.*MySQLReplicationUser and MySQLReplicationPassword/,
    );
    expect(rule('change-master-credentials', pair('gtid', { replication: { applier: BROKEN } }), known)).toBe(
      'applier-error',
    );
    expect(rule('change-master-credentials', pair('mariadb', both(BACKLOG.mariadb, { delay: 9 })), known)).toBe(
      'delayed',
    );
    expect(rule('change-master-credentials', tree('gtid', { 2: 0 }), known)).toBe('not-a-replica');
  });
});
