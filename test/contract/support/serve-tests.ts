import { afterAll, afterEach, beforeAll } from 'vitest';
import { fakeOrchestrator } from './fake-orchestrator.ts';
import { startTestServer, type TestServer } from './http-server.ts';

/** One server for the tests of a file or block, handed to `started` before the first; each test finds the fleet as it was at first, a second later. */
export function serveTests(started: (api: TestServer) => void): void {
  let api: TestServer;
  beforeAll(async () => {
    api = await startTestServer();
    started(api);
  });
  afterAll(async () => {
    await api.server.close();
  });
  afterEach(() => {
    api.orchestrator.records = fakeOrchestrator().records;
    api.clock.nowMs += 1000;
  });
}
