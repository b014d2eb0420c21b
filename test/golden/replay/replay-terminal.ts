import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandRun } from '../../cluster/program-support.ts';
import { ask } from './ask.ts';
import { type Deviation, deviations } from './compare.ts';
import { isVolatile, withoutTimes } from './normalise.ts';
import type { Finding } from './replay.ts';
import type { Scene } from './scene.ts';
import { runCommandLine, runShellClient } from './terminals.ts';
import type { RecordedCommand } from './transcript.ts';
import { toReal, toRecorded } from './translate.ts';

/** Commands that change something run once and alone; all others may run side by side, and again until what changed is seen. */
const CHANGES =
  /^-c (?:relocate|move|take|begin|end|tag |untag|register|stop|start|restart|set-|flush|detach|reattach|gtid-errant|skip|forget|disable|enable|submit|ack|graceful|snapshot|access-token|reset)/;

/** So many reads run side by side. */
const SIDE_BY_SIDE = 4;
/** How long a read may lag behind what was changed before it. */
const SETTLE_MS = 20_000;

export interface TerminalOptions {
  readonly program: 'cli' | 'client';
  readonly before: ReadonlyMap<string, string>;
  readonly isOnPurpose: (finding: Finding) => boolean;
}

/** The configuration is one line of JSON, compared key by key; everything else is text. */
const asJson = (text: string): unknown => (text.startsWith('{') ? JSON.parse(text) : undefined);

function compareRun(
  which: 'cli' | 'client',
  was: RecordedCommand,
  run: CommandRun,
  scene: Scene,
): readonly Deviation[] {
  const words = (text: string): string =>
    withoutTimes(toRecorded(text.replaceAll(scene.program.url, 'http://127.0.0.1:3300'), scene.cast));
  // What the command line said was recorded without its time, and of several lines the first.
  const said = words(run.stderr).replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (?=FATAL|ERROR)/, '');
  const output = which === 'cli' ? words(run.stdout) : words(run.stdout + run.stderr);
  const found: Deviation[] = [];
  const differ = (path: string, recorded: string, answered: string): void => {
    if (recorded !== answered) found.push({ path, kind: 'value', recorded, answered });
  };
  const json = asJson(was.output);
  if (json === undefined) differ('(output)', withoutTimes(was.output), output);
  else found.push(...deviations(json, asJson(output), isVolatile));
  differ('(exit code)', String(was.exitCode), String(run.exitCode));
  if (which === 'cli') differ('(said)', withoutTimes(was.said), said.trim().split('\n')[0]?.trim() ?? '');
  return found;
}

/** Runs the commands of a terminal recording in order and gives every deviation, those on purpose too. */
export async function replayTerminal(
  recording: readonly RecordedCommand[],
  scene: Scene,
  { program: which, before, isOnPurpose }: TerminalOptions,
): Promise<readonly Finding[]> {
  const run = which === 'cli' ? runCommandLine : runShellClient;
  const results: (readonly Finding[])[] = [];
  const reads: Promise<void>[] = [];

  async function one(at: number, command: RecordedCommand): Promise<void> {
    const giveUpAt = Date.now() + (CHANGES.test(command.line) ? 0 : SETTLE_MS);
    for (;;) {
      const ended = await run(
        scene.program,
        command.args.map((arg) => toReal(arg, scene.cast)),
      );
      const found = compareRun(which, command, ended, scene);
      const findings = found.map((entry) => ({ at, get: `${which} ${command.line}`, ...entry }));
      results[at] = findings;
      if (findings.every(isOnPurpose) || Date.now() >= giveUpAt) return;
      await sleep(100);
    }
  }

  for (const [at, command] of recording.entries()) {
    const bring = before.get(`${which} ${command.line}`);
    const isAlone = CHANGES.test(command.line) || bring !== undefined;
    if (isAlone || reads.length >= SIDE_BY_SIDE) await Promise.all(reads.splice(0));
    if (bring !== undefined) await ask(scene.program.url, toReal(bring, scene.cast));
    if (isAlone) await one(at, command);
    else reads.push(one(at, command));
  }
  await Promise.all(reads);
  return results.flat();
}
