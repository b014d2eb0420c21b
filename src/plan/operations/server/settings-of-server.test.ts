import { describe, expect, it } from 'vitest';
import { allSteps, keyOf, tree } from '../testing/ask.ts';
import { pair, plan, reason, rule, stepOf, words } from '../testing/one-server.ts';

const commands = (...given: Parameters<typeof plan>) =>
  allSteps(plan(...given)).map(({ action }) => (action.kind === 'command' ? action.command : action));

const managed = (sourceEnabled: boolean, priority = 1) => {
  const [record] = pair('gtid');
  if (record?.instance == null) throw new Error('invented');
  return {
    semiSync: { available: true, sourceEnabled },
    instance: { classification: { ...record.instance.classification, semiSyncPriority: priority } },
  };
};

describe('set-read-only and set-writeable', () => {
  it('super_read_only only with UseSuperReadOnly; undone to what it was', () => {
    const open = pair('gtid', { readOnly: false });
    expect(commands('set-read-only', open)).toEqual([{ kind: 'set-read-only', readOnly: true, withSuper: false }]);
    const made = plan('set-read-only', open, { settings: { useSuperReadOnly: true } });
    expect(stepOf(made, 'set-read-only')).toMatchObject({
      action: { command: { readOnly: true, withSuper: true } },
      ensures: { kind: 'read-only', readOnly: true },
      undo: [{ action: { command: { readOnly: false } } }],
    });
    expect(made.effects).toEqual([{ kind: 'read-only', server: keyOf(2), readOnly: true }]);
    const closed = pair('gtid', { readOnly: true, instance: { isSuperReadOnly: true } });
    expect(stepOf(plan('set-writeable', closed), 'set-read-only').undo[0]?.action).toMatchObject({
      command: { readOnly: true, withSuper: true },
    });
  });

  it('where semi-sync is managed: waits for acknowledgements before it opens, no more after it is closed', () => {
    expect(commands('set-writeable', pair('gtid', managed(false)))).toMatchObject([
      { kind: 'set-semi-sync', side: 'source', enabled: true },
      { kind: 'set-read-only', readOnly: false },
    ]);
    expect(commands('set-read-only', pair('gtid', managed(true)))).toMatchObject([
      { kind: 'set-read-only', readOnly: true },
      { kind: 'set-semi-sync', side: 'source', enabled: false },
    ]);
    expect(words('set-writeable', pair('gtid', managed(true)))).toEqual(['set-read-only']);
    expect(words('set-writeable', pair('gtid', managed(false, 0)))).toEqual(['set-read-only']);
  });

  it('a primary that a failover replaced is not opened: it would be fenced again at once; it may be closed', () => {
    const deposed = { evidence: { isDeposed: true } };
    expect(rule('set-writeable', pair('gtid', { readOnly: true }), deposed)).toBe('deposed');
    expect(reason('set-writeable', pair('gtid', { readOnly: true }), deposed)).toMatch(
      /replaced .* forget and discover/,
    );
    expect(words('set-read-only', pair('gtid'), deposed)).toEqual(['set-read-only']);
  });

  it('is refused for a server that does not answer', () => {
    expect(rule('set-read-only', pair('gtid', { valid: false }))).toBe('not-valid');
  });
});

describe('semi-sync switches', () => {
  const able = { available: true, waitForReplicaCount: 1, sourceTimeoutMs: 10_000 };

  it('source side: set and undone; warns when nobody would acknowledge', () => {
    const made = plan('enable-semi-sync-master', pair('gtid', { semiSync: able }));
    expect(commands('enable-semi-sync-master', pair('gtid', { semiSync: able }))).toEqual([
      { kind: 'set-semi-sync', side: 'source', enabled: true },
    ]);
    expect(allSteps(made)[0]).toMatchObject({
      ensures: { kind: 'semi-sync', side: 'source', enabled: true },
      undo: [{ action: { command: { enabled: false } } }],
    });
    expect(made.reasons[0]).toMatch(/0 of 1 semi-sync replicas.*10000 ms/);
    expect(plan('disable-semi-sync-master', pair('gtid', { semiSync: able })).stages).toEqual([]);
    expect(words('disable-semi-sync-master', pair('gtid', { semiSync: { ...able, sourceEnabled: true } }))).toEqual([
      'set-semi-sync',
    ]);
  });

  it('replica side: the receiver connects anew, beside a running applier', () => {
    expect(words('enable-semi-sync-replica', pair('mariadb', { semiSync: able }))).toEqual([
      'set-semi-sync',
      'stop-receiver',
      'start-receiver',
    ]);
    const made = plan('enable-semi-sync-replica', pair('mariadb', { semiSync: able }));
    expect(stepOf(made, 'start-receiver').requires).toEqual({ kind: 'applier-running' });
    expect(words('enable-semi-sync-replica', pair('gtid', { semiSync: able, receiver: 'stopped' }))).toEqual([
      'set-semi-sync',
    ]);
    expect(
      words(
        'disable-semi-sync-replica',
        tree('gtid', { 2: 0 }, { 2: { semiSync: { ...able, replicaEnabled: true } } }),
      ),
    ).toEqual(['set-semi-sync']);
  });

  it('is refused without the plugins, and on MariaDB where the restart would lose the relay log', () => {
    expect(rule('enable-semi-sync-master', pair('gtid'))).toBe('no-semi-sync');
    expect(rule('enable-semi-sync-replica', pair('mariadb', { semiSync: able, applier: 'stopped' }))).toBe(
      'applier-not-running',
    );
    expect(words('enable-semi-sync-replica', pair('gtid', { semiSync: able, applier: 'stopped' }))).toContain(
      'start-receiver',
    );
  });
});

describe('kill-query', () => {
  it('ends one statement, even on a server that does not answer checks', () => {
    const asked = { request: { processId: 17 } };
    expect(commands('kill-query', pair('gtid', { valid: false }), asked)).toEqual([
      { kind: 'kill-query', processId: 17 },
    ]);
    expect(plan('kill-query', pair('gtid'), asked).locks).toEqual([]);
  });

  it('needs the number of a session', () => {
    expect(rule('kill-query', pair('gtid'))).toBe('process-missing');
    for (const processId of [0, -3, 1.5, Number.NaN])
      expect(rule('kill-query', pair('gtid'), { request: { processId } })).toBe('process-missing');
  });
});

const own = (file: string) => ({ instance: { ownCoordinates: { kind: 'binlog' as const, file, position: 500 } } });
const to = (binlogFile: string) => ({ request: { binlogFile } });

describe('flush-binary-logs', () => {
  it('once, and the next file must come', () => {
    const made = plan('flush-binary-logs', pair('gtid', own('bin.000009')));
    expect(allSteps(made)).toMatchObject([
      {
        action: { command: { kind: 'flush-binary-logs' } },
        unless: null,
        ensures: { kind: 'own-log-at-least', file: 'bin.000010' },
      },
    ]);
  });

  it('until a given file; others may have flushed meanwhile', () => {
    const made = plan('flush-binary-logs', pair('gtid', own('bin.000098')), to('bin.000101'));
    expect(allSteps(made).map(({ ensures }) => ensures)).toMatchObject([
      { file: 'bin.000099' },
      { file: 'bin.000100' },
      { file: 'bin.000101' },
    ]);
    expect(allSteps(made)[2]?.unless).toEqual({ kind: 'own-log-at-least', file: 'bin.000101' });
    expect(new Set(allSteps(made).map(({ id }) => id)).size).toBe(3);
    expect(plan('flush-binary-logs', pair('gtid', own('bin.000098')), to('bin.000098')).stages).toEqual([]);
  });

  it('is refused without a binary log, for a name that will never come, and for too many', () => {
    expect(rule('flush-binary-logs', pair('gtid', { instance: { ownCoordinates: null } }))).toBe('no-binary-log');
    expect(rule('flush-binary-logs', pair('gtid', { binlogServer: true }))).toBe('binlog-server');
    expect(rule('flush-binary-logs', pair('gtid', own('bin.000001')), to('other.000003'))).toBe('bad-file');
    expect(rule('flush-binary-logs', pair('gtid', own('bin.000001')), to('bin'))).toBe('bad-file');
    expect(rule('flush-binary-logs', pair('gtid', own('bin.000001')), to('bin.009999'))).toBe('too-many-flushes');
  });
});

describe('purge-binary-logs', () => {
  const executed = (file: string, position = 4, received = file) => {
    const at = (name: string) => ({ kind: 'binlog' as const, file: name, position });
    return { replication: { executedCoordinates: at(file), readCoordinates: at(received) } };
  };
  const ask = (file: string, replicas: Parameters<typeof tree>[2], more: object = {}) =>
    plan('purge-binary-logs', tree('gtid', { 2: 0, 3: 2, 4: 2 }, { 2: own('bin.000009'), ...replicas }), {
      request: { binlogFile: file, ...more },
    });
  const refusal = (file: string, replicas: Parameters<typeof tree>[2]) =>
    rule('purge-binary-logs', tree('gtid', { 2: 0, 3: 2, 4: 2 }, { 2: own('bin.000009'), ...replicas }), to(file));
  const done = { 3: executed('bin.000009'), 4: executed('bin.000012') };

  it('when every replica has come into that file', () => {
    expect(allSteps(ask('bin.000009', done))).toMatchObject([
      { action: { command: { kind: 'purge-binary-logs', file: 'bin.000009' } }, isDestructive: true },
    ]);
    expect(allSteps(ask('latest', done))[0]?.action).toMatchObject({ command: { file: 'bin.000009' } });
  });

  it('not while one still needs an older one, unless it is forced', () => {
    expect(refusal('bin.000009', { 3: executed('bin.000008', 999), 4: executed('bin.000009') })).toBe('still-needed');
    // The numbers count, not the letters.
    expect(refusal('bin.000009', { 3: executed('bin.1000000'), 4: executed('bin.000008') })).toBe('still-needed');
    const forced = ask('bin.000009', { 3: executed('bin.000002'), 4: executed('bin.000002') }, { isForced: true });
    expect(forced.reasons[0]).toMatch(/^forced, although 10\.0\.0\.1:3/);
  });

  it('nor while one by GTID has come less far, and still tells its place in the log of its former source', () => {
    expect(refusal('bin.000009', { 3: executed('bin.000400', 4, 'bin.000003'), 4: executed('bin.000009') })).toBe(
      'still-needed',
    );
    expect(refusal('bin.000009', { 3: executed('bin.000400', 4, ''), 4: executed('bin.000009') })).toBe('still-needed');
  });

  it('a detached replica needs them too, and one that is attached and was never read may', () => {
    const key = { hostname: '//10.0.0.1', port: 2 };
    const detached = { replication: { ...executed('bin.000003').replication, source: key, configuredSource: key } };
    expect(refusal('bin.000009', { 3: detached, 4: executed('bin.000009') })).toBe('still-needed');
    // On MySQL it forgets what it has received.
    const done = { replication: { ...executed('bin.000009', 4, '').replication, source: key, configuredSource: key } };
    expect(ask('bin.000009', { 3: done, 4: executed('bin.000009') }).kind).toBe('plan');
    const unknown = { ...own('bin.000009'), instance: { ...own('bin.000009').instance, attachedReplicas: [keyOf(9)] } };
    expect(rule('purge-binary-logs', tree('gtid', { 2: 0 }, { 2: unknown }), to('latest'))).toBe('replica-unknown');
  });

  it('is refused without a file, and for one that is not there yet', () => {
    expect(rule('purge-binary-logs', pair('gtid', own('bin.000009')))).toBe('file-missing');
    expect(rule('purge-binary-logs', pair('gtid', own('bin.000009')), to('bin.000010'))).toBe('bad-file');
    expect(reason('purge-binary-logs', pair('gtid', { instance: { ownCoordinates: null } }), to('latest'))).toMatch(
      /log_bin is off/,
    );
  });
});
