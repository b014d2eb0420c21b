import { messageOf, OrchestratorError } from '../../model/error.ts';
import type { AgentClient, AgentOrder, AgentRecord, Clock, Logger } from '../ports.ts';
import { waitForCopy } from './copy-progress.ts';
import type { AnsweringAgent, SeedSnapshot, SeedVerdict } from './judge-seed.ts';
import type { SeedNotes } from './seed-notes.ts';
import { bytesText, SEED_WORDS } from './seed-words.ts';

/** An agent that keeps us waiting until its command ends has surely begun it by then. */
const BEGIN_MS = 1000;
const START_DEADLINE_MS = 60_000;
const START_POLL_MS = 500;

export interface SeedStepsDeps {
  readonly client: AgentClient;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly notes: SeedNotes;
  /** The conditions once more; nothing is erased unless they hold. */
  judgeAgain(): Promise<SeedVerdict>;
  /** Writes down what is done next; the id of the state. @throws OrchestratorError when the seed is closed, or has been stopped. */
  begin(action: string): Promise<number>;
  stop(reason: OrchestratorError): void;
  /** Ends with stop(). */
  readonly signal: AbortSignal;
}

export interface SeedStepsSettings {
  /** SeedAcceptableBytesDiff. */
  readonly acceptableBytes: number;
  /** SeedWaitSecondsBeforeSend. */
  readonly waitSecondsBeforeSend: number;
}

export interface AgreedSeed {
  readonly seedId: number;
  readonly target: AnsweringAgent;
  readonly source: AnsweringAgent;
  readonly snapshot: SeedSnapshot;
}

/** What must be taken back when the seed ends in the middle. */
export interface SeedTraces {
  isMountedByUs: boolean;
  isCopying: boolean;
}

/** Does the steps of a seed, each written down before. @throws what the failing step throws; its state has the message. */
export async function doSeedSteps(
  deps: SeedStepsDeps,
  settings: SeedStepsSettings,
  seed: AgreedSeed,
  traces: SeedTraces,
): Promise<void> {
  const { client, clock, logger, notes, begin, stop, signal } = deps;
  const { seedId, snapshot } = seed;
  const target = seed.target.record;
  const source = seed.source.record;

  async function step<T>(action: string, work: () => Promise<T>): Promise<T> {
    const stateId = await begin(action);
    try {
      return await work();
    } catch (thrown) {
      await notes.error(stateId, messageOf(thrown));
      throw thrown;
    }
  }

  const tell = (agent: AgentRecord, order: AgentOrder): Promise<string> => client.order(agent, order, signal);

  /** Gives an order whose answer may come at once, or when the copy has ended. A refusal ends the seed whenever it comes. */
  async function tellInBackground(agent: AgentRecord, order: AgentOrder): Promise<void> {
    const answered = tell(agent, order);
    answered.catch((thrown: unknown) => stop(new OrchestratorError('seed-failed', messageOf(thrown))));
    await Promise.race([answered, clock.sleep(BEGIN_MS, signal)]);
  }

  async function checkAgain(): Promise<number> {
    const verdict = await deps.judgeAgain();
    if (verdict.kind === 'refused') throw new OrchestratorError('seed-refused', verdict.refusal);
    if (verdict.snapshot.kind === 'mounted') return verdict.snapshot.bytes;
    throw new OrchestratorError(
      'seed-refused',
      `${verdict.snapshot.volume} was mounted, and its agent does not tell so`,
    );
  }

  async function checkRoom(bytes: number): Promise<void> {
    const { datadirFree, mysqlIsRunning } = await client.status(target);
    if (mysqlIsRunning !== false)
      throw new OrchestratorError('seed-failed', `MySQL on ${target.hostname} was started meanwhile; stop it for good`);
    if (datadirFree >= bytes) return;
    throw new OrchestratorError(
      'seed-failed',
      `${target.hostname} has ${bytesText(datadirFree)} free after erasing and needs ${bytesText(bytes)}; make room there`,
    );
  }

  async function startMysql(): Promise<void> {
    await tell(target, { kind: 'mysql-start' });
    const deadline = clock.monotonicMs() + START_DEADLINE_MS;
    for (;;) {
      const isRunning = await client.status(target).then(
        ({ mysqlIsRunning }) => mysqlIsRunning,
        () => null,
      );
      if (isRunning === true) return;
      if (clock.monotonicMs() >= deadline) break;
      await clock.sleep(START_POLL_MS, signal);
      signal.throwIfAborted();
    }
    throw new OrchestratorError(
      'seed-failed',
      `the data was copied, but MySQL on ${target.hostname} does not run ${START_DEADLINE_MS / 1000} s after its start; look at its error log`,
    );
  }

  async function waitUntilCopied(bytes: number): Promise<void> {
    let stateId = await begin(SEED_WORDS.copied(0, bytes));
    let silence = '';
    const say = async (action: string): Promise<void> => {
      try {
        stateId = await begin(action);
      } catch (thrown) {
        if (thrown instanceof OrchestratorError && thrown.code === 'seed-stopped') throw thrown;
        // Hours of copying are not thrown away because the backend is away; for too long, and the seed is stale.
        logger.warn({ seedId, action, error: messageOf(thrown) }, 'how far a seed is could not be written down');
      }
    };
    const onSilence = (message: string): void => {
      if (message === silence) return;
      silence = message;
      logger.warn({ seedId, error: message }, 'an agent does not tell how far its seed is');
      void notes.error(stateId, message);
    };
    const copy = { seedId, target, source, bytes, acceptableBytes: settings.acceptableBytes };
    try {
      await waitForCopy({ client, clock, say, onSilence }, copy, signal);
    } catch (thrown) {
      await notes.error(stateId, messageOf(thrown));
      throw thrown;
    }
  }

  const { waitSecondsBeforeSend: seconds } = settings;
  const names = [target.hostname, source.hostname] as const;
  if (snapshot.kind === 'to-mount')
    await step(SEED_WORDS.mount(snapshot.volume, source.hostname), async () => {
      traces.isMountedByUs = true;
      await tell(source, { kind: 'mount', volume: snapshot.volume });
    });
  const bytes = await step(SEED_WORDS.checkAgain(target.hostname), checkAgain);
  await step(SEED_WORDS.erase(target.hostname), () => tell(target, { kind: 'delete-datadir' }));
  await step(SEED_WORDS.room(target.hostname), () => checkRoom(bytes));
  traces.isCopying = true;
  await step(SEED_WORDS.receive(target.hostname), () => tellInBackground(target, { kind: 'receive-seed', seedId }));
  await step(SEED_WORDS.wait(target.hostname, seconds), () => clock.sleep(seconds * 1000, signal));
  await step(SEED_WORDS.send(source.hostname, target.hostname), () =>
    tellInBackground(source, { kind: 'send-seed', seedId, targetHostname: names[0] }),
  );
  await waitUntilCopied(bytes);
  traces.isCopying = false;
  await step(SEED_WORDS.postCopy(target.hostname), () => tell(target, { kind: 'post-copy', sourceHostname: names[1] }));
  if (traces.isMountedByUs) {
    await step(SEED_WORDS.unmount(source.hostname), () => tell(source, { kind: 'umount' }));
    traces.isMountedByUs = false;
  }
  await step(SEED_WORDS.start(target.hostname), startMysql);
}
