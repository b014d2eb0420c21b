import { type BinlogCoordinates, compareCoordinates, formatCoordinates } from '../../model/coordinates.ts';
import { OrchestratorError } from '../../model/error.ts';
import { formatKey, type InstanceKey } from '../../model/instance-key.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import { isObjection, memberOf, NO_EVIDENCE, type OperationSettings } from '../../plan/operations/input.ts';
import { cannotFindByGtid, cannotReplicateFrom } from '../../plan/operations/rules/can-replicate.ts';
import type { Objection } from '../../plan/plan.ts';
import { readAfter } from '../operations/read-after.ts';
import type { Clock, EquivalenceStore, PositionEquivalence } from '../ports.ts';

/** Questions about servers which no listing answers. They change nothing on any server. */
export interface QuestionUseCases {
  /** Reads both now. Why the first could not replicate from the second, by the rules or also by GTID; null when it could. */
  whyNotReplicateFrom(replica: InstanceKey, source: InstanceKey, by: 'rules' | 'gtid'): Promise<Objection | null>;
  /** The places in other servers' logs that are recorded as equal to this one. */
  equivalentsOf(place: PositionEquivalence): Promise<readonly PositionEquivalence[]>;
  /** Reads a server, then its source, so that what only the server has can be told; '' when there is nothing. @throws OrchestratorError when it does not answer. */
  errantGtidOf(key: InstanceKey): Promise<string>;
  /**
   * Waits, without end, until a replica has executed its source's log to this place.
   * @throws OrchestratorError `not-a-replica`, `applier-stopped`, or when it does not answer.
   */
  waitUntilExecuted(replica: InstanceKey, place: BinlogCoordinates): Promise<void>;
}

/** Pause between two looks at how far a replica has come. */
const LOOK_AGAIN_MS = 200;

export interface QuestionsDeps {
  readonly equivalences: EquivalenceStore;
  records(): readonly ServerRecord[];
  recordOf(key: InstanceKey): ServerRecord | null;
  /** False when it did not answer. */
  readNow(key: InstanceKey): Promise<boolean>;
  /** @throws OrchestratorError when it does not answer. */
  discover(key: InstanceKey): Promise<ServerRecord>;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
}

export function createQuestions(deps: QuestionsDeps, settings: OperationSettings): QuestionUseCases {
  return {
    async whyNotReplicateFrom(replica, source, by) {
      await Promise.all([deps.readNow(replica), deps.readNow(source)]);
      const input = {
        request: { kind: 'relocate', instance: replica, destination: source },
        records: deps.records(),
        nowMs: deps.clock.now(),
        settings,
        evidence: NO_EVIDENCE,
      } as const;
      const [below, above] = [memberOf(input, replica), memberOf(input, source)];
      if (isObjection(below)) return below;
      if (isObjection(above)) return above;
      return cannotReplicateFrom(below, above, settings) ?? (by === 'gtid' ? cannotFindByGtid(below, above) : null);
    },
    equivalentsOf: (place) => deps.equivalences.find(place),
    async errantGtidOf(key) {
      const { instance } = await deps.discover(key);
      // The source last: what the server has by now, its source has had before.
      await readAfter(instance?.replication?.source, () => [key], deps);
      return deps.recordOf(key)?.position.errantGtid ?? '';
    },
    async waitUntilExecuted(replica, place) {
      for (;;) {
        const { instance } = await deps.discover(replica);
        const replication = instance?.replication ?? null;
        const name = formatKey(replica);
        if (replication === null) throw new OrchestratorError('not-a-replica', `instance is not a replica: ${name}`);
        if (compareCoordinates(replication.executedCoordinates, place) >= 0) return;
        if (replication.applier.state !== 'running') {
          const stands = formatCoordinates(replication.executedCoordinates);
          throw new OrchestratorError(
            'applier-stopped',
            `the applier of ${name} is not running; it has come to ${stands}, not yet to ${formatCoordinates(place)}; start it first`,
          );
        }
        await deps.clock.sleep(LOOK_AGAIN_MS);
      }
    },
  };
}
