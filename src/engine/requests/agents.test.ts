import { expect, test } from 'vitest';
import type { AgentClient, AgentRecord, AgentStatus, AgentStore } from '../ports.ts';
import { SILENT } from '../testing/fakes.ts';
import { createAgents, NO_AGENTS } from './agents.ts';

const RECORD: AgentRecord = {
  hostname: 'h1',
  port: 3002,
  token: 't',
  lastSubmitted: '',
  mysqlPort: null,
  countSnapshots: 0,
};
const STATUS = {
  mysqlPort: 3306,
  snapshots: ['h1', 'h2', 'h3'],
  volumes: [{ isSnapshot: true }, { isSnapshot: false }, { isSnapshot: true }],
} as unknown as AgentStatus;

function scene(isServed: boolean, client: Partial<AgentClient> = {}) {
  const noted: string[] = [];
  const store = {
    readAgents: async () => [RECORD],
    noteAnswer: async (host: string, port: number, count: number) => void noted.push(`${host} ${port} ${count}`),
    forgetAgents: async () => void noted.push('forget'),
    submit: async () => void noted.push('submit'),
  } as unknown as AgentStore;
  const agents = createAgents(
    {
      store,
      attributes: {
        putAttribute: async () => undefined,
        readAttributes: async () =>
          ['east', 'west'].map((value) => ({ hostname: 'h', name: 'dc', value, submittedAt: '', expiresAt: '' })),
      },
      client: { ...NO_AGENTS, ...client },
      copies: {
        plan: async () => ({ held: [], refusal: null, steps: [] }),
        begin: async () => 1,
        abort: async (seedId) => void noted.push(`abort ${seedId}`),
        failStale: async () => void noted.push('stale'),
        close: async () => undefined,
      },
      auditLog: { write: async (type: string) => void noted.push(type) } as never,
      logger: SILENT,
    },
    { isServed, pollMs: 1, unseenHours: 6 },
  );
  return { agents, noted };
}

test('nothing is served without ServeAgentsHttp', async () => {
  const { agents, noted } = scene(false);
  for (const asked of [agents.list(), agents.ask('h1'), agents.seeds({}), agents.submit(RECORD)])
    await expect(asked).rejects.toThrow('Agents not served');
  for (const asked of [agents.abortSeed(1), agents.seed('h1', 'h2'), agents.planSeed('h1', 'h2')])
    await expect(asked).rejects.toThrow('Agents not served');
  expect(noted).toEqual([]);
});

test('what an agent tells is noted; an unknown one is not asked', async () => {
  const { agents, noted } = scene(true, { status: async () => STATUS });
  expect(await agents.ask('h1')).toEqual({ record: RECORD, status: STATUS });
  expect(noted).toEqual(['h1 3306 2']);
  await expect(agents.ask('h2')).rejects.toMatchObject({ code: 'unknown-agent' });
});

test('an order that was obeyed succeeds, though the agent then tells nothing', async () => {
  const { agents, noted } = scene(true, { order: async () => 'ok' });
  const { answer, agent } = await agents.order('h1', { kind: 'mysql-stop' });
  expect([answer, agent.status]).toEqual(['ok', null]);
  expect(noted).toEqual(['agent-mysql-stop']);
  await expect(scene(true).agents.order('h1', { kind: 'mysql-stop' })).rejects.toMatchObject({
    code: 'agent-unreachable',
  });
});

test('a poll goes on behind an agent that does not answer; seeds and attributes', async () => {
  const { agents, noted } = scene(true);
  await agents.poll();
  expect(noted).toEqual([]);
  await agents.expire();
  await agents.abortSeed(1);
  expect(noted).toEqual(['forget', 'stale', 'abort 1']);
  expect(await agents.attributes('dc', null)).toHaveLength(2);
  expect(await agents.attributes('dc', /^w/)).toMatchObject([{ value: 'west' }]);
});
