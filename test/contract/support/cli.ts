import type { CliDeps } from '../../../src/cli/deps.ts';
import type { ProgramFlags } from '../../../src/cli/flags.ts';
import { runCli } from '../../../src/cli/run.ts';
import { type FakeOrchestrator, fakeOrchestrator, NOW_MS } from './fake-orchestrator.ts';

export interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly orchestrator: FakeOrchestrator;
  /** What of the program was started. */
  readonly started: readonly string[];
  readonly flags: ProgramFlags | null;
}

/** Runs the program's command line in this process against an invented engine. */
export async function runTestCli(
  argv: readonly string[],
  prepare: (orchestrator: FakeOrchestrator) => void = () => {},
  deps: Partial<CliDeps> & { readonly raftEnabled?: boolean } = {},
): Promise<Run> {
  const orchestrator = fakeOrchestrator();
  prepare(orchestrator);
  let [out, err] = ['', ''];
  let seen: ProgramFlags | null = null;
  const started: string[] = [];
  const code = await runCli(argv, {
    stdout: (text) => {
      out += text;
    },
    stderr: (text) => {
      err += text;
    },
    now: () => NOW_MS,
    hostname: '10.0.0.1',
    username: 'orc',
    version: { version: '1.2.3', gitCommit: 'abc' },
    loadConfig: async (flags) => {
      seen = flags;
      started.push('config');
      return {
        instancePollSeconds: 5,
        reasonableInstanceCheckSeconds: 1,
        reasonableReplicationLagSeconds: 10,
        defaultInstancePort: 1,
        raftEnabled: deps.raftEnabled ?? false,
        configurationJson: '{"Debug":false}',
      };
    },
    open: async () => {
      started.push('open');
      return orchestrator;
    },
    openReading: async () => {
      started.push('open reading');
      return orchestrator;
    },
    throughApi: null,
    startContinuous: async (flags) => {
      seen = flags;
      started.push('continuous');
      return 0;
    },
    resolveAddress: async (key) => ({ ...key, hostname: `${key.hostname}.example.com` }),
    startHttp: async (flags) => {
      seen = flags;
      started.push('http');
      return 0;
    },
    ...deps,
  });
  return { code, out, err, orchestrator, started, flags: seen };
}
