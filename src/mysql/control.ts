import { renderCommand } from '../dialect/statements.ts';
import type { CommandOutcome } from '../engine/ports.ts';
import type { ServerCommand } from '../model/command.ts';
import { OrchestratorError } from '../model/error.ts';
import type { Instance } from '../model/instance.ts';
import type { ControlDeps } from './control-session.ts';
import { failed, type Outcome, ok } from './failure.ts';
import type { HeldLocks } from './held-locks.ts';
import { killClients } from './kill-clients.ts';
import { killLogHolder } from './kill-log-holder.ts';
import { stopApplier } from './stop-applier.ts';

/**
 * Sends one command on a session of its own, so that commands run side by side and none waits behind a probe or behind a
 * statement that hangs. On expiry the session is destroyed; what the server does with the statement then is for a fresh
 * reading to tell.
 */
export async function executeCommand(
  deps: ControlDeps & { readonly locks: HeldLocks },
  instance: Instance,
  command: ServerCommand,
  deadlineMs: number,
): Promise<CommandOutcome> {
  const { clock } = deps;
  const startMs = clock.monotonicMs();
  const remainingMs = (): number => deadlineMs - (clock.monotonicMs() - startMs);
  let shown: readonly string[] = [];
  try {
    const statements = renderCommand(instance, command);
    shown = statements.map((statement) => statement.shownAs);
    if (command.kind === 'open-sessions')
      return outcomeOf(await deps.sessions.prepare(instance.key, command.count, remainingMs), shown);
    if (command.kind === 'kill-client-sessions')
      return outcomeOf(await killClients(deps, instance, command.isFence, remainingMs), shown);
    if (command.kind === 'kill-log-holder')
      return outcomeOf(await killLogHolder(deps, instance, command.written, remainingMs), shown);
    if (command.kind === 'stop-applier') {
      return outcomeOf(await stopApplier(deps, instance, statements[0]?.sql ?? '', remainingMs), shown);
    }
    if (command.kind === 'hold-read-lock' || command.kind === 'release-read-lock') {
      const act = command.kind === 'hold-read-lock' ? deps.locks.hold : deps.locks.release;
      return outcomeOf(await act(instance.key, statements[0]?.sql ?? '', remainingMs()), shown);
    }
    const outcome = await deps.sessions.use<null>(instance.key, remainingMs, async (session) => {
      for (const { sql } of statements) {
        const answer = await session.query(sql, remainingMs(), `finish "${command.kind}"`);
        if (answer.kind === 'failed') return answer;
      }
      return ok(null);
    });
    return outcomeOf(outcome, shown);
  } catch (thrown) {
    if (!(thrown instanceof OrchestratorError)) throw thrown;
    return failed({ kind: 'answered', errorNumber: null, message: thrown.message });
  }
}

const outcomeOf = (outcome: Outcome<unknown>, shown: readonly string[]): CommandOutcome =>
  outcome.kind === 'ok' ? { kind: 'done', statements: shown } : outcome;
