import type { AnalysisEntry } from '../analysis/analysis-entry.ts';
import { isDeadPrimaryCode } from '../analysis/detected-codes.ts';
import type { NotActing } from '../analysis/failover-policy.ts';
import type { FailoverSwitches } from '../analysis/failover-question.ts';
import { matchesClusterFilters } from '../model/cluster-filters.ts';
import { formatKey, sameKey } from '../model/instance-key.ts';
import type { ServerRecord } from '../model/server-record.ts';
import type { Analyser } from './analyser.ts';
import type { Explanations } from './explanations.ts';
import type { IntentMirror } from './intent-mirror.ts';
import type { Clock } from './ports.ts';
import type { Recoveries } from './recovery/recoveries.ts';

/** A recovery that was not let begin is not tried again before this. */
const HOLD_MS = 1_000;
/** The label of the failure lags behind the decision until the last slow replica has been read; that is a matter of one reading. */
const LABEL_HOLD_MS = 100;
/** So long after a hold its sentence stands while the primary is looked at again, or the sentences would take turns for ever. */
const HELD_LATELY_MS = 3_000;

export interface WatchmanDeps {
  readonly analyser: Analyser;
  readonly explanations: Explanations;
  readonly intentMirror: IntentMirror;
  readonly recoveries: Recoveries;
  readonly clock: Clock;
  /** Suspects the primary anew. */
  suspect(primary: ServerRecord): void;
}

/** What detection decides becomes deeds and sentences here. */
export interface Watchman {
  switchesOf(primary: ServerRecord): FailoverSwitches;
  onDead(primary: ServerRecord, sentence: string, suspectedAtMs: number): void;
  onExplained(primary: ServerRecord, decision: NotActing | null): void;
}

export function createWatchman(
  deps: WatchmanDeps,
  settings: { readonly recoverPrimaryClusterFilters: readonly string[] },
): Watchman {
  const { analyser, explanations, recoveries, clock } = deps;
  const holds = new Map<string, { readonly untilMs: number; readonly reason: string }>();

  function entryOf({ key, position }: ServerRecord): AnalysisEntry | undefined {
    return analyser
      .analyse({ clusterName: position.clusterName, includeDowntimed: true })
      .find(({ view }) => sameKey(view.key, key));
  }

  function holdOf(clusterName: string): string | null {
    const hold = holds.get(clusterName);
    return hold !== undefined && hold.untilMs > clock.monotonicMs() ? hold.reason : null;
  }

  function isHeldLately(clusterName: string): boolean {
    const hold = holds.get(clusterName);
    return hold !== undefined && hold.untilMs + HELD_LATELY_MS > clock.monotonicMs();
  }

  function holdBack(primary: ServerRecord, reason: string, holdMs = HOLD_MS): void {
    const { clusterName } = primary.position;
    holds.set(clusterName, { untilMs: clock.monotonicMs() + holdMs, reason });
    explanations.say(clusterName, primary.key, 'not-acting', `Not replacing ${formatKey(primary.key)}: ${reason}.`);
    deps.suspect(primary);
  }

  async function recover(
    primary: ServerRecord,
    entry: AnalysisEntry,
    sentence: string,
    suspectedAtMs: number,
  ): Promise<void> {
    const { clusterName } = primary.position;
    const sayRecovering = (): void => explanations.say(clusterName, primary.key, 'recovering', sentence);
    if (!isHeldLately(clusterName)) sayRecovering();
    const outcome = await recoveries.recoverDeadPrimary(entry, {
      isForced: false,
      candidate: null,
      skipHooks: false,
      command: '',
      suspectedAtMs,
      onRegistered: sayRecovering,
    });
    switch (outcome.kind) {
      case 'recovered': {
        const successor = formatKey(outcome.successor);
        explanations.drop(clusterName);
        explanations.say(
          successor,
          outcome.successor,
          'recovered',
          `${successor} replaced ${formatKey(primary.key)}, which was dead.`,
        );
        return;
      }
      case 'failed':
        explanations.say(
          clusterName,
          primary.key,
          'failed',
          `The recovery of ${formatKey(primary.key)} failed: ${outcome.reason}.`,
        );
        return deps.suspect(primary);
      case 'not-attempted':
        return holdBack(primary, outcome.reason);
    }
  }

  return {
    switchesOf({ intent, position }) {
      const identity = { clusterName: position.clusterName, alias: position.clusterAlias };
      return {
        isDowntimed: intent.downtime !== null,
        inMaintenance: intent.inMaintenance,
        inPlannedOperation: false,
        isBlocked: holdOf(position.clusterName) !== null,
        isGloballyDisabled: deps.intentMirror.current()?.isRecoveryDisabled ?? false,
        hasAutomatedRecovery: matchesClusterFilters(settings.recoverPrimaryClusterFilters, identity),
      };
    },
    onDead(primary, sentence, suspectedAtMs) {
      if (primary.instance === null)
        return holdBack(primary, 'it was never seen alive, so that nobody knows what it was');
      const entry = entryOf(primary);
      if (entry === undefined || !isDeadPrimaryCode(entry.code)) {
        return holdBack(
          primary,
          `its analysis is ${entry?.code ?? 'filtered out (RecoveryIgnoreHostnameFilters, or in maintenance)'}`,
          entry === undefined ? HOLD_MS : LABEL_HOLD_MS,
        );
      }
      recover(primary, entry, sentence, suspectedAtMs).catch((thrown) =>
        holdBack(primary, thrown instanceof Error ? thrown.message : String(thrown)),
      );
    },
    onExplained(primary, decision) {
      const { clusterName } = primary.position;
      const hold = holdOf(clusterName);
      if (decision === null)
        explanations.say(clusterName, primary.key, 'healthy', `${formatKey(primary.key)} answers.`);
      else if (decision.because === 'blocked' && hold !== null) {
        explanations.say(clusterName, primary.key, 'not-acting', `Not replacing ${formatKey(primary.key)}: ${hold}.`);
      } else {
        const isWaiting = decision.retryAtMs !== null;
        if (isWaiting && isHeldLately(clusterName)) return;
        explanations.say(clusterName, primary.key, isWaiting ? 'waiting' : 'not-acting', decision.sentence);
      }
    },
  };
}
