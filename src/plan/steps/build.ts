import type { ServerCommand } from '../../model/command.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { Action, Condition, Lane, NotedPlace, Stage, Step } from '../plan.ts';

/** Deadline of a control statement that should be instant, milliseconds. */
export const STATEMENT_DEADLINE_MS = 5_000;

/** The server a step is for. */
export interface StepTarget {
  readonly key: InstanceKey;
}

export interface StepOptions {
  readonly unless?: Condition;
  readonly unlessDone?: Step['unlessDone'];
  readonly requires?: Condition;
  readonly ensures?: Condition;
  readonly deadlineMs?: number;
  readonly isDestructive?: boolean;
  readonly isPointOfNoReturn?: boolean;
  readonly undo?: readonly Step[];
}

function step(id: string, target: StepTarget, action: Action, why: string, options: StepOptions): Step {
  return {
    id,
    server: target.key,
    action,
    unless: options.unless ?? null,
    ...(options.unlessDone === undefined ? {} : { unlessDone: options.unlessDone }),
    requires: options.requires ?? null,
    ensures: options.ensures ?? null,
    deadlineMs: options.deadlineMs ?? STATEMENT_DEADLINE_MS,
    isDestructive: options.isDestructive ?? false,
    ...(options.isPointOfNoReturn === undefined ? {} : { isPointOfNoReturn: options.isPointOfNoReturn }),
    undo: options.undo ?? [],
    why,
  };
}

/** A step that sends one command. `at` names the note that gives the command its coordinates. */
export function commandStep(
  stage: string,
  target: StepTarget,
  command: ServerCommand,
  why: string,
  options: StepOptions & { readonly at?: string } = {},
): Step {
  const action: Action =
    options.at === undefined ? { kind: 'command', command } : { kind: 'command', command, at: options.at };
  return step(`${stage} ${formatKey(target.key)} ${command.kind}`, target, action, why, options);
}

/** A step that only waits. */
export function waitStep(stage: string, target: StepTarget, ensures: Condition, deadlineMs: number, why: string): Step {
  const id = `${stage} ${formatKey(target.key)} wait-${ensures.kind}`;
  return step(id, target, { kind: 'wait' }, why, { ensures, deadlineMs });
}

/** A step that remembers where a server stands, for later steps. What it ensures is true of the reading that is noted. */
export function noteStep(
  stage: string,
  target: StepTarget,
  note: string,
  place: NotedPlace,
  why: string,
  options: Pick<StepOptions, 'ensures'> = {},
): Step {
  return step(`${stage} ${formatKey(target.key)} note-${place}`, target, { kind: 'note', note, place }, why, options);
}

/** A step that remembers the server's gtid_executed, but for the GTIDs `without`. */
export function noteGtidStep(stage: string, target: StepTarget, note: string, without: string, why: string): Step {
  const action: Action = { kind: 'note', note, place: 'executed-gtid', without };
  return step(`${stage} ${formatKey(target.key)} note-executed-gtid`, target, action, why, {});
}

/**
 * A step that remembers all GTIDs the server has, executed or only received, but for the GTIDs `without` (Oracle only). What it
 * ensures is true of the reading that is noted.
 */
export function noteCompleteStep(
  stage: string,
  target: StepTarget,
  note: string,
  without: string,
  why: string,
  options: Pick<StepOptions, 'unless' | 'ensures'> = {},
): Step {
  const action: Action = { kind: 'note', note, place: 'complete-gtid', without };
  return step(`${stage} ${formatKey(target.key)} note-complete-gtid`, target, action, why, options);
}

/** A step that finds the place in another server's log which means what this one has executed, by Pseudo-GTID. */
export function correlateStep(
  stage: string,
  target: StepTarget,
  destination: InstanceKey,
  note: string,
  options: { readonly deadlineMs: number; readonly why: string },
): Step {
  const id = `${stage} ${formatKey(target.key)} correlate`;
  return step(id, target, { kind: 'correlate', note, destination }, options.why, { deadlineMs: options.deadlineMs });
}

/** Steps on one server. */
export const lane = (target: StepTarget, steps: readonly Step[], isRequired = true): Lane => ({
  server: target.key,
  isRequired,
  steps,
});

/** A stage of the lanes that have anything to do; nothing when none has. */
export function stageOf(name: string, lanes: readonly Lane[]): Stage[] {
  const filled = lanes.filter(({ steps }) => steps.length > 0);
  return filled.length === 0 ? [] : [{ name, lanes: filled }];
}
