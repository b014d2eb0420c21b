import type { AnalysisCode, AnalysisView } from './analysis-entry.ts';
import type { RuleSettings } from './analysis-settings.ts';

/** One line of the ordered table of what can be wrong with a server. */
export interface AnalysisRule {
  readonly code: AnalysisCode;
  /** One sentence for people; of characters that may be pasted into a hook command. */
  readonly description: string;
  /** A recovery belongs to it (whether it acts is decided elsewhere). */
  readonly isActionable: boolean;
  /** Hidden when every direct replica is downtimed. */
  readonly isSkippableWhenReplicasDowntimed: boolean;
  readonly when: (view: AnalysisView, settings: RuleSettings) => boolean;
}

/** Every known replica answered, and not one of them replicates. */
export const allValidNoneReplicating = (view: AnalysisView): boolean =>
  view.countValidReplicas === view.countReplicas && view.countValidReplicatingReplicas === 0;

/** Some known replicas answered, some did not, and not one replicates. */
export const someValidNoneReplicating = (view: AnalysisView): boolean =>
  view.countValidReplicas > 0 &&
  view.countValidReplicas < view.countReplicas &&
  view.countValidReplicatingReplicas === 0;

/** All replicas lag, not all of them on purpose, and some still replicate: the source hangs rather than is gone. */
export const allLaggingSomeReplicating = (view: AnalysisView): boolean =>
  view.countLaggingReplicas === view.countReplicas &&
  view.countDelayedReplicas < view.countReplicas &&
  view.countValidReplicatingReplicas > 0;

/** The server does not answer while replicas answer and replicate. */
export const someReplicating = (view: AnalysisView): boolean =>
  view.countValidReplicas > 0 && view.countValidReplicatingReplicas > 0;
