/** A small cluster, invented stores and the recoveries upon them, for tests of one part; nothing outside tests imports this. */
import type { AnalysisEntry } from '../../analysis/analysis-entry.ts';
import type { Instance } from '../../model/instance.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey, parseKey, sameKey } from '../../model/instance-key.ts';
import { instanceOf, replicationOf, uuidOf } from '../../model/testing/instances.ts';

import type { DeposedWatch } from '../fence/deposed-watch.ts';
import { createFleet } from '../fleet/fleet.ts';
import {
  type DeposedPrimary,
  type IntentSnapshot,
  NOTHING_DECIDED,
  type RecoveryFilter,
  type RecoveryIntent,
  type RecoveryRecord,
  type RecoveryRegistration,
} from '../ports.ts';
import { createSilences } from '../receivers/silences.ts';
import type { RecoveriesDeps, RecoveriesSettings } from '../recovery/deps.ts';
import type { HookOccasion } from '../recovery/hooks.ts';
import type { StartOptions } from '../recovery/recoveries.ts';
import { createRecoveries } from '../recovery/recoveries.ts';
import { createHurriedClock } from './clocks.ts';
import { createDeposedTable, createFakeServers, SILENT } from './fakes.ts';
import { inventIntent } from './recovery-intent.ts';
import { RECOVERY_SETTINGS } from './recovery-settings.ts';

export const keyOf = (number: number): InstanceKey => parseKey(`10.0.0.${number}:3306`, 3306);
export const nameOf = (number: number): string => formatKey(keyOf(number));
const CLUSTER = nameOf(1);

const AUTOMATIC: StartOptions = {
  isForced: false,
  candidate: null,
  skipHooks: false,
  command: '',
  suspectedAtMs: 0,
};

/** The tables of recoveries, in memory. `registrations`: what the next registrations come to, instead of success. */
export function createFakeRecoveryStore(deposed: readonly DeposedPrimary[] = []) {
  const intents = new Map<string, RecoveryIntent>();
  const records: RecoveryRecord[] = [];
  const steps: string[] = [];
  const phases: string[] = [];
  const registrations: (() => RecoveryRegistration)[] = [];
  let epoch = 6;
  const change = (uid: string, changes: Partial<RecoveryRecord>): void => {
    const index = records.findIndex((record) => record.uid === uid);
    const record = records[index];
    if (record !== undefined) records[index] = { ...record, ...changes };
  };
  return {
    ...createDeposedTable(deposed),
    intents,
    records,
    steps,
    phases,
    registrations,
    async registerRecovery(asked: { uid: string; key: InstanceKey; analysis: string; clusterName: string }) {
      const special = registrations.shift();
      if (special !== undefined) return special();
      epoch += 1;
      const recoveryId = records.length + 1;
      records.push({
        ...asked,
        recoveryId,
        isSuccessful: false,
        isInActivePeriod: true,
        startedAt: new Date().toISOString().slice(0, 19).replace('T', ' '),
        endedAt: '',
        errors: [],
        lostReplicas: [],
        replicas: [],
        isAcknowledged: false,
        acknowledgedBy: '',
        acknowledgedComment: '',
      } as unknown as RecoveryRecord);
      return { kind: 'registered' as const, recoveryId, epoch };
    },
    currentEpoch: async () => epoch,
    async resolveRecovery(uid: string, resolution: Partial<RecoveryRecord>) {
      change(uid, { ...resolution, endedAt: '2026-01-01 00:00:00' });
    },
    async acknowledge({ uid }: RecoveryFilter, by: string, comment: string) {
      if (uid !== undefined)
        change(uid, {
          isAcknowledged: true,
          acknowledgedBy: by,
          acknowledgedComment: comment,
          isInActivePeriod: false,
        });
      return 1;
    },
    async readRecoveries(filter: RecoveryFilter) {
      return records
        .filter(
          ({ uid, key, clusterName, recoveryId }) =>
            uid === (filter.uid ?? uid) &&
            sameKey(key, filter.key ?? key) &&
            clusterName === (filter.clusterName ?? clusterName) &&
            recoveryId === (filter.recoveryId ?? recoveryId),
        )
        .toReversed();
    },
    async addStep(_uid: string, message: string) {
      steps.push(message);
    },
    async saveIntent(intent: RecoveryIntent) {
      phases.push(intent.phase);
      intents.set(intent.uid, intent);
    },
    readOpenIntents: async () => [...intents.values()],
    async claimIntent(uid: string, _from: string, to: string) {
      const intent = intents.get(uid);
      return intent === undefined ? null : { ...intent, owner: to };
    },
    closeIntent: async (uid: string) => void intents.delete(uid),
  };
}

/** Server 1 is the primary that fails, the others replicate from it; `put` says what they are like. */
export function recoveryScene(changes: Partial<RecoveriesSettings> = {}) {
  const clock = createHurriedClock();
  const servers = createFakeServers();
  const fleet = createFleet({ clock, logger: SILENT }, { aliasPatterns: [] });
  const store = createFakeRecoveryStore();
  const downtimed: string[] = [];
  const hooksRun: string[] = [];
  /** What each of them was told of the successor. */
  const successorsTold: HookOccasion['successor'][] = [];
  /** Failures that were noted: host:port and code. */
  const detected: string[] = [];
  const held = new Map<string, Promise<void>>();
  const heldDetections = new Map<string, Promise<void>>();
  /** Names of hook lists that fail. */
  const failing = new Set<string>();
  const silences = createSilences();
  /** Nobody watches replaced primaries, unless a test does. */
  let deposedWatch: Pick<DeposedWatch, 'refresh' | 'reprieve'> = {
    refresh: async () => undefined,
    async reprieve(key) {
      await store.removeDeposed(key);
      return { hasReturned: false, fence: null };
    },
  };
  let decided: IntentSnapshot = NOTHING_DECIDED;
  const intentStore = {
    read: async () => decided,
    beginDowntime: async (key: InstanceKey) => void downtimed.push(formatKey(key)),
    endDowntime: async () => true,
    renameCluster: async () => undefined,
    setClusterAlias: async () => undefined,
    putAttribute: async () => undefined,
  };
  let uids = 0;
  const recoveries = createRecoveries(
    {
      servers,
      fleet,
      clock,
      logger: SILENT,
      leadership: { isLeader: () => true, remainingMs: () => 60_000 },
      store,
      intent: intentStore,
      auditLog: { write: async () => undefined },
      hooks: {
        async run(name: string, { successor }: HookOccasion) {
          hooksRun.push(name);
          successorsTold.push(successor);
          await held.get(name);
          if (failing.has(name)) return { kind: 'failed' as const, message: 'exit code 1' };
          return { kind: 'succeeded' as const };
        },
      },
      detections: {
        async detect({ view, code }: AnalysisEntry) {
          detected.push(`${formatKey(view.key)} ${code}`);
          await heldDetections.get(`${formatKey(view.key)} ${code}`);
          return { detectionId: 1, mayGoOn: true };
        },
      },
      newUid: () => {
        uids += 1;
        return `u${uids}`;
      },
      emit: () => undefined,
      keepKnown: async () => undefined,
      silences,
      isDeposed: () => false,
      onDeposedChanged: () => deposedWatch.refresh(),
      reprieve: (key: InstanceKey) => deposedWatch.reprieve(key),
      isAliasOfAnother: async () => false,
      onPromoted: () => undefined,
    } as unknown as RecoveriesDeps,
    { ...RECOVERY_SETTINGS, ...changes },
  );
  const put = (number: number, source: number | null, given: Partial<Instance> = {}): void => {
    const instance = instanceOf(nameOf(number), {
      serverId: number,
      serverUuid: uuidOf(number),
      isReadOnly: source !== null,
      ...(source === null ? {} : { replication: replicationOf(nameOf(source)) }),
      ...given,
    });
    servers.put(nameOf(number), instance);
    fleet.answered(instance);
  };
  const entry = (replicas: readonly number[]): AnalysisEntry =>
    ({
      code: 'DeadMaster',
      view: { key: keyOf(1), clusterName: CLUSTER, clusterAlias: CLUSTER, replicas: replicas.map(keyOf) },
    }) as unknown as AnalysisEntry;
  const intentOf = (phase: RecoveryIntent['phase'], replicas: readonly number[]): RecoveryIntent =>
    inventIntent({
      epoch: 6,
      clusterName: CLUSTER,
      failed: keyOf(1),
      failedServerUuid: uuidOf(1),
      phase,
      members: [1, ...replicas].map(keyOf),
    });
  return {
    recoveries,
    /** Hurried: what is to happen while the recovery waits is to wait by it, too. */
    clock,
    /** Waits, in small steps of the hurried time, for what comes while the recovery waits; 20 s of it at most. */
    async until(isDone: () => boolean) {
      for (let waitedMs = 0; waitedMs < 20_000 && !isDone(); waitedMs += 20) await clock.sleep(20);
    },
    servers,
    fleet,
    store,
    intentStore,
    downtimed,
    hooksRun,
    successorsTold,
    detected,
    /** The failure of that server is not noted before: its hooks take their time. */
    holdDetection: (number: number, code: string, until: Promise<void>) =>
      void heldDetections.set(`${nameOf(number)} ${code}`, until),
    /** Hooks of that list do not end before. */
    holdHooks: (list: string, until: Promise<void>) => void held.set(list, until),
    failing,
    /** Who is silent because of us, before and after. */
    silences,
    put,
    /** Nobody answers there any more; receivers of its replicas say so. */
    kill(number: number) {
      servers.put(nameOf(number), null);
    },
    watchDeposed: (watch: typeof deposedWatch) => {
      deposedWatch = watch;
    },
    decide: (given: Partial<IntentSnapshot>) => {
      decided = { ...NOTHING_DECIDED, ...given };
    },
    entry,
    intentOf,
    recover: (replicas: readonly number[], options: Partial<StartOptions> = {}) =>
      recoveries.recover(entry(replicas), { ...AUTOMATIC, ...options }),
    /** What an earlier process left, and this one goes on with. */
    async resume(intent: RecoveryIntent, replicas: readonly number[]) {
      store.intents.set(intent.uid, intent);
      store.records.push({ uid: intent.uid, key: intent.failed, recoveryId: 1, endedAt: '' } as RecoveryRecord);
      await recoveries.resume(intent, entry(replicas));
    },
    receiverOf: (number: number) => servers.at(nameOf(number))?.replication?.receiver.state,
    commandsTo: (number: number) =>
      servers.commands.filter(({ server }) => server === nameOf(number)).map(({ command }) => command.kind),
  };
}
