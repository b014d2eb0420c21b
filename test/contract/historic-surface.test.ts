import { describe, expect, test } from 'vitest';
import { CLIENT_COMMANDS } from '../../src/cli/client/run-client.ts';
import { findCommand } from '../../src/cli/commands/index.ts';
import { parseArguments } from '../../src/cli/parse.ts';
import { createAgentsApp } from '../../src/http/agents-server.ts';
import { routesWithStatus } from '../../src/http/routes/index.ts';
import { runTestCli } from './support/cli.ts';
import { fakeAgents } from './support/fake-classification.ts';
import * as names from './support/historic-names.ts';
import { SILENT, startTestServer } from './support/http-server.ts';

/** Paths by where their parameters stand; how these are called is nobody's business. */
const shapeOf = (path: string): string => path.replace(/:\w+/g, ':').replace(/\/$/, '');
const served = new Set(routesWithStatus().map(({ path }) => shapeOf(path)));

describe('every historic name is there', () => {
  test('paths of the API', () => {
    expect(names.HISTORIC_API_PATHS).toHaveLength(250);
    expect(names.HISTORIC_API_PATHS.filter((path) => !served.has(shapeOf(path)))).toEqual([]);
  });

  test('paths for agents', () => {
    const app = createAgentsApp(fakeAgents([]), SILENT);
    const there = new Set(app.routes.map(({ path }) => shapeOf(path)));
    expect(names.HISTORIC_AGENT_PATHS).toHaveLength(6);
    expect(names.HISTORIC_AGENT_PATHS.filter((path) => !there.has(shapeOf(path)))).toEqual([]);
  });

  test('pages', async () => {
    const { get, server } = await startTestServer();
    try {
      expect(names.HISTORIC_PAGES).toHaveLength(38);
      for (const path of ['/', ...names.HISTORIC_PAGES]) {
        // 503: the page is not built where tests run; 401: no token was given.
        const { status } = await get(path.replace(/:(\w+)/g, '1'));
        expect(status, path).toBe(path === '/web/access-token' ? 401 : 503);
      }
    } finally {
      await server.close();
    }
  });

  test('commands and their synonyms', async () => {
    expect(names.HISTORIC_COMMANDS).toHaveLength(128);
    const all = [...names.HISTORIC_COMMANDS, ...names.HISTORIC_SYNONYMS].filter((name) => name !== 'help');
    expect(all.filter((name) => findCommand(name) === null)).toEqual([]);
    const help = await runTestCli(['-c', 'help']);
    expect(help.code).toBe(0);
    expect(help.out).toContain('relocate-replicas');
  });

  test('flags, with one dash and with two', () => {
    expect(names.HISTORIC_TEXT_FLAGS.length + names.HISTORIC_BOOLEAN_FLAGS.length).toBe(31);
    for (const dash of ['-', '--']) {
      for (const name of names.HISTORIC_TEXT_FLAGS) {
        const apart = parseArguments([dash + name, 'x y']);
        expect(Object.values(apart.flags), name).toContain('x y');
        expect(parseArguments([`${dash}${name}=x y`])).toEqual(apart);
      }
      for (const name of names.HISTORIC_BOOLEAN_FLAGS) {
        const on = parseArguments([dash + name]);
        expect(parseArguments([`${dash}${name}=true`])).toEqual(on);
        expect(parseArguments([`${dash}${name}=false`])).not.toEqual(on);
      }
    }
  });

  test('commands of the client', () => {
    expect(names.HISTORIC_CLIENT_COMMANDS).toHaveLength(106);
    const known = new Set(CLIENT_COMMANDS.flatMap((command) => [command.name, ...command.synonyms]));
    expect(names.HISTORIC_CLIENT_COMMANDS.filter((name) => name !== 'help' && !known.has(name))).toEqual([]);
  });
});
