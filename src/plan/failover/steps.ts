import type { ServerCommand } from '../../model/command.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { Condition, Lane, Step } from '../plan.ts';
import type { Participant } from './input.ts';

/** Deadline of a control statement that should be instant, milliseconds. */
export const STATEMENT_DEADLINE_MS = 5_000;

interface StepOptions {
  readonly requires?: Condition;
  readonly ensures?: Condition;
  readonly deadlineMs?: number;
  readonly isDestructive?: boolean;
  readonly undo?: ServerCommand;
}

/** A step that sends one command. */
export function commandStep(
  stage: string,
  to: Participant,
  command: ServerCommand,
  why: string,
  options: StepOptions = {},
): Step {
  return {
    id: `${stage} ${formatKey(to.key)} ${command.kind}`,
    server: to.key,
    action: { kind: 'command', command },
    requires: options.requires ?? null,
    ensures: options.ensures ?? null,
    deadlineMs: options.deadlineMs ?? STATEMENT_DEADLINE_MS,
    isDestructive: options.isDestructive ?? false,
    undo: options.undo ?? null,
    why,
  };
}

/** A step that only waits. */
export function waitStep(stage: string, on: Participant, ensures: Condition, deadlineMs: number, why: string): Step {
  return {
    id: `${stage} ${formatKey(on.key)} wait-${ensures.kind}`,
    server: on.key,
    action: { kind: 'wait' },
    requires: null,
    ensures,
    deadlineMs,
    isDestructive: false,
    undo: null,
    why,
  };
}

export const lane = (participant: Participant, steps: readonly Step[], isRequired = true): Lane => ({
  server: participant.key,
  isRequired,
  steps,
});
