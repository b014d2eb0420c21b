import { spawn } from 'node:child_process';
import type { LabTopology } from '../../lab/index.ts';
import type { OperationRequest } from '../../src/plan/operations/request.ts';

/** What became of a process that was to die after so many deeds; see crashing-operation.ts. */
export type Crash =
  | { readonly kind: 'died'; readonly log: string }
  | { readonly kind: 'done'; readonly deeds: number; readonly outcome: string; readonly log: string };

/** Runs an operation in a process of its own, which kills itself after `deeds` deeds, or when it begins the stage of that name. Throws what it said if it ended otherwise. */
export function crashOperation(
  topology: LabTopology,
  request: OperationRequest,
  { configFile, deeds }: { readonly configFile: string; readonly deeds: number | string },
): Promise<Crash> {
  const ports = [...topology.servers.values()].map(({ port }) => port).join(',');
  const program = 'test/support/crashing-operation.ts';
  const args = ['--import', 'tsx', program, configFile, String(deeds), ports, JSON.stringify(request)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let log = '';
  child.stdout.on('data', (chunk) => {
    said += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    log += String(chunk);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      const [, count, outcome] = /^done (\d+) (\S+)/.exec(said) ?? [];
      if (signal === 'SIGKILL') resolve({ kind: 'died', log });
      else if (count !== undefined) resolve({ kind: 'done', deeds: Number(count), outcome: outcome ?? '', log });
      else reject(new Error(`the process ended with ${code ?? signal}: ${said}${log}`));
    });
  });
}
