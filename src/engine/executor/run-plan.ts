import { formatKey, type InstanceKey, sameKey } from '../../model/instance-key.ts';
import type { Plan, Stage, Step } from '../../plan/plan.ts';
import type { ExecutionContext, Executor, LaneOutcome } from './executor.ts';
import { isPassed, perhapsDone, remainderOf, revocable } from './remainder.ts';

/** A server that could not be dealt with, and why. */
export interface ServerTrouble {
  readonly server: InstanceKey;
  readonly reason: string;
}

/**
 * How a plan ended. done: every required lane succeeded; `failed` are servers of optional lanes, each brought back to where it was
 * unless it is in `leftovers`. failed: a required step failed and everything begun was undone, but for `leftovers`.
 */
export type PlanOutcome =
  | { readonly kind: 'done'; readonly failed: readonly ServerTrouble[]; readonly leftovers: readonly ServerTrouble[] }
  | {
      readonly kind: 'failed';
      readonly trouble: ServerTrouble;
      /** True when it was a replica that could not connect where it was to go. */
      readonly isUnreached?: true;
      /** True when nobody knows whether the point of no return was passed: what was before it stays, until that can be settled. */
      readonly isInDoubt?: true;
      readonly leftovers: readonly ServerTrouble[];
    };

/** What taking back came to. */
export interface Compensation {
  readonly leftovers: readonly ServerTrouble[];
  readonly isInDoubt: boolean;
}

/** While it is in doubt whether a successor takes writes nobody may be let in: a server that is restarted meanwhile settles it. */
const IN_DOUBT_MS = 30_000;

/**
 * Runs a plan stage by stage. When a required lane fails, everything that was begun is undone in reverse order; when an optional
 * one fails, its own server's steps are, and later stages leave that server out. Never throws.
 *
 * `undoing` is the context in which compensations run: its signal is not the one that may have stopped the plan. Behind a point of no return
 * nothing stops the plan but the end of our process: half done, it would leave a closed former primary, and replicas below it.
 * `earlier`: steps of the plan that a process which is gone had begun; it is gone on with where that one was.
 */
export async function runPlan(
  plan: Plan,
  executor: Executor,
  context: ExecutionContext,
  undoing: ExecutionContext,
  earlier: readonly Step[] = [],
): Promise<PlanOutcome> {
  const begun: Step[] = [...revocable(plan, earlier)];
  // Whoever goes on behind a point of no return finishes what is left, whoever calls it off.
  const { signal, correlate } = undoing;
  const toItsEnd: Partial<ExecutionContext> = { signal, ...(correlate === undefined ? {} : { correlate }) };
  let doing: ExecutionContext = {
    ...context,
    ...(isPassed(plan, earlier) ? toItsEnd : {}),
    again: perhapsDone(plan, earlier),
  };
  const failed: ServerTrouble[] = [];
  const leftovers: ServerTrouble[] = [];
  const givenUp: ServerTrouble[] = [];
  for (const stage of remainderOf(plan, earlier)) {
    const outcome = await executor.runStage(without(stage, givenUp), doing);
    begun.push(...outcome.lanes.flatMap((lane) => lane.begun).filter((step) => !begun.includes(step)));
    if (!outcome.isDone) {
      const stuck = outcome.lanes.find(({ lane, failure }) => failure !== null && lane.isRequired);
      const isUnreached = stuck?.failure != null && isStillConnecting(stuck.failure.step, context);
      const { leftovers: left, isInDoubt } = await compensate(begun, executor, undoing, failedSteps(outcome.lanes));
      return {
        kind: 'failed',
        trouble: troubleOf(stuck),
        ...(isUnreached ? { isUnreached } : {}),
        ...(isInDoubt ? { isInDoubt } : {}),
        leftovers: [...leftovers, ...left],
      };
    }
    // A point of no return is behind us: whatever fails now, nothing up to here is taken back.
    if (stage.lanes.some(({ steps }) => steps.some(({ isPointOfNoReturn }) => isPointOfNoReturn))) {
      begun.length = 0;
      doing = { ...doing, ...toItsEnd };
    }
    for (const lane of outcome.lanes) {
      if (lane.failure === null) continue;
      failed.push(troubleOf(lane));
      if (lane.lane.isAside === true) continue;
      givenUp.push(troubleOf(lane));
      const own = takeOut(begun, lane.lane.server);
      leftovers.push(...(await compensate(own, executor, undoing, failedSteps([lane]))).leftovers);
    }
  }
  return { kind: 'done', failed, leftovers };
}

/** The step was to make a replica follow, and its receiver was last seen trying in vain to connect: not found, or not let in. */
const isStillConnecting = (step: Step, { instanceOf }: ExecutionContext): boolean =>
  step.ensures?.kind === 'replicating-from' && instanceOf(step)?.replication?.receiver.state === 'other';

/**
 * Undoes steps in reverse order. A server whose compensation fails is left as it is from there on, replicating if the plan had come
 * so far; the others go on. Returns the servers that were left, and those with a destructive step that has no way back (`failed`,
 * which may not have been done, does not count).
 */
export async function compensate(
  begun: readonly Step[],
  executor: Executor,
  undoing: ExecutionContext,
  failed: readonly Step[] = [],
): Promise<Compensation> {
  const leftovers = new Map<string, ServerTrouble>();
  const final = new Map<string, ServerTrouble>();
  const undoneBy = new Map<string, readonly Step[]>();
  for (const step of begun.toReversed()) {
    const name = formatKey(step.server);
    if (leftovers.has(name)) continue;
    if (step.undo.length === 0) {
      const reason = `there is no way back from this: ${step.why}`;
      if (step.isDestructive && !failed.includes(step)) final.set(name, { server: step.server, reason });
      else await undoing.onUndone?.(step);
      continue;
    }
    undoing.audit(`${name}: taking back "${step.id}"`);
    const reason =
      barred(step, { leftovers, begun, instanceOf: undoing.instanceOf }) ?? (await takeBack(step, executor, undoing));
    const undone = undoneBy.get(name) ?? [];
    if (reason === null) {
      undoneBy.set(name, [step, ...undone]);
      await undoing.onUndone?.(step);
      continue;
    }
    if (!step.isPointOfNoReturn) await replicateOn([step, ...undone], executor, undoing);
    // After a step without a way back the others are tried all the same; what stays is due to that one.
    leftovers.set(name, final.get(name) ?? { server: step.server, reason });
    // It may have been done: then what was before it, on whatever server, must stay.
    if (step.isPointOfNoReturn !== true) continue;
    const standing = begun.slice(0, begun.indexOf(step)).filter(({ undo }) => undo.length > 0);
    const why = `is left as it is: that ${step.why} may have come about, and could not be taken back`;
    for (const { server } of standing)
      if (!leftovers.has(formatKey(server)))
        leftovers.set(formatKey(server), { server, reason: `${formatKey(server)} ${why}` });
    return { leftovers: [...new Map([...final, ...leftovers]).values()], isInDoubt: true };
  }
  return { leftovers: [...new Map([...final, ...leftovers]).values()], isInDoubt: false };
}

/** Why the step could not be taken back; null when it was. Past the point of no return, servers that are away are waited for. */
async function takeBack(step: Step, executor: Executor, undoing: ExecutionContext): Promise<string | null> {
  const reason = await executor.runSteps(step.undo, undoing);
  if (reason === null || step.isPointOfNoReturn !== true) return reason;
  return (await executor.awaitAnswers(step.undo, undoing, IN_DOUBT_MS))
    ? executor.runSteps(step.undo, undoing)
    : reason;
}

/**
 * A server does not go back below one that could not be taken back itself, nor listen to one that was told to follow it: that one may
 * follow it by now, and the two would be a ring when it returns.
 */
function barred(
  { undo, server }: Step,
  seen: {
    readonly leftovers: ReadonlyMap<string, ServerTrouble>;
    readonly begun: readonly Step[];
    readonly instanceOf: ExecutionContext['instanceOf'];
  },
): string | null {
  const name = formatKey(server);
  for (const step of undo) {
    const source = sourceToldIn(step);
    if (source !== null && seen.leftovers.has(formatKey(source)))
      return `${name} is not taken back below ${formatKey(source)}, which could not be taken back itself`;
    if (step.action.kind !== 'command' || step.action.command.kind !== 'start-receiver') continue;
    const above = seen.instanceOf(step)?.replication?.source;
    if (above === undefined || !seen.leftovers.has(formatKey(above))) continue;
    const isToFollow = seen.begun.some((one) => sameKey(one.server, above) && isSame(sourceToldIn(one), server));
    if (isToFollow) return `${name} does not listen to ${formatKey(above)} again, which may follow it by now`;
  }
  return null;
}

const sourceToldIn = ({ action }: Step): InstanceKey | null =>
  action.kind === 'command' && action.command.kind === 'change-source' ? action.command.source : null;

const isSame = (one: InstanceKey | null, other: InstanceKey): boolean => one !== null && sameKey(one, other);

/**
 * A server whose way back is barred stopped replicating for it: the threads that its plan had started are started again. MariaDB
 * following by GTID throws its relay log away when one of them starts while both rest (design §4): its applier is started only with
 * nothing left to execute, its receiver only beside it.
 */
async function replicateOn(steps: readonly Step[], executor: Executor, undoing: ExecutionContext): Promise<void> {
  const starts = steps.flatMap((step): Step[] => {
    if (step.action.kind !== 'command') return [];
    const { kind } = step.action.command;
    if (kind !== 'start-applier' && kind !== 'start-receiver') return [];
    if (undoing.instanceOf(step)?.version.flavour !== 'mariadb') return [step];
    return kind === 'start-applier'
      ? [{ ...step, unless: { kind: 'applier-running' }, requires: { kind: 'drained' } }]
      : [{ ...step, requires: { kind: 'applier-running' } }];
  });
  if (starts.length > 0) await executor.runSteps(starts, undoing);
}

const failedSteps = (lanes: readonly LaneOutcome[]): Step[] =>
  lanes.flatMap(({ failure }) => (failure === null ? [] : [failure.step]));

const without = (stage: Stage, failed: readonly ServerTrouble[]): Stage => {
  const names = new Set(failed.map(({ server }) => formatKey(server)));
  return { ...stage, lanes: stage.lanes.filter(({ server }) => !names.has(formatKey(server))) };
};

function troubleOf(outcome: LaneOutcome | undefined): ServerTrouble {
  if (outcome?.failure == null) return { server: { hostname: '', port: 0 }, reason: 'stopped' };
  return { server: outcome.lane.server, reason: outcome.failure.reason };
}

/** Removes one server's steps from the list and returns them. */
function takeOut(begun: Step[], server: InstanceKey): Step[] {
  const name = formatKey(server);
  const own = begun.filter((step) => formatKey(step.server) === name);
  begun.splice(0, begun.length, ...begun.filter((step) => formatKey(step.server) !== name));
  return own;
}
