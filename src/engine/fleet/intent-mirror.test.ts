import { describe, expect, test } from 'vitest';
import { type IntentSnapshot, NOTHING_DECIDED } from '../ports.ts';
import type { Fleet } from './fleet.ts';
import { createIntentMirror } from './intent-mirror.ts';

const LOGGER = { trace() {}, debug() {}, info() {}, warn() {}, error() {}, fatal() {} };

/** A backend whose only decision is the global switch, and whose token is read when `answer` is called. */
function scene(options: { readonly isChangeTokenFree: boolean; readonly hangs?: boolean }) {
  let version = 0;
  let isRecoveryDisabled = false;
  const taken: boolean[] = [];
  let questions = 0;
  const mirror = createIntentMirror({
    store: {
      isChangeTokenFree: options.isChangeTokenFree,
      async changeToken() {
        questions += 1;
        if (options.hangs === true) await new Promise(() => {});
        return String(version);
      },
      read: async () => ({ ...NOTHING_DECIDED, isRecoveryDisabled }),
    },
    fleet: { setIntent: (intent: IntentSnapshot) => void taken.push(intent.isRecoveryDisabled) } as unknown as Fleet,
    clock: {
      sleep: async (_ms, signal) => {
        if (options.hangs !== true) await new Promise((resolve) => signal?.addEventListener('abort', resolve));
      },
    },
    logger: LOGGER,
  });
  const disableBySql = () => {
    version += 1;
    isRecoveryDisabled = true;
  };
  return { mirror, disableBySql, taken, questions: () => questions };
}

describe('what somebody wrote into the backend a moment ago', () => {
  test.each([
    ['an order', 'order', true],
    ['an order, whatever a look costs', 'order', false],
    ['a question, where a look costs nothing', 'question', true],
  ] as const)('is known to %s', async (_, request, isChangeTokenFree) => {
    const { mirror, disableBySql } = scene({ isChangeTokenFree });
    await mirror.refresh();
    disableBySql();
    await mirror.catchUp(request);
    expect(mirror.current()?.isRecoveryDisabled).toBe(true);
  });

  test('is left to the next look by questions that would cost a query each', async () => {
    const { mirror, disableBySql, questions } = scene({ isChangeTokenFree: false });
    await mirror.refresh();
    disableBySql();
    await mirror.catchUp('question');
    expect(questions()).toBe(1);
  });

  test('is seen by whoever asks while a look is under way', async () => {
    const { mirror, disableBySql, questions } = scene({ isChangeTokenFree: true });
    const first = mirror.refresh();
    disableBySql();
    const others = [mirror.refresh(), mirror.refresh(), mirror.catchUp('order')];
    await Promise.all([first, ...others]);
    expect(mirror.current()?.isRecoveryDisabled).toBe(true);
    expect(questions()).toBe(2);
  });

  test('does not hold up a request for ever', async () => {
    const { mirror } = scene({ isChangeTokenFree: true, hangs: true });
    await mirror.catchUp('order');
    expect(mirror.current()).toBeNull();
  });
});
