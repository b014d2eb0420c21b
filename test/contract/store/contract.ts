import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import type { Store } from '../../../src/engine/ports.ts';
import { accessTokenContract } from './access-token-contract.ts';
import { agentContract } from './agent-contract.ts';
import { auditContract } from './audit-contract.ts';
import { clusterNameContract } from './cluster-name-contract.ts';
import { concurrencyContract } from './concurrency-contract.ts';
import { equivalenceContract } from './equivalence-contract.ts';
import type { Backend, StoreHarness } from './harness.ts';
import { intentContract } from './intent-contract.ts';
import { maintenanceContract } from './maintenance-contract.ts';
import { operationContract } from './operation-contract.ts';
import { peopleContract } from './people-contract.ts';
import { recoveryContract } from './recovery-contract.ts';
import { serverContract } from './server-contract.ts';
import { smallTablesContract } from './small-tables-contract.ts';
import { takeoverContract } from './takeover-contract.ts';

/** Everything a Store promises, whichever engine is below. `start` is called once. */
export function describeStoreContract(name: string, start: () => Promise<StoreHarness>): void {
  describe(`store contract: ${name}`, () => {
    let harness: StoreHarness;
    let opened: Store[] = [];
    const backend: Backend = {
      open: async (settings) => {
        const store = await harness.open(settings);
        opened.push(store);
        return store;
      },
      sql: (text) => harness.sql(text),
      ago: (seconds) => harness.ago(seconds),
    };
    beforeAll(async () => {
      harness = await start();
    });
    beforeEach(async () => {
      await harness.wipe();
      return async () => {
        await Promise.all(opened.map((store) => store.close()));
        opened = [];
      };
    });
    afterAll(() => harness?.close());

    serverContract(backend);
    intentContract(backend);
    peopleContract(backend);
    clusterNameContract(backend);
    accessTokenContract(backend);
    maintenanceContract(backend);
    operationContract(backend);
    equivalenceContract(backend);
    recoveryContract(backend);
    takeoverContract(backend);
    concurrencyContract(backend);
    agentContract(backend);
    auditContract(backend);
    smallTablesContract(backend);
  });
}
