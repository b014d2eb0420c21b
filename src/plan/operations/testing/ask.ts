/** Invented trees and requests for tests of the planners; nothing outside tests imports this. */
import { HOST, type Invented, inventServer, NOW_MS } from '../../../analysis/testing/records.ts';
import type { Instance, ReplicationStatus } from '../../../model/instance.ts';
import { compareKeys, formatKey, type InstanceKey } from '../../../model/instance-key.ts';
import { Secret } from '../../../model/secret.ts';
import type { ServerRecord } from '../../../model/server-record.ts';
import type { Refusal, Step } from '../../plan.ts';
import {
  type Evidence,
  isObjection,
  type Member,
  memberOf,
  NO_EVIDENCE,
  type OperationInput,
  type OperationPlan,
  type OperationSettings,
} from '../input.ts';
import { planOperation } from '../plan-operation.ts';
import type { OperationKind, OperationRequest } from '../request.ts';

export const OPERATION_SETTINGS: OperationSettings = {
  instancePollSeconds: 5,
  reasonableInstanceCheckSeconds: 1,
  reasonableMaintenanceLagSeconds: 20,
  verifyReplicationFilters: false,
  lowerReplicaVersionAllowed: false,
  useSuperReadOnly: false,
  knowsPseudoGtid: false,
  preventCrossDataCenter: false,
  preventCrossRegion: false,
  semiSyncMode: null,
  drainTimeoutMs: 60_000,
  isPromotionIgnored: () => false,
};

/** How the invented servers replicate. */
export type Kind = 'gtid' | 'coordinates' | '5.6' | '5.6-coordinates' | 'mariadb' | 'mariadb-coordinates';

const MARIADB = '10.11.19-MariaDB-log';
const KINDS: Readonly<Record<Kind, Invented>> = {
  gtid: {},
  coordinates: { positioning: 'coordinates', gtidMode: 'OFF' },
  '5.6': { version: '5.6.24' },
  '5.6-coordinates': { version: '5.6.24', positioning: 'coordinates', gtidMode: 'OFF' },
  mariadb: { version: MARIADB, positioning: 'mariadb-slave-pos', gtidMode: '', executedGtid: '0-1-10' },
  'mariadb-coordinates': { version: MARIADB, positioning: 'coordinates', gtidMode: '', executedGtid: '0-1-10' },
};

/** What a test says of one server beside what can be invented. */
export interface Said extends Invented {
  readonly instance?: Partial<Instance>;
  readonly replication?: Partial<ReplicationStatus>;
}

/** Servers by port with the port of their source, 0 for none: `{ 1: 0, 2: 1, 3: 1 }`. */
export function tree(
  kind: Kind,
  sources: Readonly<Record<number, number>>,
  said: Readonly<Record<number, Said>> = {},
): readonly ServerRecord[] {
  return Object.entries(sources).map(([port, source]) => {
    const { instance: own, replication, ...more } = said[Number(port)] ?? {};
    const record = inventServer(Number(port), { ...KINDS[kind], source: source === 0 ? null : source, ...more });
    if (record.instance === null) return record;
    const instance = { ...record.instance, supportsOracleGtid: /^ON/.test(record.instance.gtidMode), ...own };
    const status = instance.replication === null ? null : { ...instance.replication, ...replication };
    return { ...record, instance: { ...instance, replication: status } };
  });
}

export const keyOf = (port: number): InstanceKey => ({ hostname: HOST, port });
export const nameOf = (port: number): string => formatKey(keyOf(port));

export interface Asked {
  readonly to?: number;
  readonly settings?: Partial<OperationSettings>;
  readonly evidence?: Partial<Evidence>;
  readonly request?: Partial<OperationRequest>;
}

/** The account with which replicas log in is known. */
export const KNOWN: Asked = { evidence: { credentials: { user: 'repl', password: new Secret('x') } } };

export function inputOf(
  kind: OperationKind,
  port: number,
  records: readonly ServerRecord[],
  asked: Asked = {},
): OperationInput {
  const destination = asked.to === undefined ? null : keyOf(asked.to);
  return {
    request: { kind, instance: keyOf(port), destination, ...asked.request },
    records,
    nowMs: NOW_MS,
    settings: { ...OPERATION_SETTINGS, ...asked.settings },
    evidence: { ...NO_EVIDENCE, ...asked.evidence },
  };
}

export const ask = (...given: Parameters<typeof inputOf>): OperationPlan | Refusal => planOperation(inputOf(...given));

/** The plan, or an error with the refusal's reason. */
export function planned(...given: Parameters<typeof inputOf>): OperationPlan {
  const plan = ask(...given);
  if (plan.kind === 'refusal') throw new Error(`refused: ${plan.reason}`);
  return plan;
}

/** The refusal, or an error naming the plan. */
export function refused(...given: Parameters<typeof inputOf>): Refusal {
  const plan = ask(...given);
  if (plan.kind === 'plan') throw new Error(`planned: ${plan.purpose}`);
  return plan;
}

/** `subject: rule` of every objection, in order; servers by their port. */
export const rulesOf = ({ objections }: Refusal): readonly string[] =>
  objections.map(({ subject, rule }) => `${subject.replaceAll(`${HOST}:`, '')}: ${rule}`);

export function member(records: readonly ServerRecord[], port: number): Member {
  const found = memberOf(inputOf('relocate', port, records), keyOf(port));
  if (isObjection(found)) throw new Error(found.explanation);
  return found;
}

export const wordOf = ({ action, ensures }: Step): string => {
  switch (action.kind) {
    case 'command':
      return action.at === undefined ? action.command.kind : `${action.command.kind} at noted`;
    case 'wait':
      return `wait ${ensures?.kind}`;
    case 'note':
      return `note ${action.place}`;
    case 'correlate':
      return 'correlate';
  }
};

/** One line for each run of steps on one server: `rest 2: stop-receiver, wait drained`. Lanes are in the order of the plan. */
export function storyOf(plan: OperationPlan): readonly string[] {
  const lines: string[] = [];
  for (const { name, lanes } of plan.stages) {
    for (const { isRequired, steps } of lanes) {
      let last = '';
      for (const step of steps) {
        const head = `${name}${isRequired ? '' : '?'} ${step.server.port}`;
        if (head === last) lines.push(`${lines.pop()}, ${wordOf(step)}`);
        else lines.push(`${head}: ${wordOf(step)}`);
        last = head;
      }
    }
  }
  return lines;
}

export const allSteps = (plan: OperationPlan): readonly Step[] =>
  plan.stages.flatMap(({ lanes }) => lanes.flatMap(({ steps }) => steps));

/** `2<1 3<2`: who follows whom once it is done, as far as the plan changes it. */
export const edgesOf = ({ effects }: OperationPlan): string =>
  effects
    .flatMap((effect) => (effect.kind === 'source' ? [effect] : []))
    .toSorted((a, b) => compareKeys(a.server, b.server))
    .map(({ server, source }) => `${server.port}<${source?.port ?? 0}`)
    .join(' ');

export const portsOf = (keys: readonly InstanceKey[]): readonly number[] =>
  keys.map(({ port }) => port).toSorted((a, b) => a - b);
