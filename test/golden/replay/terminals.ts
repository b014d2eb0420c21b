import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { clientEnvironment } from '../../../src/cli/client/environment.ts';
import { httpGet } from '../../../src/cli/client/http-get.ts';
import { runClient } from '../../../src/cli/client/run-client.ts';
import { runCli } from '../../../src/cli/run.ts';
import { cliDeps } from '../../../src/compose/program.ts';
import type { CommandRun } from '../../cluster/program-support.ts';
import type { Program } from '../../support/program.ts';

/**
 * The two command lines inside this process: the same code from the first argument to the exit code, without the half second that
 * starting some 150 processes would each take. program-clients.test.ts runs them as processes.
 */
type Run = (program: Program, args: readonly string[]) => Promise<CommandRun>;

const SOURCES = resolve(import.meta.dirname, '../../../src');

/** `orchestrator …` with the configuration of a running program: on its backend. */
export const runCommandLine: Run = async ({ dir }, args) => {
  const [said, io] = listen();
  const exitCode = await runCli([...args, '--config', join(dir, 'orchestrator.conf.json')], {
    ...cliDeps(SOURCES),
    ...io,
  });
  return { exitCode, ...said };
};

/** `orchestrator-client …` against a running program. */
export const runShellClient: Run = async ({ url }, args) => {
  const [said, io] = listen();
  const exitCode = await runClient(args, {
    fetch: httpGet,
    sleep: (ms) => sleep(ms),
    environment: clientEnvironment({ ORCHESTRATOR_API: url }, ''),
    username: 'recorder',
    pid: process.pid,
    ...io,
  });
  return { exitCode, ...said };
};

function listen() {
  const said = { stdout: '', stderr: '' };
  const io = {
    stdout: (text: string) => {
      said.stdout += text;
    },
    stderr: (text: string) => {
      said.stderr += text;
    },
  };
  return [said, io] as const;
}
