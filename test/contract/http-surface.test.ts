import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTimings } from '../../src/outlet/timings.ts';
import { NOW_MS } from './support/fake-orchestrator.ts';
import { startTestServer, type TestServer } from './support/http-server.ts';

let api: TestServer;
let waiting: readonly string[] = [];
beforeAll(async () => {
  const timings = createTimings(() => NOW_MS, { retentionSeconds: 60, queueSamples: 60 });
  timings.discovered({ hostname: 'db1', port: 3306, elapsedMs: 20, hasFailed: false });
  timings.queueSeen('DEFAULT', { active: 1, queued: 3 });
  timings.backendWritten({ elapsedMs: 2, hasFailed: false });
  timings.flushed({ countServers: 4, elapsedMs: 2 });
  api = await startTestServer(
    { authenticationMethod: 'none' },
    {
      timings,
      debugVariables: (part) => (part === 'all' ? { 'discoveries.attempt': 7, cmdline: [] } : { cmdline: [] }),
      reloadConfiguration: async () => ({ taken: ['RecoverMasterClusterFilters'], waiting }),
    },
  );
});
afterAll(() => api.server.close());

const body = async (path: string) => (await api.get(path)).body;
const bodyOf = async (path: string, init: RequestInit) => api.get(path, init);

describe('pools', () => {
  test('a submission, and what is in the pools of a cluster', async () => {
    const submitted = await body('/api/submit-pool-instances/read?instances=10.0.0.1:11,10.0.0.1:12');
    expect(submitted).toEqual({ Code: 'OK', Message: 'Submitted read', Details: 'read' });
    const whole = await body('/api/cluster-pool-instances/10.0.0.1:1');
    expect(whole.Message).toBe('Read pool instances for cluster 10.0.0.1:1');
    expect(whole.Details.spare).toEqual([{ Hostname: '10.0.0.1', Port: 13 }]);
    expect(Object.keys((await body('/api/cluster-pool-instances/shop/read')).Details)).toEqual(['read']);
    const healthy = await body('/api/heuristic-cluster-pool-instances/shop/spare/');
    expect(healthy.Details.map((one: { Key: unknown }) => one.Key)).toEqual([{ Hostname: '10.0.0.1', Port: 13 }]);
    expect(await body('/api/heuristic-cluster-pool-lag/shop')).toMatchObject({ Code: 'OK', Details: 3 });
  });

  test('without ?instances nothing is emptied by mistake', async () => {
    const { status, body: answer } = await bodyOf('/api/submit-pool-instances/read', {});
    expect([status, answer.Code]).toEqual([500, 'ERROR']);
    expect(answer.Message).toContain('?instances=');
  });
});

describe('classification', () => {
  test('control replicas, alias, snapshot, and a retired call', async () => {
    for (const name of ['cluster-osc-replicas', 'cluster-osc-slaves']) {
      const keys = (await body(`/api/${name}/shop`)).map((one: { Key: { Port: number } }) => one.Key.Port);
      expect(keys).toEqual([11, 12, 13]);
    }
    expect(await body('/api/set-cluster-alias/10.0.0.1:1?alias=demo')).toEqual({
      Code: 'OK',
      Message: "Cluster 10.0.0.1:1 now has alias 'demo'",
      Details: null,
    });
    expect((await body('/api/set-cluster-alias/10.0.0.1:1')).Code).toBe('ERROR');
    const snapshot = await body('/api/snapshot-topologies');
    expect(snapshot).toMatchObject({ Code: 'OK', Message: 'Topology Snapshot completed' });
    expect(snapshot.Details).toMatch(/^Took \d/);
    expect((await api.get('/api/reload-cluster-alias')).status).toBe(500);
  });
});

describe('the node', () => {
  test('elections', async () => {
    const elected = { Code: 'OK', Message: 'Node elected as leader', Details: null };
    expect(await body('/api/grab-election')).toEqual(elected);
    expect((await body('/api/reelect')).Code).toBe('OK');
    expect((await body('/api/raft-follower-health-report/t/b/a')).Message).toContain('not running with raft setup');
  });

  test('the configuration is read again, and what differs is named', async () => {
    waiting = [];
    expect(await body('/api/reload-configuration')).toEqual({ Code: 'OK', Message: 'Config reloaded', Details: '' });
    waiting = ['InstancePollSeconds'];
    expect(await body('/api/reload-configuration')).toMatchObject({
      Code: 'ERROR',
      Message:
        'In effect now: RecoverMasterClusterFilters. Changed since the start, in effect after a restart only: InstancePollSeconds',
    });
    expect((await api.get('/api/reload-configuration?config=/etc/x')).status).toBe(500);
  });

  test('a token is redeemed once people follow its link, not when it is looked at', async () => {
    const path = '/web/access-token?publicToken=public';
    expect((await bodyOf(path, { method: 'HEAD' })).headers.get('set-cookie')).toBeNull();
    const answer = await bodyOf(path, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/web/clusters']);
    const cookie = 'access-token=public%3Asecret; Path=/; HttpOnly; SameSite=Lax';
    expect(answer.headers.get('set-cookie')).toBe(cookie);
    expect((await api.get('/web/access-token?publicToken=other')).status).toBe(401);
    expect((await api.get('/web/access-token')).status).toBe(401);
  });
});

describe('timings', () => {
  test('single and in sum', async () => {
    expect(await body('/api/discovery-metrics-raw/10')).toMatchObject([{ Hostname: 'db1', TotalLatencySeconds: 0.02 }]);
    expect(await body('/api/discovery-metrics-aggregated/10')).toMatchObject({ SuccessfulDiscoveries: 1 });
    expect(await body('/api/discovery-queue-metrics-raw/10')).toEqual([{ Active: 1, Queued: 3 }]);
    expect(await body('/api/discovery-queue-metrics-raw/DEADINSTANCES/10')).toEqual([]);
    expect(await body('/api/discovery-queue-metrics-aggregated/DEFAULT/10')).toMatchObject({ QueuedMaxEntries: 3 });
    expect((await api.get('/api/discovery-queue-metrics-raw/NOSUCH/10')).status).toBe(500);
    expect(await body('/api/backend-query-metrics-raw/10')).toMatchObject([{ ExecuteLatency: 2_000_000 }]);
    expect(await body('/api/backend-query-metrics-aggregated/10')).toMatchObject({ Count: 1 });
    expect(await body('/api/write-buffer-metrics-raw/10')).toMatchObject([{ Instances: 4 }]);
    expect(await body('/api/write-buffer-metrics-aggregated/10')).toMatchObject({ CountInstances: 4 });
  });

  test('no time is an error', async () => {
    for (const seconds of ['0', '-1', 'x']) {
      expect((await body(`/api/discovery-metrics-raw/${seconds}`)).Message).toBe(`Invalid seconds: ${seconds}`);
    }
  });

  test('counters under their historic names', async () => {
    expect(await body('/debug/metrics')).toEqual({ 'discoveries.attempt': 7, cmdline: [] });
    expect(await body('/debug/vars')).toEqual({ cmdline: [] });
  });
});

describe('agents', () => {
  test('shapes, and no token', async () => {
    const [agent] = await body('/api/agents');
    expect(agent).toMatchObject({ Hostname: '10.0.0.1', Port: 3002, Token: '', MySQLPort: 11 });
    expect(await body('/api/agent/10.0.0.1')).toEqual(agent);
    expect(await body('/api/agent-mount/10.0.0.1?lv=/dev/vg/snap')).toEqual(agent);
    expect((await api.get('/api/agent-mount/10.0.0.1')).status).toBe(500);
    expect(api.orchestrator.calls).toContain('agent 10.0.0.1 {"kind":"mount","volume":"/dev/vg/snap"}');
    expect(await body('/api/agent-custom-command/10.0.0.1/hello')).toBe('done');
    expect(await body('/api/seeds')).toMatchObject([{ SeedId: 4, IsComplete: false }]);
    expect(await body('/api/agent-seed-details/4')).toHaveLength(1);
    expect(await body('/api/agent-seed-states/4')).toMatchObject([{ SeedStateId: 9, Action: 'began' }]);
    expect(await body('/api/agent-active-seeds/10.0.0.1')).toHaveLength(1);
    expect(await body('/api/agent-abort-seed/4')).toBe(true);
  });

  test('a seed answers with its id; a dry run with conditions and steps', async () => {
    expect(await body('/api/agent-seed/a/b')).toBe(4);
    expect(api.orchestrator.calls).toContain('agent-seed a b');
    expect(await body('/api/agent-seed/c/b?dryRun=true')).toEqual({
      Code: 'OK',
      Message: 'Dry run: would overwrite the MySQL data of c with that of b; nothing was changed',
      Details: { Checks: ['the agents answer'], Steps: ['Erasing the MySQL data folder of c'] },
    });
    const { status, body: answer } = await bodyOf('/api/agent-seed/unready/b?dryRun=true', {});
    expect([status, answer.Code, answer.Message]).toEqual([500, 'ERROR', 'MySQL runs on unready']);
    expect(api.orchestrator.calls).not.toContain('agent-seed unready b');
  });
});
