import { messageOf, OrchestratorError } from '../../model/error.ts';
import type { SeedStore } from '../ports.ts';
import {
  type AgreedSeed,
  doSeedSteps,
  type SeedStepsDeps,
  type SeedStepsSettings,
  type SeedTraces,
} from './seed-steps.ts';
import { SEED_WORDS } from './seed-words.ts';

/** Somebody else (another process, the rule for stale seeds) may have closed the seed. */
const CLOSED_POLL_MS = 5000;
/** A command that was stopped just now may hold the mount for a moment. */
const UNMOUNT_TRIES = 5;
const UNMOUNT_PAUSE_MS = 1000;

export interface SeedRunDeps extends Omit<SeedStepsDeps, 'begin' | 'stop' | 'signal'> {
  readonly store: SeedStore;
}

export interface SeedRun {
  readonly seedId: number;
  readonly hostnames: readonly string[];
  /** Ends it before its next step, or in the middle of one; it tidies up behind itself. */
  stop(reason: OrchestratorError): void;
  /** True: successful. Never rejects. */
  readonly ended: Promise<boolean>;
}

/** Carries out a seed in the background: each step is written down before it is done, and what fails ends it as failed. */
export function runSeed(deps: SeedRunDeps, settings: SeedStepsSettings, seed: AgreedSeed): SeedRun {
  const { store, client, clock, logger, notes } = deps;
  const { seedId } = seed;
  const target = seed.target.record;
  const source = seed.source.record;
  const controller = new AbortController();
  const { signal } = controller;
  const traces: SeedTraces = { isMountedByUs: false, isCopying: false };

  const stop = (reason: OrchestratorError): void => controller.abort(reason);

  const closedElsewhere = (): OrchestratorError =>
    new OrchestratorError('seed-stopped', `seed ${seedId} was closed by somebody else`);

  /** Writes down what is done next. @throws `seed-stopped` when the seed has been closed. */
  async function begin(action: string): Promise<number> {
    signal.throwIfAborted();
    const stateId = await store.addSeedState(seedId, action);
    if (stateId === null) throw closedElsewhere();
    return stateId;
  }

  async function unmountAgain(): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await client.order(source, { kind: 'umount' });
        return;
      } catch (thrown) {
        if (tries >= UNMOUNT_TRIES) throw thrown;
        await clock.sleep(UNMOUNT_PAUSE_MS);
      }
    }
  }

  /** Stops what copies and unmounts what we mounted; both are tried whatever becomes of the other. */
  async function tidyUp(): Promise<void> {
    if (traces.isCopying) await notes.abortOnHosts(seedId, [target, source]);
    if (traces.isMountedByUs) await notes.afterwards(seedId, SEED_WORDS.unmount(source.hostname), unmountAgain);
  }

  async function noticeClosing(): Promise<void> {
    const [row] = await store.readSeeds({ seedId });
    if (row?.isComplete === true) stop(closedElsewhere());
  }

  async function run(): Promise<boolean> {
    const stopLooking = clock.every(CLOSED_POLL_MS, () => {
      noticeClosing().catch((thrown: unknown) =>
        logger.warn({ seedId, error: messageOf(thrown) }, 'the backend does not tell whether a seed is still open'),
      );
    });
    try {
      await doSeedSteps({ ...deps, begin, stop, signal }, settings, seed, traces);
      signal.throwIfAborted();
      if (!(await store.completeSeed(seedId, SEED_WORDS.completed))) throw closedElsewhere();
      return true;
    } catch (thrown) {
      const reason = messageOf(thrown);
      logger.error({ seedId, target: target.hostname, source: source.hostname, error: reason }, 'a seed failed');
      stop(new OrchestratorError('seed-failed', reason));
      await tidyUp();
      // Last, so that nobody begins another seed on these hosts while this one still ends.
      await store
        .failSeed(seedId, SEED_WORDS.failed, reason)
        .catch((failure: unknown) =>
          logger.error({ err: failure, seedId }, 'a failed seed stays open in the backend until it is stale'),
        );
      return false;
    } finally {
      stopLooking();
    }
  }

  return { seedId, hostnames: [target.hostname, source.hostname], stop, ended: run() };
}
