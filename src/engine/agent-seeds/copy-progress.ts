import { messageOf, OrchestratorError } from '../../model/error.ts';
import type { AgentClient, AgentRecord, Clock, SeedCommandState } from '../ports.ts';
import { SEED_WORDS } from './seed-words.ts';

/** Small copies end within moments; large ones are looked at every ten seconds. */
const FIRST_POLL_MS = 200;
const LAST_POLL_MS = 10_000;

export interface CopyDeps {
  readonly client: Pick<AgentClient, 'mysqlDiskUsage' | 'seedCommand'>;
  readonly clock: Clock;
  /** Writes a state. @throws when the seed is closed. */
  say(action: string): Promise<void>;
  /** An agent did not answer; the copy may go on all the same. */
  onSilence(message: string): void;
}

export interface Copy {
  readonly seedId: number;
  readonly target: AgentRecord;
  readonly source: AgentRecord;
  /** What the target is to hold. */
  readonly bytes: number;
  /** SeedAcceptableBytesDiff. */
  readonly acceptableBytes: number;
}

/**
 * Waits until both commands have ended well and the target holds what the source has. States tell how far it is, only while there
 * is progress: a copy that stands still has no news, and is ended by the rule for stale seeds.
 * @throws OrchestratorError `seed-failed`: a command failed, or the sizes differ; the reason of `signal` when that ends.
 */
export async function waitForCopy(deps: CopyDeps, copy: Copy, signal: AbortSignal): Promise<void> {
  const { client, clock } = deps;
  const { seedId, target, source, bytes, acceptableBytes } = copy;
  let told = 0;

  async function isDone(): Promise<boolean> {
    const [sending, receiving, held] = await Promise.all([
      client.seedCommand(source, seedId),
      client.seedCommand(target, seedId),
      client.mysqlDiskUsage(target),
    ]);
    requireSuccess('sending', source.hostname, sending);
    requireSuccess('receiving', target.hostname, receiving);
    if (held !== null && held !== told) {
      told = held;
      await deps.say(SEED_WORDS.copied(held, bytes));
    }
    if (sending.isCompleted !== true || receiving.isCompleted !== true || held === null) return false;
    // What was counted while the commands still ran may be too little.
    const final = await client.mysqlDiskUsage(target);
    if (final === null) return false;
    if (Math.abs(final - bytes) <= acceptableBytes) return true;
    throw new OrchestratorError(
      'seed-failed',
      `${target.hostname} holds ${final} bytes and ${source.hostname} sent from ${bytes}: they differ by more than ${acceptableBytes} (SeedAcceptableBytesDiff); MySQL is not started there`,
    );
  }

  for (let pauseMs = FIRST_POLL_MS; ; pauseMs = Math.min(2 * pauseMs, LAST_POLL_MS)) {
    signal.throwIfAborted();
    try {
      if (await isDone()) return;
    } catch (thrown) {
      if (!(thrown instanceof OrchestratorError) || thrown.code !== 'agent-unreachable') throw thrown;
      deps.onSilence(messageOf(thrown));
    }
    await clock.sleep(pauseMs, signal);
  }
}

function requireSuccess(what: string, hostname: string, { isCompleted, isSuccessful }: SeedCommandState): void {
  if (isCompleted !== true || isSuccessful === true) return;
  throw new OrchestratorError(
    'seed-failed',
    isSuccessful === null
      ? `the ${what} command on ${hostname} ended, and its agent does not tell how; MySQL is not started on the target`
      : `the ${what} command on ${hostname} failed; look at the log of its agent`,
  );
}
