import { clientEnvironment } from '../../../src/cli/client/environment.ts';
import { httpGet } from '../../../src/cli/client/http-get.ts';
import { type ClientDeps, runClient } from '../../../src/cli/client/run-client.ts';
import type { TestServer } from './http-server.ts';

/** Runs orchestrator-client in this process against a test server. */
export async function runTestClient(
  api: TestServer,
  argv: readonly string[],
  variables: Record<string, string> = {},
  deps: Partial<ClientDeps> = {},
) {
  let [out, err] = ['', ''];
  const code = await runClient(argv, {
    fetch: httpGet,
    sleep: async () => {},
    stdout: (text) => {
      out += text;
    },
    stderr: (text) => {
      err += text;
    },
    environment: clientEnvironment({ ORCHESTRATOR_API: `${api.server.url}/api`, ...variables }, ''),
    username: 'orc',
    pid: 42,
    ...deps,
  });
  return { code, out, err };
}
