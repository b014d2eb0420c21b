import type { AnalysisEntry } from '../analysis/analysis-entry.ts';
import type { BinlogCoordinates } from '../model/coordinates.ts';
import { formatKey, type InstanceKey, sameKey } from '../model/instance-key.ts';
import { type AnalysisJsonContext, analysisJson } from './analysis-json.ts';
import { historicTimestamp } from './go-time.ts';
import { coordinatesJson, keysJson } from './key-json.ts';
import { type RecoveryJson, recoveryJson } from './recovery-json.ts';

/** What came of a takeover, as answers tell of it. */
export interface TakeoverFacts {
  readonly uid: string;
  readonly recoveryId: number;
  readonly command: string;
  readonly entry: AnalysisEntry;
  readonly successor: InstanceKey;
  readonly successorAlias: string;
  readonly coordinates: BinlogCoordinates | null;
  readonly troubles: readonly { readonly server: InstanceKey; readonly reason: string }[];
  readonly participants: readonly InstanceKey[];
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

/** A takeover in the historic shape of a recovery: clients read SuccessorKey. */
export function takeoverJson(facts: TakeoverFacts, context: AnalysisJsonContext): RecoveryJson {
  const { view } = facts.entry;
  const listed = recoveryJson({
    recoveryId: facts.recoveryId,
    uid: facts.uid,
    key: view.key,
    analysis: facts.entry.code,
    clusterName: view.clusterName,
    clusterAlias: view.clusterAlias,
    countReplicas: view.countReplicas,
    replicas: view.replicas,
    startedAt: historicTimestamp(facts.startedAtMs),
    endedAt: historicTimestamp(facts.endedAtMs),
    processingNodeHostname: context.nodeHostname,
    processingNodeToken: context.nodeToken,
    endActivePeriodUnixtime: Math.trunc(facts.endedAtMs / 1000),
    isSuccessful: true,
    successor: facts.successor,
    successorAlias: facts.successorAlias,
    lostReplicas: [],
    participants: facts.participants,
    errors: facts.troubles.map(({ server, reason }) => `${formatKey(server)}: ${reason}`),
    isAcknowledged: false,
    acknowledgedAt: '',
    acknowledgedBy: '',
    acknowledgedComment: '',
    lastDetectionId: 0,
  });
  return {
    ...listed,
    AnalysisEntry: { ...analysisJson(facts.entry, context), CommandHint: facts.command },
    SuccessorBinlogCoordinates: coordinatesJson(facts.coordinates),
    // What is wrong at the successor does not make it a lost replica.
    LostReplicas: keysJson(facts.troubles.flatMap(({ server }) => (sameKey(server, facts.successor) ? [] : [server]))),
    Type: 'MasterRecovery',
    RecoveryType: 'MasterRecoveryGTID',
  };
}

/** The second line that the command line prints: the successor's place in its own log, as it has always been written. */
export const coordinatesLine = (coordinates: BinlogCoordinates | null): string =>
  `{${coordinates?.file ?? ''} ${coordinates?.position ?? 0} 0}`;
