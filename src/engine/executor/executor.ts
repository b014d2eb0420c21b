import type { ServerCommand } from '../../model/command.ts';
import { type BinlogCoordinates, formatCoordinates } from '../../model/coordinates.ts';
import { messageOf } from '../../model/error.ts';
import { formatGtidSet, parseGtidSet, subtractGtidSets } from '../../model/gtid-set.ts';
import type { Instance } from '../../model/instance.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import { isDrained, progressOf } from '../../model/received.ts';
import {
  checkCondition,
  isInVain,
  isSettling,
  needsFullReading,
  needsLogEnd,
  withNotes,
} from '../../plan/condition.ts';
import type { Action, Condition, Lane, Noted, Stage, Step } from '../../plan/plan.ts';
import { runLimited } from '../basis/run-limited.ts';
import type { Clock, CommandOutcome, Servers } from '../ports.ts';
import { createDoneSteps, type DoneSteps } from './done-steps.ts';

/** Pauses between two readings while a condition is awaited: short at first, since most hold at once. */
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 50;
const READING_DEADLINE_MS = 1_000;
/** Pause between two readings of a server that is away. */
const KNOCK_PAUSE_MS = 250;
/** An applier that has been seen stopped with an error for this long does not go on by itself. */
const IN_VAIN_AFTER_MS = 200;
/** How long a step waits, at its last look, for an applier to come to rest that the step before it saw at rest. */
const SETTLE_MS = 2_000;
/** Leave that was given longer ago is asked for anew: what a step waits for at its last look may take seconds. */
const LEAVE_LASTS_MS = 100;
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
  /** A server that has not answered for so long is not waited for any more; absent: until the deadline of the step. */
  readonly silencePatienceMs?: number;
  /** Places and GTIDs noted so far, by name; steps read and add. */
  readonly notes: Map<string, Noted>;
  /** Hears of every step right before its deed; what it rejects with keeps the step from being done. */
  onBegin?(step: Step): Promise<void>;
  /** Hears of every step that was taken back, right after. */
  onUndone?(step: Step): Promise<void>;
  /** Steps that a process which is gone had begun, and perhaps done: left out when what they ensure holds. */
  readonly again?: ReadonlySet<Step>;
  /** Finds where the log of `destination` means what `step.server` has executed (Pseudo-GTID); a text says why not. Ends with the signal. */
  correlate?(step: Step, destination: InstanceKey, signal: AbortSignal): Promise<BinlogCoordinates | string>;
}

export interface LaneOutcome {
  readonly lane: Lane;
  /** The steps that were begun, in order; the last may be the one that failed. Skipped ones are left out. */
  readonly begun: readonly Step[];
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
  /** Runs steps one after another, for a compensation; the reason of the first failure, or null. Never throws. */
  runSteps(steps: readonly Step[], context: ExecutionContext): Promise<string | null>;
  /** True once all servers of the steps have answered, each at least once; false when they do not within that time. Never throws. */
  awaitAnswers(steps: readonly Step[], context: ExecutionContext, withinMs: number): Promise<boolean>;
}

/** The only place where a plan touches servers. */
export function createExecutor(deps: { readonly servers: Servers; readonly clock: Clock }): Executor {
  const { servers, clock } = deps;

  async function read(step: Step, context: ExecutionContext, condition?: Condition): Promise<Instance | string> {
    const outcome = await servers.probe(step.server, {
      // A step without patience is judged on one reading, which takes its time all the same.
      deadlineMs: step.deadlineMs > 0 ? Math.min(READING_DEADLINE_MS, step.deadlineMs) : READING_DEADLINE_MS,
      depth: condition !== undefined && needsFullReading(condition) ? 'full' : 'replication',
      previous: context.instanceOf(step),
      // A full reading that leaves it out would forget it.
      ...(condition === undefined || needsFullReading(condition) || needsLogEnd(condition)
        ? {}
        : { withoutLogEnd: true }),
    });
    if (outcome.kind === 'failed') return outcome.failure.message;
    context.onReading(outcome.instance);
    return outcome.instance;
  }

  /** null when the condition holds within the deadline (at once), else why not. An applier that settles has `settleMs` at least. */
  async function awaitCondition(
    wanted: Condition | null,
    step: Step,
    context: ExecutionContext,
    withinMs: number,
    settleMs = 0,
  ): Promise<string | null> {
    if (wanted === null) return null;
    const condition = withNotes(wanted, context.notes);
    const startedAt = clock.monotonicMs();
    let pauseMs = FIRST_PAUSE_MS;
    let inVainSinceMs: number | null = null;
    let silentSinceMs: number | null = null;
    for (;;) {
      const reading = await read(step, context, condition);
      const verdict =
        typeof reading === 'string'
          ? { holds: false as const, explanation: reading }
          : checkCondition(condition, reading);
      if (verdict.holds) return null;
      if (context.signal.aborted) return 'stopped';
      inVainSinceMs = isHopeless(condition, reading) ? (inVainSinceMs ?? clock.monotonicMs()) : null;
      if (inVainSinceMs !== null && clock.monotonicMs() - inVainSinceMs >= IN_VAIN_AFTER_MS) return verdict.explanation;
      silentSinceMs = typeof reading === 'string' ? (silentSinceMs ?? clock.monotonicMs()) : null;
      const { silencePatienceMs = Number.POSITIVE_INFINITY } = context;
      if (silentSinceMs !== null && clock.monotonicMs() - silentSinceMs >= silencePatienceMs)
        return `${verdict.explanation} (silent for ${silencePatienceMs} ms)`;
      const settles = typeof reading !== 'string' && isSettling(condition, reading);
      const patienceMs = settles ? Math.max(withinMs, settleMs) : withinMs;
      if (clock.monotonicMs() - startedAt >= patienceMs)
        return patienceMs === 0 ? verdict.explanation : `${verdict.explanation} (waited ${patienceMs} ms)`;
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

  /** A search in logs of gigabytes has no end of its own; one that does not heed its signal is not waited for. */
  async function searched(
    step: Step,
    destination: InstanceKey,
    context: ExecutionContext,
  ): Promise<BinlogCoordinates | string> {
    if (context.correlate === undefined) return 'Pseudo-GTID is not available here';
    const over = new AbortController();
    const done = new AbortController();
    const inTime = clock.sleep(step.deadlineMs, done.signal).then(() => {
      if (!done.signal.aborted) over.abort();
      return '';
    });
    const late = `the place of ${formatKey(step.server)} in the log of ${formatKey(destination)} was not found within ${step.deadlineMs} ms`;
    try {
      const found = await Promise.race([
        inTime,
        context.correlate(step, destination, AbortSignal.any([context.signal, over.signal])),
      ]);
      return over.signal.aborted && typeof found === 'string' ? late : found;
    } finally {
      done.abort();
    }
  }

  /** What the step does, as lines for the audit; or why it could not. */
  async function act(step: Step, context: ExecutionContext): Promise<readonly string[] | { readonly failure: string }> {
    const { action } = step;
    switch (action.kind) {
      case 'wait':
        return [];
      case 'note': {
        const reading = await read(step, context);
        if (typeof reading === 'string') return { failure: reading };
        const verdict = step.ensures === null ? null : checkCondition(withNotes(step.ensures, context.notes), reading);
        if (verdict?.holds === false) return { failure: verdict.explanation };
        const noted = noteOf(reading, action);
        if (noted === null)
          return { failure: `${formatKey(step.server)} does not tell where it stands (${action.place})` };
        context.notes.set(action.note, noted);
        const place = noted.kind === 'gtid' ? noted.gtid || 'the very beginning' : formatCoordinates(noted);
        return [`stands at ${place} (${action.place})`];
      }
      case 'correlate': {
        const found = await searched(step, action.destination, context);
        if (typeof found === 'string') return { failure: found };
        context.notes.set(action.note, found);
        return [`stands where ${formatKey(action.destination)} has ${formatCoordinates(found)}`];
      }
      case 'command': {
        const instance = context.instanceOf(step);
        if (instance === null) return { failure: `${formatKey(step.server)} was never read` };
        const command = withPlace(action.command, action.at, context.notes);
        if (command === null) return { failure: `the place "${action.at}" was not noted` };
        const outcome = await tell(step, command, instance, context);
        return outcome.kind === 'failed' ? { failure: outcome.failure.message } : outcome.statements;
      }
    }
  }

  async function isNeedless(step: Step, context: ExecutionContext, done: DoneSteps): Promise<boolean> {
    const { unlessDone } = step;
    if (unlessDone !== undefined && (await done.isDone(unlessDone.step, unlessDone.withinMs, context.signal)))
      return true;
    const unless = step.unless ?? (context.again?.has(step) === true ? step.ensures : null);
    return unless !== null && (await awaitCondition(unless, step, context, 0)) === null;
  }

  async function runStep(
    step: Step,
    context: ExecutionContext,
    done: DoneSteps,
    begin: () => void = () => undefined,
  ): Promise<string | null> {
    const startedAt = clock.monotonicMs();
    const askForLeave = async (): Promise<string | null> =>
      context.signal.aborted ? 'stopped' : await context.gate(step);
    const forbidden = await askForLeave();
    if (forbidden !== null) return forbidden;
    const askedAt = clock.monotonicMs();
    if (await isNeedless(step, context, done)) return null;
    const unmet = await awaitCondition(step.requires, step, context, 0, Math.min(SETTLE_MS, step.deadlineMs));
    if (unmet !== null) return unmet;
    const lost = clock.monotonicMs() - askedAt < LEAVE_LASTS_MS ? null : await askForLeave();
    if (lost !== null) return lost;
    await context.onBegin?.(step);
    begin();
    const said = await act(step, context);
    if ('failure' in said) return said.failure;
    const ensures = step.action.kind === 'note' ? null : step.ensures;
    const unverified = await awaitCondition(ensures, step, context, step.deadlineMs);
    if (unverified !== null) return unverified;
    const tookMs = Math.round(clock.monotonicMs() - startedAt);
    context.audit(`${formatKey(step.server)}: ${said.length > 0 ? said.join('; ') : step.why} (${tookMs} ms)`);
    return null;
  }

  async function runLane(lane: Lane, stage: Stage, context: ExecutionContext, done: DoneSteps): Promise<LaneOutcome> {
    const begun: Step[] = [];
    for (const step of lane.steps) {
      if (isMoot(step, lane, begun)) continue;
      const reason = await runStep(step, context, done, () => begun.push(step)).catch(messageOf);
      if (reason !== null) {
        context.audit(`${stage.name} failed on ${formatKey(step.server)}, step "${step.id}": ${reason}`);
        return { lane, begun, failure: { step, reason } };
      }
      done.tell(step);
    }
    return { lane, begun, failure: null };
  }

  return {
    async runStage(stage, context) {
      if (stage.pauseMs !== undefined) await clock.sleep(stage.pauseMs, context.signal);
      const done = createDoneSteps(clock);
      // Lanes of one server belong together (who is in the way of closing it is ended beside that), and count as one.
      const countServers = new Set(stage.lanes.map(({ server }) => formatKey(server))).size;
      const limit = context.maxLanes + stage.lanes.length - countServers;
      const lanes = await runLimited(stage.lanes, limit, (lane) => runLane(lane, stage, context, done));
      return { stage, lanes, isDone: lanes.every(({ lane, failure }) => failure === null || !lane.isRequired) };
    },
    async runSteps(steps, context) {
      const done = createDoneSteps(clock);
      for (const step of steps) {
        const reason = await runStep(step, context, done).catch(messageOf);
        if (reason !== null) {
          context.audit(`failed on ${formatKey(step.server)}, step "${step.id}": ${reason}`);
          return reason;
        }
      }
      return null;
    },
    async awaitAnswers(steps, context, withinMs) {
      const giveUpAt = clock.monotonicMs() + withinMs;
      const silent = new Map(steps.map((step) => [formatKey(step.server), step]));
      for (;;) {
        for (const [name, step] of silent) if (typeof (await read(step, context)) !== 'string') silent.delete(name);
        if (silent.size === 0) return true;
        if (context.signal.aborted || clock.monotonicMs() >= giveUpAt) return false;
        await clock.sleep(KNOCK_PAUSE_MS, context.signal);
      }
    },
  };
}

/** The step it comes after only was left out. */
const isMoot = ({ onlyAfter }: Step, lane: Lane, begun: readonly Step[]): boolean =>
  onlyAfter !== undefined && lane.steps.some(({ id }) => id === onlyAfter) && !begun.some(({ id }) => id === onlyAfter);

/** What a note step remembers of a reading; null when the server does not tell. */
function noteOf(reading: Instance, { place, without }: Extract<Action, { kind: 'note' }>): Noted | null {
  if (place === 'own') return reading.ownCoordinates;
  if (place === 'executed') return reading.replication?.executedCoordinates ?? null;
  if (place === 'read') return reading.replication?.readCoordinates ?? null;
  if (place === 'relay') return reading.replication?.relayCoordinates ?? null;
  if (place === 'complete-gtid') return completeOf(reading, without ?? '');
  if (reading.version.flavour === 'mariadb') return { kind: 'gtid', gtid: reading.executedGtid };
  const gtids = subtractGtidSets(parseGtidSet(reading.executedGtid), parseGtidSet(without ?? ''));
  return { kind: 'gtid', gtid: formatGtidSet(gtids) };
}

/**
 * null where the server does not count in GTIDs: an empty text would be taken for nothing at all. Which it is on a MariaDB primary that
 * logs, and has logged nothing yet. A MariaDB replica that goes by coordinates counts what it executes all the same: drained, that is all.
 */
function completeOf(reading: Instance, without: string): Noted | null {
  const progress = progressOf(reading);
  switch (progress.kind) {
    case 'oracle':
      return { kind: 'gtid', gtid: formatGtidSet(subtractGtidSets(progress.complete, parseGtidSet(without))) };
    case 'mariadb':
      return { kind: 'gtid', gtid: progress.completeText };
    case 'coordinates': {
      if (reading.version.flavour !== 'mariadb') return null;
      const { replication, ownCoordinates, executedGtid } = reading;
      if (replication === null) return ownCoordinates === null ? null : { kind: 'gtid', gtid: '' };
      return executedGtid !== '' && isDrained(reading).drained ? { kind: 'gtid', gtid: executedGtid } : null;
    }
  }
}

/** The command with its coordinates, or GTIDs, from the notes; null when the note is missing. */
function withPlace(
  command: ServerCommand,
  note: string | undefined,
  notes: ReadonlyMap<string, Noted>,
): ServerCommand | null {
  if (note === undefined) return command;
  const noted = notes.get(note);
  if (noted === undefined) return null;
  if (noted.kind === 'gtid') {
    const takesGtid = command.kind === 'set-purged-gtid' || command.kind === 'set-replica-position';
    return takesGtid ? { ...command, gtid: noted.gtid } : command;
  }
  return command.kind === 'change-source' || command.kind === 'start-until' || command.kind === 'use-relay-log'
    ? { ...command, coordinates: noted }
    : command;
}
