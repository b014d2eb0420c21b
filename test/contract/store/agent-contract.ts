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

    test('how many snapshots hosts have is told with the decisions, and is a change only when it changes', async () => {
      const store = await backend.open();
      for (const hostname of ['h0', 'h1']) await store.agents.submit({ ...agent, hostname });
      const tokens: string[] = [];
      for (const count of [2, 2, 3, 0]) {
        await store.agents.noteAnswer('h1', 3306, count);
        tokens.push(await store.intent.changeToken());
        const { snapshotCounts } = await store.intent.read();
        expect([...snapshotCounts]).toEqual(count === 0 ? [] : [['h1', count]]);
      }
      expect(tokens.map((token, at) => token === tokens[at - 1])).toEqual([false, true, false, false]);
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

    test('a seed begins where no other is open, tells its steps, and ends once', async () => {
      const store = await backend.open();
      for (const hostname of ['h1', 'h2', 'h3']) await store.agents.submit({ ...agent, hostname });
      const begun = await store.agents.beginSeed('h1', 'h2');
      if (begun.kind === 'busy') throw new Error('nobody else is there');
      const { seedId } = begun;
      for (const [target, source] of [
        ['h1', 'h3'],
        ['h3', 'h1'],
        ['h2', 'h3'],
      ] as const)
        expect(await store.agents.beginSeed(target, source)).toMatchObject({ kind: 'busy', other: { seedId } });
      const stateId = await store.agents.addSeedState(seedId, 'mounting'.padEnd(200, 'g'));
      await store.agents.noteSeedError(stateId ?? 0, `no such volume ${'🦭'.repeat(300)}`);
      expect(await store.agents.completeSeed(seedId, 'completed')).toBe(true);
      expect(await store.agents.completeSeed(seedId, 'completed')).toBe(false);
      expect(await store.agents.failSeed(seedId, 'failed', 'too late')).toBe(false);
      expect(await store.agents.addSeedState(seedId, 'one more')).toBeNull();
      expect(await store.agents.addSeedState(seedId, 'unmounting', { evenIfClosed: true })).toBeGreaterThan(0);
      expect(await store.agents.addSeedState(seedId + 1, 'of no seed', { evenIfClosed: true })).toBeNull();
      const states = await store.agents.readSeedStates(seedId);
      expect(states.map(({ action }) => action.slice(0, 9))).toEqual(['unmountin', 'completed', 'mountingg']);
      expect(states[2]?.errorMessage).toMatch(/^no such volume 🦭+$/u);
      expect(await store.agents.readSeeds({ seedId })).toMatchObject([
        { targetHostname: 'h1', sourceHostname: 'h2', isComplete: true, isSuccessful: true },
      ]);
      expect(await store.agents.beginSeed('h3', 'h1')).toMatchObject({ kind: 'begun' });
    });

    test('of several processes that begin a seed on one host, one does', async () => {
      const stores = await Promise.all([backend.open(), backend.open(), backend.open()]);
      for (const hostname of ['h1', 'h2', 'h3', 'h4']) await stores[0]?.agents.submit({ ...agent, hostname });
      const sources = ['h2', 'h3', 'h4'];
      const begun = await Promise.all(stores.map((one, at) => one.agents.beginSeed('h1', sources[at] ?? '')));
      expect(begun.map(({ kind }) => kind).toSorted()).toEqual(['begun', 'busy', 'busy']);
    });

    test('agents that are gone and seeds without news end', async () => {
      const store = await backend.open();
      await store.agents.submit(agent);
      await backend.sql(`update host_agent set last_submitted = ${backend.ago(7 * 3600)}`);
      await backend.sql(seed(1, 0, backend.ago(2 * 3600)));
      await backend.sql(seed(2, 0, backend.ago(60)));
      await store.agents.forgetAgents(6);
      expect(await store.agents.failStaleSeeds(60)).toMatchObject([{ seedId: 1, targetHostname: 'h1' }]);
      expect(await store.agents.failStaleSeeds(60)).toEqual([]);
      expect(await store.agents.readAgents()).toEqual([]);
      expect((await store.agents.readSeeds({ isActive: true })).map(({ seedId }) => seedId)).toEqual([2]);
    });
  });
}
