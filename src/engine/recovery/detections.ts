import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import { isDetectedCode } from '../../analysis/detected-codes.ts';
import { isActionableCode } from '../../analysis/rules.ts';
import { messageOf } from '../../model/error.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { Clock, Logger, RecoveryStore } from '../ports.ts';
import type { RecoveryHooks } from './hooks.ts';

/** A detection that was registered is not asked of the store again for this long. */
const REMEMBERED_MS = 10_000;

export interface DetectionOutcome {
  /** 0 when the code is no detection. */
  readonly detectionId: number;
  /** False when the OnFailureDetection hooks failed just now: this evaluation ends, the next one goes on without them. */
  readonly mayGoOn: boolean;
}

export interface Detections {
  /**
   * Records the failure detection, once per FailureDetectionPeriodBlockMinutes, and runs its hooks when it is new. Who notices the
   * same failure meanwhile waits for these hooks, too.
   */
  detect(entry: AnalysisEntry, uid: string, skipHooks: boolean, command?: string): Promise<DetectionOutcome>;
}

/** Failure detections are recorded whether or not anything may be recovered (facts of recovery §2.5, §13). */
export function createDetections(deps: {
  readonly store: RecoveryStore;
  readonly hooks: RecoveryHooks;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A failure that was new, and not ordered by a person: for the changelog of analyses. Not waited for. */
  onDetected(entry: AnalysisEntry): Promise<void>;
}): Detections {
  const remembered = new Map<string, { readonly detectionId: number; readonly atMs: number }>();
  const underWay = new Map<string, Promise<DetectionOutcome>>();

  async function register(
    name: string,
    entry: AnalysisEntry,
    uid: string,
    skipHooks: boolean,
    command: string,
  ): Promise<DetectionOutcome> {
    const { view, code } = entry;
    const { detectionId, isNew } = await deps.store.registerDetection({
      key: view.key,
      analysis: code,
      clusterName: view.clusterName,
      clusterAlias: view.clusterAlias,
      replicas: view.replicas,
      isActionable: isActionableCode(code),
    });
    remembered.set(name, { detectionId, atMs: deps.clock.monotonicMs() });
    if (!isNew) return { detectionId, mayGoOn: true };
    deps.logger.warn({ server: formatKey(view.key), cluster: view.clusterName, analysis: code }, 'failure detected');
    if (command === '')
      deps
        .onDetected(entry)
        .catch((thrown: unknown) =>
          deps.logger.warn({ error: messageOf(thrown) }, 'a failure is not in the changelog'),
        );
    if (skipHooks) return { detectionId, mayGoOn: true };
    const audit = (message: string): void =>
      deps.logger.info({ server: formatKey(view.key), hook: message }, 'detection hook');
    const result = await deps.hooks.run('OnFailureDetectionProcesses', {
      entry,
      uid,
      command,
      successor: null,
      lost: [],
      audit,
    });
    return { detectionId, mayGoOn: result.kind === 'succeeded' };
  }

  return {
    async detect(entry, uid, skipHooks, command = '') {
      if (!isDetectedCode(entry.code)) return { detectionId: 0, mayGoOn: true };
      const name = `${formatKey(entry.view.key)} ${entry.code}`;
      const running = underWay.get(name);
      if (running !== undefined) return running;
      const known = remembered.get(name);
      if (known !== undefined && deps.clock.monotonicMs() - known.atMs < REMEMBERED_MS)
        return { detectionId: known.detectionId, mayGoOn: true };
      const registering = register(name, entry, uid, skipHooks, command).finally(() => underWay.delete(name));
      underWay.set(name, registering);
      return registering;
    },
  };
}
