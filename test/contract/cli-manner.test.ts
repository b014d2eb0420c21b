import { expect, test } from 'vitest';
import { runTestCli as run } from './support/cli.ts';

test('-strict and -skip-binlog-search hold for the search of every move', async () => {
  const { orchestrator } = await run('-c match -i 10.0.0.1:13 -d 10.0.0.1:11 -skip-binlog-search'.split(' '));
  expect(orchestrator.calls).toEqual([
    'match 10.0.0.1:13 10.0.0.1:11 search={"strict":false,"skipBinlogSearch":true} by orc',
  ]);
});

test.each([
  'recover',
  'recover-lite',
  'force-master-failover',
  'force-master-takeover',
  'graceful-master-takeover-auto',
])('%s: how replicas are moved is told to it as to any move', async (name) => {
  const asked = async (...flags: readonly string[]) => {
    const { code, orchestrator } = await run(['-c', name, '-i', '10.0.0.1:1', '-d', '10.0.0.1:11', ...flags]);
    expect(code).toBe(0);
    return orchestrator.calls.filter((call) => call.includes('in the manner')).map((call) => call.replace(/^.* /, ''));
  };
  expect(await asked()).toEqual([]);
  expect(await asked('-skip-unresolve')).toEqual(['{"ignoresVirtualNames":true}']);
  expect(await asked('-skip-unresolve-check', '-strict')).toEqual([
    '{"trustsVirtualNames":true,"search":{"strict":true,"skipBinlogSearch":false}}',
  ]);
});
