import type { Step } from '../../plan/plan.ts';
import type { Clock } from '../ports.ts';

/** What the lanes of one stage tell each other. */
export interface DoneSteps {
  tell(step: Step): void;
  /** True as soon as the step with this id is done; false when it is not within that time, or `stop` was given first. */
  isDone(id: string, withinMs: number, stop: AbortSignal): Promise<boolean>;
}

export function createDoneSteps(clock: Clock): DoneSteps {
  const heard = new Map<string, AbortController>();

  function of(id: string): AbortController {
    const known = heard.get(id) ?? new AbortController();
    heard.set(id, known);
    return known;
  }

  return {
    tell: ({ id }) => of(id).abort(),
    async isDone(id, withinMs, stop) {
      const { signal } = of(id);
      await clock.sleep(withinMs, AbortSignal.any([signal, stop]));
      return signal.aborted;
    },
  };
}
