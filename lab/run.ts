import { spawn } from 'node:child_process';

export interface RunResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  /** Text (or pieces of text) given to the program on its standard input. */
  readonly input?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Runs one program to its end and gathers what it wrote. Never throws for a bad exit: `code` is null when the program
 * could not be started or died of a signal, and `stderr` says why.
 */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = spawn(program, [...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.env === undefined ? {} : { env: options.env }),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', (error) => resolve({ code: null, stdout, stderr: `${program}: ${error.message}` }));
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    // A program that ends early closes its input; its exit code tells more than the broken pipe would.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}

/** The last few non-empty lines of a program's complaint, on one line, for a message. */
export function lastWords(result: RunResult, lines = 3): string {
  const text = `${result.stdout}\n${result.stderr}`.split('\n').filter((line) => line.trim() !== '');
  return text.slice(-lines).join(' | ') || `exit code ${result.code}`;
}
