import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One command of a terminal recording. */
export interface RecordedCommand {
  /** As typed after the program's name. */
  readonly line: string;
  readonly args: readonly string[];
  /** Standard output; of the client what went to standard error too. */
  readonly output: string;
  readonly exitCode: number;
  /** What was said beside it; '' when nothing was. */
  readonly said: string;
}

/** Reads `$ program arguments`, its output, and `[exit n] what was said`, over and over. */
export function readTranscript(name: 'cli' | 'client'): readonly RecordedCommand[] {
  const text = readFileSync(join(import.meta.dirname, `${name}.txt`), 'utf8');
  return text
    .split(/^\$ orchestrator(?:-client)? /m)
    .slice(1)
    .map((block) => {
      const found = /^(?<line>[^\n]*)\n(?<output>[\s\S]*)^\[exit (?<code>\d+)\](?<said>[^\n]*)\n*$/m.exec(block);
      const { line = '', output = '', code = '', said = '' } = found?.groups ?? {};
      if (found === null) throw new Error(`the ${name} recording has a command without its end: ${block}`);
      return { line, args: line.split(' '), output, exitCode: Number(code), said: said.trim() };
    });
}
