import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
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
  const fresh = fakeOrchestrator();
  api.orchestrator.records = fresh.records;
  api.orchestrator.outcome = fresh.outcome;
  api.orchestrator.isLeader = true;
  api.orchestrator.healthError = null;
  api.orchestrator.calls.length = 0;
  // Another second, so that no list of the test before is still remembered.
  api.clock.nowMs += 1000;
});

const keyOf = (port: number) => ({ Hostname: '10.0.0.1', Port: port });
const ports = (list: readonly { readonly Key: { readonly Port: number } }[]) => list.map((one) => one.Key.Port);

describe('servers', () => {
  test('an unknown one is an error that names it', async () => {
    const answer = await api.get('/api/instance/10.0.0.1/9999');
    expect(answer.status).toBe(500);
    expect(answer.body).toEqual({ Code: 'ERROR', Message: 'Cannot read instance: 10.0.0.1:9999', Details: null });
  });

  test('a bad port is named', async () => {
    const answer = await api.get('/api/instance/10.0.0.1/abc');
    expect(answer.body).toEqual({ Code: 'ERROR', Message: 'Invalid port: abc', Details: null });
  });

  test('names in paths are resolved', async () => {
    expect((await api.get('/api/instance/short/11')).body.Key).toEqual(keyOf(11));
  });

  test('search finds by port, and everything for an empty text', async () => {
    expect(ports((await api.get('/api/search?s=13')).body)).toEqual([13]);
    expect(ports((await api.get('/api/search?s=')).body)).toEqual([1, 12, 11, 13]);
  });

  test('discover tells what was read, and why it could not be', async () => {
    const good = await api.get('/api/discover/10.0.0.1/11');
    expect(good.body.Message).toBe('Instance discovered: 10.0.0.1:11');
    expect(good.body.Details.Key).toEqual(keyOf(11));
    const bad = await api.get('/api/discover/10.0.0.1/9');
    expect(bad.status).toBe(500);
    expect(bad.body.Message).toBe('dial tcp 10.0.0.1:9: connect: connection refused');
  });

  test('async-discover answers at once, whatever becomes of it', async () => {
    const answer = await api.get('/api/async-discover/10.0.0.1/9');
    expect(answer.body).toEqual({
      Code: 'OK',
      Message: 'Asynchronous discovery initiated for Instance: 10.0.0.1:9',
      Details: null,
    });
    expect(api.orchestrator.calls).toEqual(['discover 10.0.0.1:9']);
  });

  test('forget of an unknown one is an error in the historic words', async () => {
    const answer = await api.get('/api/forget/10.0.0.1/9999');
    expect(answer.status).toBe(500);
    expect(answer.body.Message).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ERROR ForgetInstance\(\): instance 10\.0\.0\.1:9999 not found$/,
    );
  });

  test('forget-cluster forgets every member', async () => {
    const answer = await api.get('/api/forget-cluster/shop');
    expect(answer.body.Message).toBe(`Cluster forgotten: ${CLUSTER}`);
    expect(api.orchestrator.records).toEqual([]);
  });
});

describe('clusters', () => {
  test('an unknown hint is an error in the historic words', async () => {
    const answer = await api.get('/api/cluster/nosuch');
    expect(answer.status).toBe(500);
    expect(answer.body.Message).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ERROR Unable to determine cluster name\. clusterHint=nosuch$/,
    );
  });

  test('all members in order of their addresses, by name, alias and member', async () => {
    for (const path of ['cluster/shop', 'cluster/alias/shop', 'cluster/instance/10.0.0.1/13', `cluster/${CLUSTER}`]) {
      expect(ports((await api.get(`/api/${path}`)).body)).toEqual([1, 11, 12, 13]);
    }
  });

  test('the cluster of a server that is not known cannot be determined', async () => {
    for (const path of ['cluster/instance/10.0.0.9/1', 'topology/10.0.0.9/1']) {
      expect((await api.get(`/api/${path}`)).body.Message).toContain('clusterHint=10.0.0.9:1');
    }
  });

  test('summary and master', async () => {
    expect((await api.get('/api/cluster-info/shop')).body).toEqual({
      ClusterName: CLUSTER,
      ClusterAlias: 'shop',
      ClusterDomain: 'shop.example.com',
      CountInstances: 4,
      HeuristicLag: 0,
      HasAutomatedMasterRecovery: true,
      HasAutomatedIntermediateMasterRecovery: false,
    });
    expect((await api.get('/api/master/shop')).body.Key).toEqual(keyOf(1));
    expect(ports((await api.get('/api/masters')).body)).toEqual([1]);
  });

  test('a primary that is read-only is the master of its cluster, though not among the masters', async () => {
    const [primary, ...others] = api.orchestrator.records;
    if (primary?.instance == null) throw new Error('no primary');
    const closed = { ...primary, instance: { ...primary.instance, isReadOnly: true } };
    api.orchestrator.records = [closed, ...others];
    const { status, body } = await api.get('/api/master/shop');
    expect([status, body.Key, body.ReadOnly]).toEqual([200, keyOf(1), true]);
    expect((await api.get('/api/masters')).body).toEqual([]);
  });

  test('without a primary there is no master, and the message says so', async () => {
    api.orchestrator.records = api.orchestrator.records.slice(1);
    const answer = await api.get('/api/master/shop');
    expect(answer.status).toBe(500);
    expect(answer.body.Message).toBe(`No masters found for cluster ${CLUSTER}`);
    expect((await api.get('/api/masters')).body).toEqual([]);
  });

  test('no problems is null, as it always was', async () => {
    api.clock.nowMs = NOW_MS;
    expect((await api.get('/api/problems')).text).toBe('null');
    api.clock.nowMs = NOW_MS + 3_600_000;
    expect(ports((await api.get('/api/problems/shop')).body)).toEqual([1, 11, 12, 13]);
  });
});

describe('topology', () => {
  test('the tree, as it has always looked', async () => {
    api.clock.nowMs = NOW_MS;
    const answer = await api.get('/api/topology/shop');
    expect(answer.body.Message).toBe(`Topology for cluster ${CLUSTER}`);
    const lines: readonly string[] = answer.body.Details.split('\n');
    expect(lines.map((line) => line.split('[')[0]?.trimEnd())).toEqual([
      '10.0.0.1:1',
      '+ 10.0.0.1:11',
      '+ 10.0.0.1:12',
      '  + 10.0.0.1:13',
    ]);
  });

  test('by any member, tabulated, and with tags', async () => {
    expect((await api.get('/api/topology/10.0.0.1/13')).body).toEqual((await api.get('/api/topology/shop')).body);
    expect((await api.get('/api/topology-tabulated/shop')).body.Details).toMatch(/^10\.0\.0\.1:1 +\|/);
    expect((await api.get('/api/topology-tags/shop')).body.Details).toContain('[role=backup]');
  });
});

describe('analysis and recovery', () => {
  test('nothing wrong is an empty list', async () => {
    expect((await api.get('/api/replication-analysis')).body).toEqual({ Code: 'OK', Message: 'Analysis', Details: [] });
  });

  test('recover tells who took over', async () => {
    const answer = await api.get('/api/recover/10.0.0.1/1');
    expect(answer.body.Details).toEqual(keyOf(11));
    expect(api.orchestrator.calls).toEqual(['recover 10.0.0.1:1']);
  });

  test('candidate, hooks and recover-lite are passed on', async () => {
    await api.get('/api/recover/10.0.0.1/1/short/11?skipProcesses=true');
    await api.get('/api/recover-lite/10.0.0.1/1');
    expect(api.orchestrator.calls).toEqual([
      'recover 10.0.0.1:1 to 10.0.0.1:11 without hooks',
      'recover 10.0.0.1:1 without hooks',
    ]);
  });

  test('not attempted and failed are errors that carry the failed server', async () => {
    api.orchestrator.outcome = { kind: 'not-attempted', reason: 'it is healthy', refusal: null };
    const refused = await api.get('/api/recover-lite/10.0.0.1/1');
    expect(refused.status).toBe(500);
    expect(refused.body).toEqual({ Code: 'ERROR', Message: 'Recovery not attempted', Details: keyOf(1) });
    api.orchestrator.outcome = { kind: 'failed', uid: 'u', reason: 'nobody can follow' };
    const failed = await api.get('/api/recover/10.0.0.1/1');
    expect(failed.status).toBe(500);
    expect(failed.body.Message).toContain('nobody can follow');
    expect(failed.body.Details).toEqual(keyOf(1));
  });

  test.each(['recover', 'recover-lite'])('%s of a server that nobody knows, too', async (word) => {
    const { status, body } = await api.get(`/api/${word}/10.0.0.1/77`);
    expect([status, body]).toEqual([
      500,
      { Code: 'ERROR', Message: 'Cannot read instance: 10.0.0.1:77', Details: keyOf(77) },
    ]);
  });

  test('a candidate that is refused is told of with the reason', async () => {
    const refusal = {
      kind: 'refusal',
      purpose: '',
      clusterName: 'c',
      reason: 'it is no replica',
      objections: [],
    } as const;
    api.orchestrator.outcome = { kind: 'not-attempted', reason: refusal.reason, refusal };
    const { status, body } = await api.get('/api/recover/10.0.0.1/1/10.0.0.1/13');
    expect([status, body.Message]).toEqual([500, 'Recovery not attempted: it is no replica']);
  });

  test('a dry run shows the plan and does nothing', async () => {
    const answer = await api.get('/api/recover/10.0.0.1/1?dryRun=true');
    expect(answer.body.Details.kind).toBe('plan');
    const refusal = await api.get('/api/recover/10.0.0.1/11?dryRun=true');
    expect(refusal.status).toBe(500);
    expect(refusal.body.Message).toContain('10.0.0.1:11 is not a primary');
    expect(refusal.body.Details.kind).toBe('refusal');
    expect(api.orchestrator.calls).toEqual([]);
  });

  test('filters are those of the configuration', async () => {
    expect((await api.get('/api/automated-recovery-filters')).body).toEqual({
      Code: 'OK',
      Message: 'Automated recovery configuration details',
      Details: {
        RecoverMasterClusterFilters: ['*'],
        RecoverIntermediateMasterClusterFilters: ['_none'],
        RecoveryIgnoreHostnameFilters: [],
      },
    });
  });
});

describe('recovery history', () => {
  test('by page, id, uid, cluster and alias', async () => {
    for (const path of ['', '/0', '/id/7', '/uid/uid-7', `/cluster/${CLUSTER}`, '/alias/shop', '/alias/shop/0']) {
      const answer = await api.get(`/api/audit-recovery${path}`);
      expect(answer.body.map((one: { Id: number }) => one.Id)).toEqual([7]);
    }
    for (const path of ['/1', '/id/8', '/uid/other', '/cluster/other', '/alias/shop/1']) {
      expect((await api.get(`/api/audit-recovery${path}`)).body).toEqual([]);
    }
    expect((await api.get('/api/audit-recovery/x')).body.Message).toBe('Invalid page: x');
  });

  test('recent means ended within five minutes', async () => {
    api.clock.nowMs = NOW_MS;
    expect((await api.get(`/api/recently-active-cluster-recovery/${CLUSTER}`)).body).toHaveLength(1);
    expect((await api.get('/api/recently-active-instance-recovery/10.0.0.1/11')).body).toHaveLength(1);
    expect((await api.get('/api/recently-active-instance-recovery/10.0.0.1/1')).body).toEqual([]);
    api.clock.nowMs = NOW_MS + 6 * 60_000;
    expect((await api.get(`/api/recently-active-cluster-recovery/${CLUSTER}`)).body).toEqual([]);
  });

  test('a recovery that has ended is not active', async () => {
    expect((await api.get(`/api/active-cluster-recovery/${CLUSTER}`)).body).toEqual([]);
  });

  test('how analyses changed, by server', async () => {
    expect((await api.get('/api/replication-analysis-changelog')).body).toEqual([
      {
        AnalyzedInstanceKey: { Hostname: '10.0.0.1', Port: 1 },
        Changelog: ['2026-01-02 03:00:00;NoProblem,', '2026-01-02 03:04:00;DeadMaster,'],
      },
      { AnalyzedInstanceKey: { Hostname: '10.0.0.1', Port: 11 }, Changelog: ['2026-01-02 03:00:00;NoProblem,'] },
    ]);
  });

  test('steps', async () => {
    expect((await api.get('/api/audit-recovery-steps/uid-7')).body).toEqual([
      { Id: 1, RecoveryUID: 'uid-7', AuditAt: '2026-01-02 03:04:00', Message: 'begun' },
    ]);
  });
});

describe('acknowledgement', () => {
  test('needs a comment', async () => {
    for (const path of ['ack-all-recoveries', 'ack-recovery/7', 'ack-recovery/cluster/shop?comment=']) {
      const answer = await api.get(`/api/${path}`);
      expect(answer.status).toBe(500);
      expect(answer.body).toEqual({ Code: 'ERROR', Message: 'No acknowledge comment given', Details: null });
    }
  });

  test('tells the engine what, by whom and why', async () => {
    expect((await api.get('/api/ack-all-recoveries?comment=all%20good')).body).toEqual({
      Code: 'OK',
      Message: 'Acknowledged all recoveries',
      Details: 'all good',
    });
    expect((await api.get('/api/ack-recovery/cluster/shop?comment=c')).body.Details).toBe(CLUSTER);
    expect((await api.get('/api/ack-recovery/instance/10.0.0.1/1?comment=c')).body.Details).toEqual(keyOf(1));
    expect((await api.get('/api/ack-recovery/7?comment=c')).body.Details).toBe('7');
    expect((await api.get('/api/ack-recovery/uid/uid-7?comment=c')).body.Details).toBe('uid-7');
    expect(api.orchestrator.calls).toEqual([
      'acknowledge {} by orc: all good',
      `acknowledge {"clusterName":"${CLUSTER}"} by orc: c`,
      'acknowledge {"key":{"hostname":"10.0.0.1","port":1}} by orc: c',
      'acknowledge {"recoveryId":7} by orc: c',
      'acknowledge {"uid":"uid-7"} by orc: c',
    ]);
  });
});

describe('downtime and the switch', () => {
  test('begin and end', async () => {
    api.clock.nowMs = NOW_MS;
    const begun = await api.get('/api/begin-downtime/10.0.0.1/11/ann/schema%20change/30m');
    expect(begun.body).toEqual({ Code: 'OK', Message: 'Downtime begun: 10.0.0.1:11', Details: keyOf(11) });
    expect(ports((await api.get('/api/downtimed/shop')).body)).toEqual([11]);
    expect((await api.get('/api/instance/10.0.0.1/11')).body.DowntimeReason).toBe('schema change');
    expect((await api.get('/api/end-downtime/10.0.0.1/11')).body.Message).toBe('Downtime ended: 10.0.0.1:11');
    expect((await api.get('/api/downtimed')).body).toEqual([]);
    expect(api.orchestrator.calls[0]).toBe('begin-downtime 10.0.0.1:11 ann schema change 1800');
  });

  test('ten minutes when nothing is said; a bad duration is refused', async () => {
    await api.get('/api/begin-downtime/10.0.0.1/11/ann/x');
    expect(api.orchestrator.calls).toEqual(['begin-downtime 10.0.0.1:11 ann x 600']);
    expect((await api.get('/api/begin-downtime/10.0.0.1/11/ann/x/soon')).body.Message).toContain(
      'Invalid duration: soon',
    );
  });

  test('the switch', async () => {
    const message = async (path: string) => (await api.get(`/api/${path}-global-recoveries`)).body;
    expect(await message('disable')).toEqual({
      Code: 'OK',
      Message: 'Globally disabled recoveries',
      Details: 'disabled',
    });
    expect(await message('check')).toEqual({ Code: 'OK', Message: 'Global recoveries disabled', Details: 'disabled' });
    expect(await message('enable')).toEqual({ Code: 'OK', Message: 'Globally enabled recoveries', Details: 'enabled' });
    expect(await message('check')).toEqual({ Code: 'OK', Message: 'Global recoveries enabled', Details: 'enabled' });
  });
});

describe('node health', () => {
  test('healthy and not', async () => {
    const good = await api.get('/api/status');
    expect(good.body.Message).toBe('Application node is healthy');
    expect(good.body.Details.Healthy).toBe(true);
    api.orchestrator.healthError = 'backend is gone';
    const bad = await api.get('/api/health');
    expect(bad.status).toBe(500);
    expect(bad.body.Message).toBe('Application node is unhealthy backend is gone');
    expect(bad.body.Details.Healthy).toBe(false);
    expect((await api.get('/api/lb-check')).text).toBe('"OK"');
  });

  test('leader checks answer by status', async () => {
    api.orchestrator.isLeader = false;
    const statuses = await Promise.all(
      ['leader-check', 'leader-check/503', 'leader-check/x', 'routed-leader-check'].map(
        async (path) => (await api.get(`/api/${path}`)).status,
      ),
    );
    expect(statuses).toEqual([404, 503, 404, 404]);
    expect((await api.get('/api/leader-check')).text).toBe('"Not leader"');
  });

  test('with RaftEnabled the node is the only one of its setup, and every answer agrees on it', async () => {
    const raft = { bind: '10.0.0.5:10008', advertise: 'node1:10008', leaderUri: 'http://node1:3000' };
    const alone = await startTestServer({ raft });
    const body = async (path: string) => (await alone.get(`/api/${path}`)).body;
    try {
      expect(await body('leader-check')).toBe('OK');
      expect(await body('raft-state')).toBe('Leader');
      expect(await body('raft-leader')).toBe('node1:10008');
      expect(await body('raft-health')).toBe('healthy');
      expect(await body('raft-peers')).toEqual(['node1:10008']);
      const status = { RaftBind: '10.0.0.5:10008', RaftAdvertise: 'node1:10008', Peers: ['node1:10008'] };
      const led = { State: 'Leader', Leader: 'node1:10008', LeaderURI: 'http://node1:3000' };
      expect(await body('raft-status')).toEqual({ ...status, ...led, Healthy: true, IsPartOfQuorum: true });
      const facts = { RaftLeader: 'node1:10008', IsRaftLeader: true, RaftLeaderURI: 'http://node1:3000' };
      const { Details: health } = await body('health');
      expect(health).toMatchObject({ ...facts, RaftAdvertise: 'node1:10008', RaftHealthyMembers: ['node1:10008'] });
      expect(await body('raft-yield-hint/node1')).toMatchObject({ Code: 'OK', Details: 'node1' });
      expect(await body('raft-yield/node1')).toMatchObject({ Code: 'OK' });
      for (const path of ['raft-yield/node2', 'raft-yield-hint/node2', 'raft-add-peer/node2', 'raft-remove-peer/node2'])
        expect(await body(path)).toMatchObject({ Code: 'ERROR', Message: expect.stringContaining('only one') });
      expect(await body('raft-snapshot')).toMatchObject({
        Code: 'ERROR',
        Message: expect.stringContaining('no raft log'),
      });
    } finally {
      await alone.server.close();
    }
  });

  test('probes answer by status', async () => {
    const look = async (name: string) => {
      const { status, body } = await api.get(`/health/${name}`);
      return [status, body];
    };
    for (const name of ['live', 'ready', 'leader']) expect(await look(name), name).toEqual([200, { status: 'ok' }]);
    api.orchestrator.isLeader = false;
    expect(await look('leader')).toEqual([503, { status: 'error', error: 'another node is the leader' }]);
    expect(await look('ready')).toEqual([200, { status: 'ok' }]);
    api.orchestrator.healthError = 'backend is gone';
    expect(await look('ready')).toEqual([503, { status: 'error', error: 'backend is gone' }]);
    expect(await look('live')).toEqual([200, { status: 'ok' }]);
  });

  test('raft routes say that there is none', async () => {
    for (const [path, name] of [
      ['raft-state', 'raft-state'],
      ['raft-leader', 'raft-leader'],
      ['raft-health', 'raft-state'],
      ['raft-status', 'raft-state'],
      ['raft-add-peer/x', 'raft-add-peer'],
    ]) {
      const answer = await api.get(`/api/${path}`);
      expect(answer.status).toBe(500);
      expect(answer.body).toEqual({ Code: 'ERROR', Message: `${name}: not running with raft setup`, Details: null });
    }
  });
});

describe('the edges of the protocol', () => {
  test('unknown paths', async () => {
    for (const path of ['/api/nosuch', '/api/ping', '/nosuch', '/api/']) {
      const answer = await api.get(path);
      expect(answer.status).toBe(404);
      expect(answer.contentType).toBe('text/plain; charset=utf-8');
      expect(answer.text).toBe('404 page not found\n');
    }
    expect((await api.get('/api/clusters', { method: 'POST' })).status).toBe(404);
    expect((await api.get('/metrics')).status).toBe(404);
  });

  test('a slash at the end does no harm, nor does HEAD', async () => {
    expect((await api.get('/api/health/')).status).toBe(200);
    const head = await api.get('/api/leader-check', { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.text).toBe('');
    expect((await api.get('/api/live', { method: 'HEAD' })).status).toBe(200);
  });

  test('an unchanged listing is not sent again', async () => {
    const first = await api.get('/api/clusters-info');
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^".+"$/);
    const again = await api.get('/api/clusters-info', { headers: { 'If-None-Match': `W/${etag}` } });
    expect(again.status).toBe(304);
    api.clock.nowMs += 5000;
    expect((await api.get('/api/clusters-info', { headers: { 'If-None-Match': etag } })).status).toBe(304);
    await api.orchestrator.forget({ hostname: '10.0.0.1', port: 13 });
    expect((await api.get('/api/clusters-info', { headers: { 'If-None-Match': etag } })).body[0].CountInstances).toBe(
      3,
    );
  });

  test('a login is not echoed', async () => {
    const answer = await api.get('/api/headers', { headers: { Authorization: 'Basic c2VjcmV0', 'X-Test': 'yes' } });
    expect(answer.body['X-Test']).toEqual(['yes']);
    expect(answer.text).not.toContain('c2VjcmV0');
  });
});
