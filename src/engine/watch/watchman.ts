import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import type { NotActing } from '../../analysis/failover-policy.ts';
import type { FailoverSwitches } from '../../analysis/failover-question.ts';
import { matchesClusterFilters } from '../../model/cluster-filters.ts';
import { messageOf } from '../../model/error.ts';
import { formatKey, sameKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { isPrimaryRecord } from '../../model/server-record.ts';
import type { IntentMirror } from '../fleet/intent-mirror.ts';
import type { Clock } from '../ports.ts';
import type { Recoveries } from '../recovery/recoveries.ts';
import type { Explanation } from '../use-cases.ts';
import type { Analyser } from './analyser.ts';
import type { Explanations } from './explanations.ts';
import type { SuccessionSentences } from './succession-sentences.ts';

/** A recovery that was not let begin is not tried again before this. */
const HOLD_MS = 1_000;
/** The label of the failure lags behind the decision until the last slow replica has been read; that is a matter of one reading. */
const LABEL_HOLD_MS = 100;
/** So long after a hold its sentence stands while the source is looked at again, or the sentences would take turns for ever. */
const HELD_LATELY_MS = 3_000;

export interface WatchmanDeps {
  readonly analyser: Analyser;
  readonly explanations: Explanations;
  readonly intentMirror: IntentMirror;
  readonly recoveries: Recoveries;
  readonly clock: Clock;
  /** Suspects the source anew. */
  suspect(source: ServerRecord): void;
  /** Says that the successor replaced the failed primary of a cluster. */
  sayReplaced: SuccessionSentences['replaced'];
  /** The recovery of a primary has ended without a successor. */
  onNotReplaced: SuccessionSentences['notReplaced'];
}

export interface WatchmanSettings {
  readonly recoverPrimaryClusterFilters: readonly string[];
  readonly recoverIntermediateClusterFilters: readonly string[];
}

/** What detection decides becomes deeds and sentences here: of primaries, and of sources in the middle of a tree. */
export interface Watchman {
  switchesOf(source: ServerRecord): FailoverSwitches;
  onDead(source: ServerRecord, sentence: string, suspectedAtMs: number): void;
  onExplained(source: ServerRecord, decision: NotActing | null): void;
}

/** True for one whose recovery promotes another server. A group chooses its primary itself. */
const isHead = (source: ServerRecord): boolean =>
  source.instance?.group == null && (isPrimaryRecord(source) || source.position.isCoPrimary);

export function createWatchman(deps: WatchmanDeps, settings: WatchmanSettings): Watchman {
  const { analyser, explanations, recoveries, clock } = deps;
  const holds = new Map<string, { readonly untilMs: number; readonly reason: string }>();

  function entryOf({ key, position }: ServerRecord): AnalysisEntry | undefined {
    return analyser
      .analyse({ clusterName: position.clusterName, includeDowntimed: true })
      .find(({ view }) => sameKey(view.key, key));
  }

  /** What is held back is a cluster where its head is concerned, else one server. */
  const subjectOf = (source: ServerRecord): string =>
    isHead(source) ? source.position.clusterName : `${source.position.clusterName} ${formatKey(source.key)}`;

  function holdOf(source: ServerRecord): string | null {
    const hold = holds.get(subjectOf(source));
    return hold !== undefined && hold.untilMs > clock.monotonicMs() ? hold.reason : null;
  }

  function isHeldLately(source: ServerRecord): boolean {
    const hold = holds.get(subjectOf(source));
    return hold !== undefined && hold.untilMs + HELD_LATELY_MS > clock.monotonicMs();
  }

  function say(source: ServerRecord, verdict: Explanation['verdict'], sentence: string): void {
    const { key, position } = source;
    if (isHead(source)) explanations.say(position.clusterName, key, verdict, sentence);
    else explanations.sayOf(position.clusterName, key, verdict, sentence);
  }

  function holdBack(source: ServerRecord, reason: string, holdMs = HOLD_MS): void {
    holds.set(subjectOf(source), { untilMs: clock.monotonicMs() + holdMs, reason });
    say(source, 'not-acting', `Not replacing ${formatKey(source.key)}: ${reason}.`);
    deps.suspect(source);
  }

  function sayRecovered(source: ServerRecord, successor: ServerRecord['key']): void {
    const [name, failed] = [formatKey(successor), formatKey(source.key)];
    if (isHead(source)) deps.sayReplaced(source.position.clusterName, source.key, successor);
    else say(source, 'recovered', `${name} took the replicas of ${failed}, which was dead.`);
  }

  async function recover(
    source: ServerRecord,
    entry: AnalysisEntry,
    sentence: string,
    suspectedAtMs: number,
  ): Promise<void> {
    const sayRecovering = (): void => say(source, 'recovering', sentence);
    if (!isHeldLately(source)) sayRecovering();
    const outcome = await recoveries.recover(entry, {
      isForced: false,
      candidate: null,
      skipHooks: false,
      command: '',
      suspectedAtMs,
      onRegistered: sayRecovering,
    });
    switch (outcome.kind) {
      case 'recovered':
        return sayRecovered(source, outcome.successor);
      case 'failed':
        deps.onNotReplaced(source.key);
        say(source, 'failed', `The recovery of ${formatKey(source.key)} failed: ${outcome.reason}.`);
        return deps.suspect(source);
      case 'not-attempted':
        return holdBack(source, outcome.reason);
    }
  }

  return {
    switchesOf(source) {
      const { intent, position } = source;
      const identity = { clusterName: position.clusterName, alias: position.clusterAlias };
      const filters = isHead(source)
        ? settings.recoverPrimaryClusterFilters
        : settings.recoverIntermediateClusterFilters;
      return {
        isDowntimed: intent.downtime !== null,
        inMaintenance: intent.inMaintenance,
        inPlannedOperation: false,
        isBlocked: holdOf(source) !== null,
        isGloballyDisabled: deps.intentMirror.current()?.isRecoveryDisabled ?? false,
        hasAutomatedRecovery: matchesClusterFilters(filters, identity),
        filterKey: isHead(source) ? 'RecoverMasterClusterFilters' : 'RecoverIntermediateMasterClusterFilters',
      };
    },
    onDead(source, sentence, suspectedAtMs) {
      if (source.instance === null)
        return holdBack(source, 'it was never seen alive, so that nobody knows what it was');
      const entry = entryOf(source);
      if (entry === undefined || !recoveries.handles(entry.code)) {
        return holdBack(
          source,
          `its analysis is ${entry?.code ?? 'filtered out (RecoveryIgnoreHostnameFilters, or in maintenance)'}`,
          entry === undefined ? HOLD_MS : LABEL_HOLD_MS,
        );
      }
      recover(source, entry, sentence, suspectedAtMs).catch((thrown) => holdBack(source, messageOf(thrown)));
    },
    onExplained(source, decision) {
      const { clusterName } = source.position;
      const hold = holdOf(source);
      if (decision === null && !isHead(source)) explanations.dropOf(clusterName, source.key);
      else if (decision === null) say(source, 'healthy', `${formatKey(source.key)} answers.`);
      else if (decision.because === 'blocked' && hold !== null) {
        say(source, 'not-acting', `Not replacing ${formatKey(source.key)}: ${hold}.`);
      } else {
        const isWaiting = decision.retryAtMs !== null;
        if (isWaiting && isHeldLately(source)) return;
        say(source, isWaiting ? 'waiting' : 'not-acting', decision.sentence);
      }
    },
  };
}
