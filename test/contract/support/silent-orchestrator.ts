import type { Orchestrator } from '../../../src/engine/use-cases.ts';
import { fakeOrchestrator } from './fake-orchestrator.ts';

/** What does not wait for anything outside of the program. */
const AT_ONCE: ReadonlySet<string> = new Set([
  'fleet',
  'explanations',
  'onLiveEvent',
  'discoveryQueues',
  'isActiveNode',
  'close',
]);

const never = (): Promise<never> => new Promise(() => {});

/** An engine that never answers: its backend, the servers and the name service all keep silent. */
export function silentOrchestrator(): Orchestrator {
  const silence = <T extends object>(of: T): T =>
    new Proxy(of, {
      get(target, name, receiver) {
        const value = Reflect.get(target, name, receiver) as unknown;
        if (typeof value === 'function') return AT_ONCE.has(String(name)) ? value : never;
        return typeof value === 'object' && value !== null ? silence(value) : value;
      },
    });
  return silence<Orchestrator>(fakeOrchestrator());
}
