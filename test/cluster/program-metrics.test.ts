import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Program, startProgram } from '../support/program.ts';

let program: Program;
beforeAll(async () => {
  // Nobody listens at this port: readings that fail are counted, too.
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  const port = typeof address === 'object' && address !== null ? address.port : 1;
  program = await startProgram({ seeds: [`127.0.0.1:${port}`], config: { InstancePollSeconds: 1 } });
});
afterAll(() => program?.close());

const get = async (path: string) => {
  const response = await fetch(program.url + path);
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
};

it('/metrics has the names that dashboards read, each with its type', async () => {
  const page = await program.waitFor('a failed reading to be counted', async () => {
    const answer = await get('/metrics');
    return /^orchestrator_discovery_errors_total [1-9]/m.test(answer.text) && answer;
  });
  expect(page).toMatchObject({ status: 200, type: expect.stringContaining('text/plain') });
  for (const [name, type] of [
    ['orchestrator_discoveries_total', 'counter'],
    ['orchestrator_discovery_errors_total', 'counter'],
    ['orchestrator_instances_total', 'gauge'],
    ['orchestrator_clusters_total', 'gauge'],
    ['orchestrator_recoveries_total', 'counter'],
    ['orchestrator_recovery_duration_seconds', 'histogram'],
  ])
    expect(page.text.split('\n')).toContain(`# TYPE ${name} ${type}`);
  expect(page.text).toMatch(/^orchestrator_recovery_duration_seconds_count 0$/m);
});

it('/debug/metrics counts the same under the historic names', async () => {
  const { text } = await get('/debug/metrics');
  const numbers = JSON.parse(text) as Record<string, number>;
  expect(numbers['discoveries.fail']).toBeGreaterThan(0);
  expect(numbers).toMatchObject({ 'elect.is_elected': 1, 'health.is_healthy': 1, 'recover.dead_master.start': 0 });
});

it('probes and load balancers get their answers', async () => {
  for (const name of ['live', 'ready', 'leader'])
    expect(await get(`/health/${name}`), name).toMatchObject({ status: 200, text: '{"status":"ok"}' });
  expect(await get('/api/leader-check')).toMatchObject({ status: 200, text: '"OK"' });
  expect(await get('/api/lb-check')).toMatchObject({ status: 200, text: '"OK"' });
});
