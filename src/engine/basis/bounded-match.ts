import { createContext, Script } from 'node:vm';
import { messageOf, OrchestratorError } from '../../model/error.ts';
import { compilePattern } from '../../model/pattern.ts';

/** Everything else waits meanwhile. */
const DEADLINE_MS = 500;
/** So much of a pattern is shown in messages. */
const SHOWN_LENGTH = 200;

/**
 * Which of the texts match an expression that somebody sent. Some expressions take a backtracking engine longer than anyone lives
 * (`(a+)+$`); since nothing else happens while one is matched, not even a failover, it is stopped after half a second.
 *
 * @param name what the sender calls it, for messages: `pattern`.
 * @returns one answer for each text, in their order.
 * @throws OrchestratorError `bad-pattern` when it is no regular expression or takes too long.
 */
export function matchesWithin(
  pattern: string,
  name: string,
  texts: readonly string[],
  deadlineMs = DEADLINE_MS,
): readonly boolean[] {
  const shown = pattern.length > SHOWN_LENGTH ? `${pattern.slice(0, SHOWN_LENGTH)}…` : pattern;
  const expression = compilePattern(pattern, name);
  try {
    // Compiled in full at its first use only, so that this fails for what is too large, too.
    return new Script('texts.map((text) => expression.test(text))').runInContext(createContext({ expression, texts }), {
      timeout: deadlineMs,
    }) as boolean[];
  } catch (thrown) {
    const isLate = (thrown as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
    const problem = isLate
      ? 'takes too long to match; write it without repetitions inside repetitions'
      : `cannot be used (${messageOf(thrown).slice(-SHOWN_LENGTH)}); write a shorter one`;
    throw new OrchestratorError('bad-pattern', `${name}: "${shown}" ${problem}`, { cause: thrown });
  }
}
