import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A child process that answers each line of its standard input with a line, and ends when that closes. */
export interface AnsweringProcess {
  /** @throws Error when it is gone. */
  ask(): Promise<string>;
  close(): Promise<void>;
}

/** Starts a TypeScript file as a process of its own, and waits for its first line: then it is ready. */
export async function startAnswering(
  file: string,
  args: readonly string[],
  options: { readonly what: string },
): Promise<AnsweringProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', file, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${options.what} are gone`);
    return value;
  };
  await next();
  return {
    ask() {
      child.stdin.write('\n');
      return next();
    },
    async close() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
