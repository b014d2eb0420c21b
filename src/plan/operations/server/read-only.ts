import type { Objection } from '../../plan.ts';
import { commandStep } from '../../steps/build.ts';
import type { OperationPlanner } from '../input.ts';
import { notFresh } from '../rules/can-move.ts';
import { isSemiSyncManaged, setSemiSyncSteps } from './semi-sync.ts';
import { type Deed, objection, plannerOn } from './single.ts';

/** Opened by hand it would be closed again within a poll, its clients driven out, after an answer that all is well. */
const DEPOSED = (name: string): string =>
  `${name} was replaced by a failover and is fenced whenever it takes writes: make it a replica of the primary, or forget and discover it first`;

/**
 * set-read-only and set-writeable. super_read_only goes with it where UseSuperReadOnly says so. Where semi-sync is managed, a server
 * that is opened waits for acknowledgements from its first write on, and one that is closed no more (historic).
 */
const readOnlyPlanner = (readOnly: boolean): OperationPlanner =>
  plannerOn(readOnly ? 'close for writes' : 'open for writes', (member, input): Deed | Objection => {
    const { instance, name } = member;
    const no = notFresh(member, input);
    if (no !== null) return no;
    if (!readOnly && input.evidence.isDeposed === true) return objection(member, 'deposed', DEPOSED(name));
    const withSuper = input.settings.useSuperReadOnly;
    const before = { readOnly: instance.isReadOnly, withSuper: instance.isSuperReadOnly === true };
    const set = commandStep(
      'set',
      member,
      { kind: 'set-read-only', readOnly, withSuper },
      `${name} is ${readOnly ? 'closed' : 'open'} for writes`,
      {
        ensures: { kind: 'read-only', readOnly },
        undo: [
          commandStep(
            'set',
            member,
            { kind: 'set-read-only', ...before },
            `${name} is ${before.readOnly ? 'closed' : 'open'} for writes, as before`,
            { ensures: { kind: 'read-only', readOnly: before.readOnly } },
          ),
        ],
      },
    );
    const semiSync = isSemiSyncManaged(member) ? setSemiSyncSteps('set', member, 'source', !readOnly) : [];
    return {
      steps: readOnly ? [set, ...semiSync] : [...semiSync, set],
      effects: [{ kind: 'read-only', server: member.key, readOnly }],
    };
  });

export const planSetReadOnly = readOnlyPlanner(true);
export const planSetWriteable = readOnlyPlanner(false);
