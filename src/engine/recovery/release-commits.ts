import { harmlessWrite } from '../../dialect/harmless-write.ts';
import type { Instance } from '../../model/instance.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type { FreshnessSettings } from '../../model/server-record.ts';
import { notReceivedBy } from '../../plan/semi-sync/received-all.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { RecoveriesDeps } from './deps.ts';

const WRITE_MS = 2_000;
const COMMAND_MS = 2_000;
/** Receivers that connect anew are there within tens of milliseconds. */
const HOLDER_MS = 5_000;
const PAUSE_MS = 100;

export interface ReleaseDeps extends Pick<RecoveriesDeps, 'servers' | 'markers' | 'clock'> {
  readonly fleet: Pick<Fleet, 'recordOf' | 'recordsOfCluster'>;
  readonly freshness: FreshnessSettings;
  /** Reads the primary and its replicas anew. */
  readAgain(): Promise<void>;
  audit(message: string): void;
}

/**
 * Lets the commits of a semi-sync primary go on that has its acknowledgers again. A commit that hangs is released by an acknowledgement
 * of it, or of a later one. The new acknowledger may have received it already, asynchronously: then it is never sent again, and where
 * every client hangs no later one comes (seen on 9.7 and 10.11). So a later one is written.
 *
 * On MariaDB under AFTER_SYNC two commits that hang hold the log, and nothing later can be written (dialect/held-log.ts). There the
 * session of the first is ended, once all that the log holds is known to be received: its client is told an error, never OK.
 * Gives what is wrong still, one sentence; null when commits go on, or do so with the next one.
 */
export async function releaseCommits(key: InstanceKey, deps: ReleaseDeps): Promise<string | null> {
  const primary = deps.fleet.recordOf(key)?.instance ?? null;
  if (primary === null) return null;
  const statement = harmlessWrite(primary.version);
  const outcome = await deps.markers.write(primary, statement, { deadlineMs: WRITE_MS });
  const name = formatKey(key);
  if (outcome.kind === 'written') {
    deps.audit(`${name}: ${statement}; what hung is acknowledged with it`);
    return null;
  }
  const why = outcome.kind === 'failed' ? outcome.failure.message : `${name} is read-only`;
  if (primary.version.flavour === 'mariadb' && outcome.kind === 'failed') return endHolder(primary, deps);
  deps.audit(`Commits that hang are released by the next one, since ${statement} was not possible: ${why}`);
  return null;
}

async function endHolder({ key }: Instance, deps: ReleaseDeps): Promise<string | null> {
  const { fleet, servers, clock, freshness } = deps;
  const startMs = clock.monotonicMs();
  while (true) {
    await deps.readAgain();
    const primary = fleet.recordOf(key);
    if (primary?.instance == null) return `${formatKey(key)} is not known any more`;
    let problem = notReceivedBy(primary, fleet.recordsOfCluster(primary.position.clusterName), freshness);
    if (problem === null) {
      const command = { kind: 'kill-log-holder', written: primary.instance.binlogGtid } as const;
      const outcome = await servers.execute(primary.instance, command, { deadlineMs: COMMAND_MS });
      if (outcome.kind === 'done') {
        deps.audit(`${formatKey(key)}: ${outcome.statements.join('; ')}: what it wrote is received`);
        return null;
      }
      problem = outcome.failure.message;
    }
    if (clock.monotonicMs() - startMs > HOLDER_MS) return `commits on ${formatKey(key)} still hang: ${problem}`;
    await clock.sleep(PAUSE_MS);
  }
}
