import type { MaintenanceRecord } from '../../../src/engine/ports.ts';
import type { PseudoGtid } from '../../../src/engine/pseudo-gtid/answers.ts';
import type { QuestionUseCases } from '../../../src/engine/requests/questions.ts';
import type { RegistrationUseCases } from '../../../src/engine/requests/registrations.ts';
import { formatKey, type InstanceKey, sameKey } from '../../../src/model/instance-key.ts';
import type { Intent, ServerRecord } from '../../../src/model/server-record.ts';

interface State {
  records: readonly ServerRecord[];
  readonly calls: string[];
}

/** Maintenance, tags and names, in memory. */
export function fakeRegistrations(state: State): RegistrationUseCases {
  let locks: readonly MaintenanceRecord[] = [];
  const without = (keep: (one: MaintenanceRecord) => boolean): boolean => {
    const before = locks.length;
    locks = locks.filter(keep);
    return locks.length < before;
  };
  const change = (matches: (record: ServerRecord) => boolean, intent: (before: Intent) => Partial<Intent>): void => {
    state.records = state.records.map((record) =>
      matches(record) ? { ...record, intent: { ...record.intent, ...intent(record.intent) } } : record,
    );
  };
  return {
    async beginMaintenance(key, owner, reason, seconds) {
      state.calls.push(`begin-maintenance ${formatKey(key)} ${owner} ${reason} ${seconds}`);
      const by = locks.find((one) => sameKey(one.key, key));
      if (by !== undefined) return { kind: 'held', by };
      const maintenanceId = locks.length + 2;
      locks = [...locks, { maintenanceId, key, owner, reason, beganAt: '2026-01-02 03:04:05', secondsElapsed: 0 }];
      return { kind: 'begun', maintenanceId };
    },
    async endMaintenance(key) {
      state.calls.push(`end-maintenance ${formatKey(key)}`);
      return without((one) => !sameKey(one.key, key));
    },
    async endMaintenanceById(maintenanceId) {
      state.calls.push(`end-maintenance ${maintenanceId}`);
      return without((one) => one.maintenanceId !== maintenanceId);
    },
    maintenances: async () => locks,
    candidates: async () =>
      state.records
        .filter(({ intent }) => intent.promotionRule !== 'neutral')
        .map(({ key, intent }) => ({
          key,
          promotionRule: intent.promotionRule,
          lastSuggestedAt: '2026-01-02 03:04:00',
          expiresAt: '2026-01-02 04:04:00',
        })),
    async putTag(key, name, value) {
      state.calls.push(`tag ${formatKey(key)} ${name}=${value}`);
      change(
        (record) => sameKey(record.key, key),
        ({ tags }) => ({ tags: { ...tags, [name]: value } }),
      );
    },
    async removeTag(key, { name, value }) {
      state.calls.push(`untag ${key === null ? 'all' : formatKey(key)} ${name}${value === null ? '' : `=${value}`}`);
      const has = (record: ServerRecord): boolean =>
        (key === null || sameKey(record.key, key)) &&
        name in record.intent.tags &&
        (value === null || record.intent.tags[name] === value);
      const had = state.records.filter(has).map((record) => record.key);
      change(has, ({ tags: { [name]: _, ...tags } }) => ({ tags }));
      return had;
    },
    async registerCandidate(key, rule) {
      state.calls.push(`register-candidate ${formatKey(key)} ${rule}`);
      change(
        (record) => sameKey(record.key, key),
        () => ({ promotionRule: rule }),
      );
    },
    async registerUnresolve(key, name) {
      state.calls.push(`register-hostname-unresolve ${formatKey(key)} ${name}`);
    },
    async deregisterUnresolve(key) {
      state.calls.push(`deregister-hostname-unresolve ${formatKey(key)}`);
      return true;
    },
  };
}

/** Answers that are always the same; port 13 has an errant transaction, and nobody can follow it. */
export const fakeQuestions: QuestionUseCases = {
  whyNotReplicateFrom: async (replica, source, by) => {
    const subject = formatKey(replica);
    if (sameKey(replica, source)) return { subject, rule: 'same-server', explanation: 'it is itself' };
    if (source.port !== 13) return null;
    return { subject, rule: 'gtid', explanation: `${subject} cannot follow ${formatKey(source)} by ${by}` };
  },
  equivalentsOf: async (place) => [{ ...place, key: { hostname: '10.0.0.1', port: 12 } }],
  errantGtidOf: async ({ port }: InstanceKey) => (port === 13 ? '00000000-0000-0000-0000-000000000013:1' : ''),
  waitUntilExecuted: async () => {},
};

const place = (file: string, position: number) => ({ kind: 'binlog', file, position }) as const;

/** One entry, wherever one looks. */
export const fakePseudoGtid: PseudoGtid = {
  correlate: async () => ({
    kind: 'matched',
    coordinates: place('bin.000003', 7),
    eventsMatched: 1,
    marker: 'entry',
    instanceEnd: place('bin.000001', 5),
  }),
  correlateBinlogPosition: async () => ({
    kind: 'matched',
    coordinates: place('bin.000003', 7),
    eventsMatched: 1,
    marker: 'entry',
    instanceEnd: place('bin.000001', 5),
  }),
  correlateRelayPosition: async () => ({
    kind: 'matched',
    instanceCoordinates: place('relay.000001', 1),
    destinationCoordinates: place('relay.000002', 2),
    next: null,
  }),
  lastExecutedRelayEntry: async () => ({
    kind: 'found',
    event: { file: 'relay.000001', position: 4, type: 'Query', serverId: 1, endPosition: 90, info: 'BEGIN' },
    coordinates: { ...place('relay.000001', 4), kind: 'relaylog' },
    next: { ...place('relay.000001', 90), kind: 'relaylog' },
    sourceFile: null,
  }),
  lastEntry: async ({ key }) =>
    key.port === 12
      ? { kind: 'refused', code: 'not-configured', reason: 'set AutoPseudoGTID' }
      : { kind: 'found', text: 'drop view if exists `x`', coordinates: place('bin.000002', 4) },
  findEntry: async () => ({ kind: 'found', text: 'entry', coordinates: place('bin.000002', 9) }),
  locateErrant: async () => ({ kind: 'located', files: ['bin.000001', 'bin.000004'] }),
};
