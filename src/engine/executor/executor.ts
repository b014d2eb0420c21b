import type { ServerCommand } from '../../model/command.ts';
import { messageOf } from '../../model/error.ts';
import type { Instance } from '../../model/instance.ts';
import { formatKey } from '../../model/instance-key.ts';
import { checkCondition, isInVain } from '../../plan/condition.ts';
import type { Condition, Lane, Stage, Step } from '../../plan/plan.ts';
import type { Clock, CommandOutcome, Servers } from '../ports.ts';
import { runLimited } from '../run-limited.ts';

/** Pauses between two readings while a condition is awaited: short at first, since most hold at once. */
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 50;
const READING_DEADLINE_MS = 1_000;
/** An applier that has been seen stopped with an error for this long does not go on by itself. */
const IN_VAIN_AFTER_MS = 200;
/** Pause before a command whose connection broke is sent once more. */
const REPEAT_PAUSE_MS = 50;

export interface ExecutionContext {
  /** The last reading of a server of the plan; gives flavour, version and the base of quick readings. */
  instanceOf(step: Step): Instance | null;
  /** Hears every fresh reading. */
  onReading(instance: Instance): void;
  /** May this step be sent? A sentence forbids it. Asked before every step; destructive ones must be judged strictly. */
  gate(step: Step): Promise<string | null>;
  /** One line for the audit: what was done, how long it took, or what failed. */
  audit(message: string): void;
  readonly signal: AbortSignal;
  readonly maxLanes: number;
}

export interface LaneOutcome {
  readonly lane: Lane;
  /** null when every step succeeded. */
  readonly failure: { readonly step: Step; readonly reason: string } | null;
}

export interface StageOutcome {
  readonly stage: Stage;
  readonly lanes: readonly LaneOutcome[];
  /** True when every required lane succeeded. */
  readonly isDone: boolean;
}

export interface Executor {
  /** Runs the lanes of a stage side by side: check → do → verify → audit for each step. Never throws. */
  runStage(stage: Stage, context: ExecutionContext): Promise<StageOutcome>;
}

/** The only place where a plan touches servers. */
export function createExecutor(deps: { readonly servers: Servers; readonly clock: Clock }): Executor {
  const { servers, clock } = deps;

  async function read(step: Step, context: ExecutionContext): Promise<Instance | string> {
    const outcome = await servers.probe(step.server, {
      // A step without patience is judged on one reading, which takes its time all the same.
      deadlineMs: step.deadlineMs > 0 ? Math.min(READING_DEADLINE_MS, step.deadlineMs) : READING_DEADLINE_MS,
      depth: 'replication',
      previous: context.instanceOf(step),
    });
    if (outcome.kind === 'failed') return outcome.failure.message;
    context.onReading(outcome.instance);
    return outcome.instance;
  }

  /** null when the condition holds within the deadline, else why not. */
  async function awaitCondition(step: Step, context: ExecutionContext, once: boolean): Promise<string | null> {
    const condition = once ? step.requires : step.ensures;
    if (condition === null) return null;
    const giveUpAt = clock.monotonicMs() + (once ? 0 : step.deadlineMs);
    let pauseMs = FIRST_PAUSE_MS;
    let inVainSinceMs: number | null = null;
    for (;;) {
      const reading = await read(step, context);
      const verdict =
        typeof reading === 'string'
          ? { holds: false as const, explanation: reading }
          : checkCondition(condition, reading);
      if (verdict.holds) return null;
      if (context.signal.aborted) return 'stopped';
      inVainSinceMs = isHopeless(condition, reading) ? (inVainSinceMs ?? clock.monotonicMs()) : null;
      if (inVainSinceMs !== null && clock.monotonicMs() - inVainSinceMs >= IN_VAIN_AFTER_MS) return verdict.explanation;
      if (clock.monotonicMs() >= giveUpAt)
        return once ? verdict.explanation : `${verdict.explanation} (waited ${step.deadlineMs} ms)`;
      await clock.sleep(pauseMs, context.signal);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }

  const isHopeless = (condition: Condition, reading: Instance | string): boolean =>
    typeof reading !== 'string' && isInVain(condition, reading);

  /**
   * Every command may be repeated, so one whose connection broke, before or after it was obeyed, is sent once more, if it still
   * may be.
   */
  async function tell(
    step: Step,
    command: ServerCommand,
    instance: Instance,
    context: ExecutionContext,
  ): Promise<CommandOutcome> {
    const outcome = await servers.execute(instance, command, { deadlineMs: step.deadlineMs });
    if (outcome.kind === 'done' || outcome.failure.kind !== 'closed') return outcome;
    await clock.sleep(REPEAT_PAUSE_MS);
    if (context.signal.aborted || (await context.gate(step)) !== null) return outcome;
    return servers.execute(instance, command, { deadlineMs: step.deadlineMs });
  }

  async function runStep(step: Step, context: ExecutionContext): Promise<string | null> {
    const startedAt = clock.monotonicMs();
    const forbidden = context.signal.aborted ? 'stopped' : await context.gate(step);
    if (forbidden !== null) return forbidden;
    const unmet = await awaitCondition(step, context, true);
    if (unmet !== null) return unmet;
    let said: readonly string[] = [];
    if (step.action.kind === 'command') {
      const instance = context.instanceOf(step);
      if (instance === null) return `${formatKey(step.server)} was never read`;
      const outcome = await tell(step, step.action.command, instance, context);
      if (outcome.kind === 'failed') return outcome.failure.message;
      said = outcome.statements;
    }
    const unverified = await awaitCondition(step, context, false);
    if (unverified !== null) return unverified;
    const tookMs = Math.round(clock.monotonicMs() - startedAt);
    context.audit(`${formatKey(step.server)}: ${said.length > 0 ? said.join('; ') : step.why} (${tookMs} ms)`);
    return null;
  }

  async function runLane(lane: Lane, stage: Stage, context: ExecutionContext): Promise<LaneOutcome> {
    for (const step of lane.steps) {
      const reason = await runStep(step, context).catch(messageOf);
      if (reason !== null) {
        context.audit(`${stage.name} failed on ${formatKey(step.server)}, step "${step.id}": ${reason}`);
        return { lane, failure: { step, reason } };
      }
    }
    return { lane, failure: null };
  }

  return {
    async runStage(stage, context) {
      const lanes = await runLimited(stage.lanes, context.maxLanes, (lane) => runLane(lane, stage, context));
      return { stage, lanes, isDone: lanes.every(({ lane, failure }) => failure === null || !lane.isRequired) };
    },
  };
}
