import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { OperationPreviewJson, RefusalJson } from '../../src/http/contract/operation.ts';
import type { Refusal } from '../../src/plan/plan.ts';
import { CLUSTER, fakeOrchestrator, NOW_MS } from './support/fake-orchestrator.ts';
import { startTestServer, type TestServer } from './support/http-server.ts';

let api: TestServer;
beforeAll(async () => {
  api = await startTestServer();
});
afterAll(async () => {
  await api.server.close();
});
beforeEach(() => {
  const { orchestrator } = api;
  orchestrator.records = fakeOrchestrator().records;
  orchestrator.calls.length = 0;
  Object.assign(orchestrator, { refusal: null, failure: null, stubborn: [] });
  api.clock.nowMs = NOW_MS;
});

/** host/port of a server of the invented fleet. */
const at = (port: number): string => `10.0.0.1/${port}`;
const name = (port: number): string => `10.0.0.1:${port}`;

test('before an order, and before a question, the engine looks for what others wrote to the backend', async () => {
  const { orchestrator, server } = api;
  orchestrator.caughtUp.length = 0;
  for (const path of [`register-candidate/${at(11)}/must_not`, `instance/${at(11)}`])
    await fetch(`${server.url}/api/${path}`);
  expect(orchestrator.caughtUp).toEqual(['order', 'question']);
});

describe('messages and Details as the historic API gave them', () => {
  const rows: readonly (readonly [path: string, message: string, details: unknown])[] = [
    [`relocate/${at(13)}/${at(11)}`, `Instance ${name(13)} relocated below ${name(11)}`, instance(13, 11)],
    [`relocate-below/${at(13)}/${at(11)}`, `Instance ${name(13)} relocated below ${name(11)}`, instance(13, 11)],
    [`move-up/${at(13)}`, `Instance ${name(13)} moved up`, instance(13)],
    [`move-below/${at(12)}/${at(11)}`, `Instance ${name(12)} moved below ${name(11)}`, instance(12, 11)],
    [`repoint/${at(13)}/${at(12)}`, `Instance ${name(13)} repointed below ${name(12)}`, instance(13, 12)],
    [`repoint/${at(13)}`, `Instance ${name(13)} repointed below ${name(12)}`, instance(13, 12)],
    [`repoint-replicas/${at(12)}`, `Repointed 1 replicas of ${name(12)}`, [instance(13, 12)]],
    [`take-siblings/${at(12)}`, `Took 1 siblings of ${name(12)}`, instance(12, 1)],
    [`enslave-siblings/${at(12)}`, `Took 1 siblings of ${name(12)}`, instance(12, 1)],
    [
      `relocate-replicas/${at(12)}/${at(11)}`,
      `Relocated 1 replicas of ${name(12)} below ${name(11)}; 0 errors`,
      [instance(13, 11)],
    ],
    [`regroup-replicas-gtid/${at(1)}`, `promoted replica: ${name(11)}, lost: 0, moved: 1`, key(11)],
    [`regroup-slaves/${at(1)}`, `promoted replica: ${name(11)}, lost: 0, trivial: 1, pseudo-gtid: 0`, key(11)],
    [`make-co-master/${at(11)}`, `Instance made co-master: ${name(11)}`, instance(11)],
    [`move-replicas-gtid/${at(12)}/${at(11)}`, `Moved 1 replicas of ${name(12)} below ${name(11)} by GTID`, key(11)],
    [`match-up-slaves/${at(12)}`, `Matched up 1 replicas of ${name(12)} below ${name(1)}`, key(1)],
    [`stop-replica/${at(11)}`, `Replica stopped: ${name(11)}`, instance(11)],
    [`stop-slave/${at(11)}`, `Replica stopped: ${name(11)}`, instance(11)],
    [`start-replica/${at(11)}`, `Replica started: ${name(11)}`, instance(11)],
    [`set-read-only/${at(11)}`, 'Server set as read-only', instance(11)],
    [`set-writeable/${at(11)}`, 'Server set as writeable', instance(11)],
    [`flush-binary-logs/${at(11)}`, `Binary logs flushed on: ${name(11)}`, instance(11)],
    [`purge-binary-logs/${at(11)}/latest`, `Binary logs flushed on: ${name(11)}`, instance(11)],
    [`detach-replica/${at(11)}`, `Replica detached: ${name(11)}`, instance(11)],
    [`reattach-slave-master-host/${at(11)}`, `Replica reattached: ${name(11)}`, instance(11)],
    [`reset-replica/${at(11)}`, `Replica reset on ${name(11)}`, instance(11)],
    [`delay-replication/${at(11)}/30`, `Replication delayed on ${name(11)}`, 30],
  ];
  for (const [path, message, details] of rows) {
    test(path, async () => {
      const { status, body } = await api.get(`/api/${path}`);
      expect(body).toMatchObject({ Code: 'OK', Message: message });
      expect(status).toBe(200);
      if (typeof details === 'object') expect(body.Details).toMatchObject(details as object);
      else expect(body.Details).toBe(details);
    });
  }
});

function key(port: number) {
  return { Hostname: '10.0.0.1', Port: port };
}
function instance(port: number, source?: number) {
  return { Key: key(port), ...(source === undefined ? {} : { MasterKey: key(source) }) };
}

test('everything that a path and its query tell reaches the engine, with who asks', async () => {
  for (const [path, call] of [
    [`relocate/short/13/short/11`, 'relocate 10.0.0.1:13 10.0.0.1:11 by orc'],
    [`relocate-replicas/${at(1)}/${at(11)}?pattern=:12`, 'relocate-replicas 10.0.0.1:1 10.0.0.1:11 pattern=:12 by orc'],
    [`delay-replication/${at(11)}/60`, 'delay-replication 10.0.0.1:11 delaySeconds=60 by orc'],
    [`kill-query/${at(11)}/42`, 'kill-query 10.0.0.1:11 processId=42 by orc'],
    [
      `purge-binary-logs/${at(11)}/bin.000009?force=true`,
      'purge-binary-logs 10.0.0.1:11 binlogFile=bin.000009 isForced=true by orc',
    ],
    [`flush-binary-logs/${at(11)}?logFile=bin.000009`, 'flush-binary-logs 10.0.0.1:11 binlogFile=bin.000009 by orc'],
    [`detach-slave/${at(11)}`, 'detach-replica 10.0.0.1:11 by orc'],
    [`move-gtid/${at(13)}/${at(11)}`, 'move-gtid 10.0.0.1:13 10.0.0.1:11 by orc'],
  ] as const) {
    api.orchestrator.records = fakeOrchestrator().records;
    api.orchestrator.calls.length = 0;
    expect((await api.get(`/api/${path}`)).body.Code, path).toBe('OK');
    expect(api.orchestrator.calls).toEqual([call]);
  }
  expect((await api.get(`/api/kill-query/${at(11)}/x`)).body).toMatchObject({ Message: 'Invalid process: x' });
});

test('regrouping a server without replicas is an error in the words of the command line, dry or not', async () => {
  for (const query of ['', '?dryRun=true']) {
    const { status, body } = await api.get(`/api/regroup-replicas/${at(13)}${query}`);
    expect([status, body.Code], query).toEqual([500, 'ERROR']);
    expect(body.Message).toMatch(/No replicas found for 10\.0\.0\.1:13$/);
  }
});

const refusal = (reason: string, ...objections: Refusal['objections']): Refusal => ({
  kind: 'refusal',
  purpose: 'move it',
  clusterName: CLUSTER,
  reason,
  objections,
});

describe('refusals: ERROR, status 500, Details null', () => {
  const rows: readonly (readonly [path: string, refusal: Refusal, message: RegExp])[] = [
    [
      `relocate/${at(1)}/${at(13)}`,
      refusal('10.0.0.1:13 is a descendant of 10.0.0.1:1', {
        subject: '10.0.0.1:1',
        rule: 'descendant',
        explanation: '10.0.0.1:13 is a descendant of 10.0.0.1:1',
      }),
      /^2026-01-02 03:04:05 ERROR relocate: 10\.0\.0\.1:13 is a descendant of 10\.0\.0\.1:1$/,
    ],
    [
      `relocate/${at(13)}/${at(13)}`,
      refusal('x', { subject: '10.0.0.1:13', rule: 'same-server', explanation: 'x' }),
      /^2026-01-02 03:04:05 ERROR relocate: 10\.0\.0\.1:13 is a descendant of 10\.0\.0\.1:13$/,
    ],
    [
      `move-up/${at(1)}`,
      refusal('10.0.0.1:1 is not a replica', {
        subject: '10.0.0.1:1',
        rule: 'not-a-replica',
        explanation: '10.0.0.1:1 is not a replica',
      }),
      /^instance is not a replica: 10\.0\.0\.1:1$/,
    ],
    [
      `relocate/${at(13)}/${at(11)}`,
      refusal(
        'Relocating 10.0.0.1:13 below 10.0.0.1:11 turns to be too complex; please do it manually',
        { subject: 'gtid', rule: 'gtid', explanation: 'no GTID' },
        { subject: 'move-up', rule: 'not-grandparent', explanation: 'not above' },
      ),
      /^Relocating .* please do it manually\. gtid: no GTID; move-up: not above$/,
    ],
    [
      `relocate-replicas/${at(12)}/${at(11)}`,
      refusal(
        'Relocating 1 replicas of 10.0.0.1:12 below 10.0.0.1:11 turns to be too complex. Additional Errors: no GTID',
        {
          subject: '10.0.0.1:13',
          rule: 'gtid',
          explanation: 'no GTID',
        },
      ),
      /^2026-01-02 03:04:05 ERROR Relocating 1 replicas .* Additional Errors: no GTID$/,
    ],
    [
      `skip-query/${at(13)}`,
      refusal('Replication SQL thread is running on 10.0.0.1:13'),
      /^Replication SQL thread is running on 10\.0\.0\.1:13$/,
    ],
  ];
  for (const [path, refused, message] of rows) {
    test(path, async () => {
      api.orchestrator.refusal = refused;
      const { status, body } = await api.get(`/api/${path}`);
      expect(status).toBe(500);
      expect(body).toEqual({ Code: 'ERROR', Message: expect.stringMatching(message), Details: null });
      const dry = await api.get(`/api/${path}?dryRun=true`);
      expect(dry.status).toBe(500);
      expect(dry.body.Message).toMatch(message);
      expect(dry.body.Details).toEqual(RefusalJson.parse(dry.body.Details));
      expect(dry.body.Details.objections).toEqual(refused.objections);
    });
  }
});

test('what failed on the way is told: some, all, and the whole operation', async () => {
  const { orchestrator } = api;
  orchestrator.stubborn = [{ hostname: '10.0.0.1', port: 12 }];
  const some = await api.get(`/api/relocate-replicas/${at(1)}/${at(13)}`);
  expect(some.body.Message).toBe(
    'Relocated 1 replicas of 10.0.0.1:1 below 10.0.0.1:13; 1 errors: 10.0.0.1:12: it will not',
  );
  expect(some.body.Details).toHaveLength(1);
  const all = await api.get(`/api/relocate-replicas/${at(1)}/${at(11)}`);
  expect([all.status, all.body.Code, all.body.Details]).toEqual([500, 'ERROR', null]);
  expect(all.body.Message).toContain('10.0.0.1:12: it will not');
  orchestrator.failure = '10.0.0.1:13: it broke; everything is as it was before';
  const failed = await api.get(`/api/relocate/${at(13)}/${at(11)}`);
  expect(failed.status).toBe(500);
  expect(failed.body).toEqual({ Code: 'ERROR', Message: orchestrator.failure, Details: null });
});

describe('the dry run of an operation', () => {
  test('has statements, what is waited for, and the topology before and after', async () => {
    const { body } = await api.get(`/api/relocate/${at(13)}/${at(11)}?dryRun=true`);
    expect(body.Code).toBe('OK');
    expect(body.Message).toBe('Plan to relocate 10.0.0.1:13; nothing was changed');
    const preview = OperationPreviewJson.parse(body.Details);
    expect(preview).toEqual(body.Details);
    expect(preview.steps).toEqual([
      {
        stage: 'act',
        server: { hostname: '10.0.0.1', port: 13 },
        statements: ['STOP REPLICA IO_THREAD'],
        requires: null,
        waitsFor: 'it replicates from 10.0.0.1:11',
        why: 'it is asked for',
        isDestructive: false,
        hasWayBack: false,
      },
    ]);
    const treeOf = (text: string): readonly string[] => text.split('\n').map((line) => line.replace(/ +\[.*/, ''));
    expect(treeOf(preview.before.ascii)).toEqual([name(1), `+ ${name(11)}`, `+ ${name(12)}`, `  + ${name(13)}`]);
    expect(treeOf(preview.after.ascii)).toEqual([name(1), `+ ${name(11)}`, `  + ${name(13)}`, `+ ${name(12)}`]);
    const sourceOf13 = (topology: typeof preview.after) => topology.instances.find(({ key: { port } }) => port === 13);
    expect(sourceOf13(preview.before)?.source?.port).toBe(12);
    expect(sourceOf13(preview.after)?.source?.port).toBe(11);
    expect(api.orchestrator.calls).toEqual([]);
  });
});

describe('notes of people', () => {
  test('maintenance, as the historic API shows it', async () => {
    const begun = await api.get(`/api/begin-maintenance/${at(13)}/me/testing`);
    expect(begun.body).toEqual({ Code: 'OK', Message: `Maintenance begun: ${name(13)}`, Details: key(13) });
    expect((await api.get('/api/maintenance')).body).toEqual([
      {
        MaintenanceId: 2,
        Key: key(13),
        BeginTimestamp: '2026-01-02T03:04:05Z',
        SecondsElapsed: 0,
        IsActive: true,
        Owner: 'me',
        Reason: 'testing',
      },
    ]);
    const again = await api.get(`/api/begin-maintenance/${at(13)}/you/too`);
    expect([again.body.Code, again.body.Details]).toEqual(['ERROR', 2]);
    expect(again.body.Message).toContain('by me: testing');
    expect((await api.get(`/api/in-maintenance/${at(13)}`)).body).toMatchObject({ Message: 'true', Details: name(13) });
    expect((await api.get(`/api/end-maintenance/${at(13)}`)).body.Message).toBe(`Maintenance ended: ${name(13)}`);
    expect((await api.get(`/api/in-maintenance/${at(13)}`)).body).toMatchObject({ Message: 'false', Details: '' });
  });

  test('tags', async () => {
    const tagged = await api.get(`/api/tag/${at(13)}/name/value`);
    expect(tagged.body).toEqual({ Code: 'OK', Message: `${name(13)} tagged with name=value`, Details: key(13) });
    expect((await api.get(`/api/tags/${at(13)}`)).body).toEqual(['name=value']);
    expect((await api.get(`/api/tag-value/${at(13)}/name`)).body).toBe('value');
    expect((await api.get('/api/tagged?tag=name%3Dvalue,~role')).body).toEqual([key(13)]);
    expect((await api.get('/api/tagged?tag=x')).body).toEqual([]);
    const untagged = await api.get(`/api/untag/${at(13)}?tag=name`);
    expect(untagged.body).toEqual({ Code: 'OK', Message: 'name removed from 1 instances', Details: [key(13)] });
    expect((await api.get(`/api/tag-value/${at(13)}/name`)).body.Code).toBe('ERROR');
    const empty = await api.get(`/api/tag-value/${at(13)}?tagName=x`);
    expect(empty.body).toEqual({ Code: 'ERROR', Message: 'NewTag: empty tag name', Details: null });
  });

  test('a promotion rule that does not exist', async () => {
    const { body } = await api.get(`/api/register-candidate/${at(11)}/must`);
    expect(body.Code).toBe('ERROR');
    expect(body.Message).toContain('prefer, neutral, prefer_not, must_not');
    expect(api.orchestrator.calls).toEqual([]);
  });
});

test('a promotion rule that is registered is listed until it expires', async () => {
  await api.get(`/api/register-candidate/${at(11)}/prefer_not`);
  expect((await api.get('/api/bulk-promotion-rules')).body).toEqual([
    {
      Hostname: '10.0.0.1',
      Port: 11,
      PromotionRule: 'prefer_not',
      LastSuggestedString: '2026-01-02 03:04:00',
      PromotionRuleExpiry: '2026-01-02 04:04:00',
    },
  ]);
});

describe('a change of primary by order', () => {
  test('answers in the shape of a recovery', async () => {
    const { body } = await api.get(`/api/force-master-takeover/shop/${at(12)}`);
    expect(body).toMatchObject({
      Code: 'OK',
      Message: 'force-master-takeover: successor promoted',
      Details: {
        Id: 7,
        SuccessorKey: { Hostname: '10.0.0.1', Port: 12 },
        AnalysisEntry: { Analysis: 'DeadMaster', CommandHint: 'force-master-takeover' },
      },
    });
  });

  test('says beforehand what it would do', async () => {
    const { body } = await api.get(`/api/force-master-failover/${at(1)}?dryRun=true`);
    expect(body.Message).toMatch(/^Plan to .*nothing was changed$/);
    expect(body.Details).toMatchObject({ kind: 'plan', stages: [{ name: 'promote' }] });
  });
});

test('questions about replication', async () => {
  expect((await api.get(`/api/can-replicate-from/${at(11)}/${at(12)}`)).body).toEqual({
    Code: 'OK',
    Message: 'true',
    Details: key(12),
  });
  expect((await api.get(`/api/can-replicate-from/${at(11)}/${at(11)}`)).body).toEqual({
    Code: 'OK',
    Message: 'false',
    Details: key(11),
  });
  const never = await api.get(`/api/can-replicate-from-gtid/${at(11)}/${at(13)}`);
  expect([never.body.Code, never.body.Message]).toEqual(['ERROR', '10.0.0.1:11 cannot follow 10.0.0.1:13 by gtid']);
  expect((await api.get(`/api/restart-replica-statements/${at(13)}?q=select%201`)).body).toEqual({
    Code: 'OK',
    Message: `statements for: ${name(13)}`,
    Details: [
      'stop replica io_thread;',
      'stop replica sql_thread;',
      'select 1;',
      'start replica sql_thread;',
      'start replica io_thread;',
    ],
  });
  const none = await api.get(`/api/locate-gtid-errant/${at(12)}`);
  expect(none.body.Message).toMatch(/^2026-01-02 03:04:05 ERROR locate-errant-gtid: no errant-gtid on 10\.0\.0\.1:12$/);
  expect((await api.get(`/api/last-pseudo-gtid/${at(12)}`)).body.Message).toBe(
    'PseudoGTIDPattern not configured; cannot use Pseudo-GTID',
  );
});

test('unfinished operations: listed, finished, taken back; unknown ones are named', async () => {
  expect((await api.get('/api/unfinished-operations')).body).toMatchObject([
    { uid: 'op-1', owner: 'node1:42', touched: [{ hostname: '10.0.0.1', port: 13 }] },
  ]);
  expect((await api.get('/api/finish-operation/op-1')).body.Message).toBe('Operation finished: relocate 10.0.0.1:13');
  expect((await api.get('/api/undo-operation/op-1')).body.Message).toBe(
    'Operation taken back: move 10.0.0.1:13 below 10.0.0.1:11',
  );
  expect((await api.get('/api/undo-operation/op-2')).body.Message).toBe('there is no unfinished operation op-2');
  expect((await api.get('/api/abort-operation/op-2')).body.Message).toBe('there is no running operation op-2');
});
