import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import { formatCoordinates } from '../../model/coordinates.ts';
import { messageOf } from '../../model/error.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import { createOldNews } from '../basis/old-news.ts';
import type { Clock, Logger, ServerStore, StaleCoordinates } from '../ports.ts';
import type { Detections } from '../recovery/detections.ts';
import type { Changelog } from './changelog.ts';

export interface VerdictDeps {
  readonly detections: Detections;
  readonly changelog: Changelog;
  readonly servers: Pick<ServerStore, 'noteStaleCoordinates'>;
  /** What the backend held of coordinates that stand still when we started. */
  readonly stale: readonly StaleCoordinates[];
  readonly clock: Clock;
  readonly logger: Logger;
  isBeingRecovered(key: InstanceKey): boolean;
  newUid(): string;
  /** The program ends: nothing more is begun. */
  isClosed(): boolean;
  /** The verdict of that name (verdictName) as the last analysis saw it; null when it is another one now, or excused. */
  newest(name: string): AnalysisEntry | null;
  /** A verdict that stands: whoever can mend what it says may begin. */
  onStanding(entry: AnalysisEntry): void;
}

/** By server and code. */
export const verdictName = ({ view, code }: AnalysisEntry): string => `${formatKey(view.key)} ${code}`;

/**
 * What follows from a verdict: records first, then the failure detection with its hooks, then whoever may mend it. Each verdict goes
 * its own way: hooks that hang, and records that fail, hold up no other one. The same one is handled once at a time.
 */
export function createVerdictHandling(deps: VerdictDeps): {
  /** Resolves when all is done that follows from it now. Never rejects. */
  handle(entry: AnalysisEntry): Promise<void>;
} {
  const recording = new Set<string>();
  const detecting = new Set<string>();
  const failures = createOldNews(deps.clock);

  /** Since when a possibly locked primary stands still is for others to read, and for us after a restart. */
  const noted = new Map(deps.stale.map(({ key, file, position }) => [formatKey(key), `${file}:${position}`]));
  async function noteStillness({ view, code }: AnalysisEntry): Promise<void> {
    const name = formatKey(view.key);
    const isLocked = code === 'LockedSemiSyncMaster' || code === 'LockedSemiSyncMasterHypothesis';
    const now = isLocked && view.ownCoordinates !== null ? formatCoordinates(view.ownCoordinates) : undefined;
    if (now === noted.get(name)) return;
    await deps.servers.noteStaleCoordinates(view.key, now === undefined ? null : view.ownCoordinates);
    if (now === undefined) noted.delete(name);
    else noted.set(name, now);
  }

  const isOver = ({ view }: AnalysisEntry): boolean => deps.isClosed() || deps.isBeingRecovered(view.key);

  /** One after another: many at once would take every connection to the backend, and verdicts of a server must keep their order. */
  let lastRecord: Promise<void> = Promise.resolve();
  function record(entry: AnalysisEntry): Promise<void> {
    const recorded = lastRecord.then(async () => {
      if (isOver(entry)) return;
      await deps.changelog.note(entry);
      if (!deps.isClosed()) await noteStillness(entry);
    });
    lastRecord = recorded.catch(() => undefined);
    return recorded;
  }

  async function handle(entry: AnalysisEntry, name: string): Promise<void> {
    const isUnexcused = deps.newest(name) !== null;
    await record(entry).finally(() => recording.delete(name));
    // Records go on while hooks hang: the code may have been another one meanwhile.
    if (!isUnexcused || detecting.has(name) || isOver(entry)) return;
    detecting.add(name);
    try {
      await deps.detections.detect(entry, deps.newUid(), false);
    } finally {
      detecting.delete(name);
    }
    const standing = deps.newest(name);
    if (standing !== null && !deps.isClosed()) deps.onStanding(standing);
  }

  return {
    async handle(entry) {
      const name = verdictName(entry);
      if (deps.isClosed() || recording.has(name)) return;
      recording.add(name);
      try {
        await handle(entry, name);
      } catch (thrown) {
        const server = formatKey(entry.view.key);
        if (!deps.isClosed() && failures.isNews(messageOf(thrown)))
          deps.logger.error({ err: thrown, server, analysis: entry.code }, 'a verdict could not be handled');
      }
    },
  };
}
