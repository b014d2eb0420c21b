import type { AnalysisSettings } from '../../analysis/analysis-settings.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { DeposedWatch } from '../fence/deposed-watch.ts';
import type { DeposedPrimary } from '../ports.ts';
import { resumeRecoveries } from './resume.ts';

type ResumeDeps = Parameters<typeof resumeRecoveries>[0];

/**
 * What other processes left or wrote in the backend, and what we could not write while it was away: open recoveries are gone on
 * with (see resumeRecoveries), primaries that another process deposed are watched here, too. Called at the start and every few
 * seconds. Throws when the backend cannot be read.
 */
export function createBackendWatch(
  deps: ResumeDeps & { readonly deposed: DeposedWatch },
  settings: AnalysisSettings,
): { run(): Promise<void> } {
  const nameOf = ({ key, epoch }: DeposedPrimary): string => `${formatKey(key)} ${epoch}`;
  return {
    async run() {
      await resumeRecoveries(deps, settings);
      const known = new Set(deps.deposed.list().map(nameOf));
      const stored = await deps.store.readDeposed();
      if (stored.some((one) => !known.has(nameOf(one)))) await deps.deposed.refresh();
    },
  };
}
