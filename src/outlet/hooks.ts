import type { Clock, HookContext, HookResult, HookRunner, Logger } from '../engine/ports.ts';
import { renderHookCommand, truncatedPlaceholders } from '../legacy/hook-command.ts';
import type { Secret } from '../model/secret.ts';
import { createBoundedOutput } from './bounded-output.ts';
import { type HookProcessOutcome, runHookProcess } from './hook-process.ts';
import { type HookScript, writeHookScript } from './hook-script.ts';
import { createRedactor } from './redact.ts';

const OUTPUT_LIMIT_BYTES = 64 * 1024;

export interface HookSettings {
  /** ProcessesShellCommand: a program, found by PATH. */
  readonly shellCommand: string;
  /** HookTimeoutSeconds; 0 = none. Commands in the background have none. */
  readonly timeoutSeconds: number;
  /** Environment of this program, which hooks inherit beside their ORC_* variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Replaced by *** in everything that is logged or audited. */
  readonly secrets: readonly Secret[];
  /** Where commands are written to be run. */
  readonly temporaryDirectory: string;
}

interface Command {
  readonly text: string;
  readonly isBackground: boolean;
  /** `PreFailoverProcesses hook 1 of 2`. */
  readonly name: string;
}

interface Finished {
  readonly outcome: HookProcessOutcome;
  readonly output: string;
  readonly elapsedMs: number;
}

/**
 * Runs hook commands as the historic program did (historic behaviour, hooks): placeholders are pasted, the text is
 * written to a file and run as `<shell> <file>` with ORC_* in the environment; a command that ends in & runs in the
 * background, and its end is only logged; the first failing one stops a list that may prevent something, and no other.
 * `run` resolves when the list is done; it never rejects. `close` lets background commands go on without us.
 */
export function createHookRunner(
  deps: { readonly clock: Clock; readonly logger: Logger },
  settings: HookSettings,
): HookRunner & { close(): Promise<void> } {
  const { clock, logger } = deps;
  const redactor = createRedactor(settings.secrets);

  const execute = async (command: Command, context: HookContext): Promise<Finished> => {
    const startedAtMs = clock.monotonicMs();
    const output = createBoundedOutput(OUTPUT_LIMIT_BYTES, redactor);
    const script: HookScript = writeHookScript(settings.temporaryDirectory, command.text);
    try {
      const outcome = await runHookProcess(clock, {
        program: settings.shellCommand,
        arguments: [...script.arguments, ...(context.arguments ?? [])],
        environment: environmentOf(settings.environment, context.environment),
        timeoutMs: command.isBackground ? 0 : settings.timeoutSeconds * 1000,
        output,
      });
      return { outcome, output: output.text(), elapsedMs: Math.round(clock.monotonicMs() - startedAtMs) };
    } finally {
      script.remove();
    }
  };

  /** Executes and tells of it; null when it went well, else why not. */
  const runOne = async (command: Command, context: HookContext): Promise<string | null> => {
    const finished = await execute(command, context);
    const failure = failureOf(finished.outcome, settings);
    const fields = {
      hook: command.name,
      command: redactor.redact(command.text),
      elapsedMs: finished.elapsedMs,
      output: finished.output,
    };
    if (failure === null) {
      logger.info(fields, 'hook completed');
      context.onCommand(`Completed ${command.name} in ${finished.elapsedMs} ms`);
    } else {
      logger.error({ ...fields, failure }, 'hook failed');
      const lastLine = finished.output.trimEnd().split('\n').at(-1) ?? '';
      context.onCommand(
        `Execution of ${command.name} failed after ${finished.elapsedMs} ms: ${failure}${lastLine === '' ? '' : `; last line of its output: ${lastLine.slice(0, 500)}`}`,
      );
    }
    return failure;
  };

  return {
    async run(list, context): Promise<HookResult> {
      const failed: { readonly command: string; readonly message: string }[] = [];
      for (const [index, text] of list.entries()) {
        const command = commandOf(text, `${context.listName} hook ${index + 1} of ${list.length}`, context);
        if (command.text === '') continue;
        const shown = redactor.redact(command.text);
        const truncated = truncatedPlaceholders(text, context.placeholders);
        if (truncated.length > 0) {
          logger.warn(
            { hook: command.name, placeholders: truncated },
            'unsafe characters were left out of hook placeholders; the ORC_ variables have them',
          );
        }
        context.onCommand(`Running ${command.name}${command.isBackground ? ' in the background' : ''}: ${shown}`);
        const running = runOne(command, context);
        const failure = command.isBackground ? null : await running;
        if (failure === null) continue;
        failed.push({ command: shown, message: `${command.name} failed: ${failure}` });
        if (isDone(context.listName)) continue;
        if (index + 1 < list.length) context.onCommand(`Not running further ${context.listName} hooks`);
        break;
      }
      const [first] = failed;
      if (first === undefined) return { kind: 'succeeded' };
      return { kind: 'failed', command: first.command, message: failed.map(({ message }) => message).join('; ') };
    },
    close: () => Promise.resolve(),
  };
}

/**
 * Whether the list tells of what is done already (historic behaviour, hooks): then its failures prevent nothing, and a command that
 * fails (a message that could not be sent) must not keep the next one (that moves an address) from running.
 */
const isDone = (listName: string): boolean => listName.startsWith('Post');

function commandOf(text: string, name: string, context: HookContext): Command {
  const trimmed = text.trim();
  const isBackground = trimmed.endsWith('&') && !trimmed.endsWith('&&');
  const foreground = isBackground ? trimmed.slice(0, -1).trimEnd() : trimmed;
  return { text: renderHookCommand(foreground, context.placeholders), isBackground, name };
}

function failureOf(outcome: HookProcessOutcome, settings: HookSettings): string | null {
  if (outcome.kind === 'not-started') {
    return `${settings.shellCommand} could not be started (${outcome.reason}); install it, or correct ProcessesShellCommand`;
  }
  if (outcome.timedOut) return `it took longer than HookTimeoutSeconds (${settings.timeoutSeconds} s) and was ended`;
  if (outcome.signal !== null) return `it was ended by ${outcome.signal}`;
  return outcome.code === 0 ? null : `exit code ${outcome.code}`;
}

/** Program's own variables under ORC_*; without NUL, which no environment can hold. */
function environmentOf(
  own: Readonly<Record<string, string | undefined>>,
  hook: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...own, ...hook })) {
    if (value !== undefined) environment[name] = value.replaceAll('\0', '');
  }
  return environment;
}
