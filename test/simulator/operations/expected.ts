import { formatKey, reattachedKey } from '../../../src/model/instance-key.ts';
import type { Effect, OperationPlan } from '../../../src/plan/operations/input.ts';
import type { OperationRequest } from '../../../src/plan/operations/request.ts';
import { stepsOfPlan } from './plan-facts.ts';
import type { ServerState } from './snapshot.ts';

type States = ReadonlyMap<string, ServerState>;

/** What a plan that was done must have come to: its effects, what its kind is about, and everything else as it was. */
export function expectedStates(before: States, plan: OperationPlan, request: OperationRequest): States {
  const expected = new Map(before);
  for (const effect of plan.effects) {
    const name = formatKey(effect.server);
    const state = expected.get(name);
    if (state !== undefined) expected.set(name, withEffect(state, effect));
  }
  for (const { server, action } of stepsOfPlan(plan)) {
    const name = formatKey(server);
    const state = expected.get(name);
    if (state === undefined || action.kind !== 'command') continue;
    const { command } = action;
    if (command.kind === 'change-source' && command.positioning !== null && state.source !== null)
      expected.set(name, { ...state, positioning: command.positioning });
    if (command.kind === 'set-semi-sync') {
      const semiSync = JSON.stringify({ ...JSON.parse(state.semiSync), [command.side]: command.enabled });
      expected.set(name, { ...state, semiSync });
    }
  }
  const subject = formatKey(plan.subject);
  const state = expected.get(subject);
  if (state !== undefined && request.kind === 'delay-replication')
    expected.set(subject, { ...state, delaySeconds: request.delaySeconds ?? 0 });
  if (state !== undefined && request.kind === 'skip-query')
    expected.set(subject, { ...state, isReceiving: true, isApplying: true });
  // The new primary is kept from listening to the old one, should that return.
  if (state !== undefined && request.kind === 'make-master') expected.set(subject, { ...state, isReceiving: false });
  return expected;
}

function withEffect(state: ServerState, effect: Effect): ServerState {
  switch (effect.kind) {
    case 'source':
      if (effect.source === null)
        return { ...state, source: null, positioning: null, delaySeconds: 0, hasFilters: false, ...STOPPED };
      return { ...state, source: formatKey(effect.source), isReceiving: true, isApplying: true };
    case 'read-only':
      return {
        ...state,
        isReadOnly: effect.readOnly,
        isSuperReadOnly: state.isSuperReadOnly === null ? null : effect.readOnly,
      };
    case 'replicating':
      return { ...state, isReceiving: effect.replicating, isApplying: effect.replicating };
    case 'detached': {
      const [hostname = '', port = ''] = splitName(state.source ?? '');
      const key = { hostname, port: Number(port) };
      const wanted = effect.isDetached ? { ...key, hostname: `//${hostname}` } : reattachedKey(key);
      return { ...state, source: formatKey(wanted), isReceiving: false };
    }
  }
}

const STOPPED = { isReceiving: false, isApplying: false } as const;

const splitName = (name: string): readonly string[] => {
  const colon = name.lastIndexOf(':');
  return [name.slice(0, colon), name.slice(colon + 1)];
};
