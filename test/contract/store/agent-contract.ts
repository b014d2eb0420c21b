import { describe, expect, test } from 'vitest';
import type { Backend } from './harness.ts';

export function agentContract(backend: Backend): void {
  describe('agents', () => {
    const agent = { hostname: 'h1', port: 3002, token: 'secret' };

    test('an agent registers, tells of its host, and registers again without losing that', async () => {
      const store = await backend.open();
      await store.agents.submit(agent);
      await store.agents.noteAnswer('h1', 3306, 2);
      await store.agents.submit({ ...agent, token: 'another' });
      await store.agents.submit({ ...agent, hostname: 'h0' });
      expect(await store.agents.readAgents()).toMatchObject([
        { hostname: 'h0', mysqlPort: null, countSnapshots: 0 },
        { hostname: 'h1', port: 3002, token: 'another', mysqlPort: 3306, countSnapshots: 2 },
      ]);
    });

    const seed = (id: number, isComplete: number, started: string): string =>
      `insert into agent_seed (agent_seed_id, target_hostname, source_hostname, start_timestamp, is_complete)
       values (${id}, 'h${id}', 'h9', ${started}, ${isComplete})`;

    test('seeds that an earlier program left are listed, and closed as failed, once', async () => {
      const store = await backend.open();
      await backend.sql(seed(1, 1, backend.ago(60)));
      await backend.sql(seed(2, 0, backend.ago(30)));
      expect((await store.agents.readSeeds({})).map(({ seedId }) => seedId)).toEqual([2, 1]);
      expect(await store.agents.readSeeds({ hostname: 'h9' })).toHaveLength(2);
      expect(await store.agents.readSeeds({ hostname: 'h1', isActive: true })).toEqual([]);
      expect(await store.agents.failSeed(2, 'aborted', 'asked for')).toBe(true);
      expect(await store.agents.failSeed(2, 'aborted', 'asked for')).toBe(false);
      expect(await store.agents.readSeeds({ seedId: 2 })).toMatchObject([{ isComplete: true, isSuccessful: false }]);
      expect(await store.agents.readSeedStates(2)).toMatchObject([{ action: 'aborted', errorMessage: 'asked for' }]);
    });

    test('agents that are gone and seeds without news end', async () => {
      const store = await backend.open();
      await store.agents.submit(agent);
      await backend.sql(`update host_agent set last_submitted = ${backend.ago(7 * 3600)}`);
      await backend.sql(seed(1, 0, backend.ago(2 * 3600)));
      await backend.sql(seed(2, 0, backend.ago(60)));
      await store.agents.expire(6, 60);
      expect(await store.agents.readAgents()).toEqual([]);
      expect((await store.agents.readSeeds({ isActive: true })).map(({ seedId }) => seedId)).toEqual([2]);
    });
  });
}
