import type { AnalysisCode, AnalysisEntry } from '../../analysis/analysis-entry.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { AuditStore } from '../ports.ts';

/** How the code of each server changes, for people to read afterwards (`replication-analysis-changelog`). */
export interface Changelog {
  /** Writes the code down if it is another one than that server's last. Servers without replicas are nobody's source, and left out. */
  note(entry: AnalysisEntry): Promise<void>;
}

/** Asks the store only when a code differs from the last one noted here. */
export function createChangelog(audit: Pick<AuditStore, 'recordAnalysisChange'>): Changelog {
  const last = new Map<string, AnalysisCode>();
  return {
    async note({ view, code }) {
      const name = formatKey(view.key);
      if (view.countReplicas === 0 || last.get(name) === code) return;
      await audit.recordAnalysisChange(view.key, code);
      last.set(name, code);
    },
  };
}
