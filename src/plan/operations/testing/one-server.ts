/** What tests of the operations on one server have in common; nothing outside tests imports this. */
import type { ReplicationThread } from '../../../model/instance.ts';
import { uuidOf } from '../../../model/testing/instances.ts';
import type { Step } from '../../plan.ts';
import type { OperationPlan } from '../input.ts';
import type { OperationKind } from '../request.ts';
import { type Asked, allSteps, type Kind, planned, refused, type Said, tree, wordOf } from './ask.ts';

export const STOPPED: ReplicationThread = { state: 'stopped', errorNumber: 0, errorText: '' };
export const BROKEN: ReplicationThread = { state: 'stopped', errorNumber: 1062, errorText: 'Duplicate entry' };
export const REFUSED_LOGIN: ReplicationThread = { state: 'other', errorNumber: 1045, errorText: 'Access denied' };

/** 2 below 1; what is said is of 2. */
export const pair = (kind: Kind, below: Said = {}, above: Said = {}) =>
  tree(kind, { 1: 0, 2: 1 }, { 1: above, 2: below });

export const U = uuidOf(1);

const BY_PLACE: Said = {
  replication: { readCoordinates: { kind: 'binlog', file: 'bin.000001', position: 900 }, applierHasReadAll: false },
};

/** Received and not executed, in the terms of each kind. */
export const BACKLOG: Readonly<Record<Kind, Said>> = {
  gtid: { executedGtid: `${U}:1-5`, replication: { receivedGtid: `${U}:1-9` } },
  '5.6': { executedGtid: `${U}:1-5`, replication: { receivedGtid: `${U}:1-9` } },
  mariadb: { executedGtid: '0-1-5', replication: { receivedGtid: '0-1-9' } },
  coordinates: BY_PLACE,
  '5.6-coordinates': BY_PLACE,
  'mariadb-coordinates': BY_PLACE,
};

/** What is said together. */
export const both = (one: Said, other: Said): Said => ({
  ...one,
  ...other,
  replication: { ...one.replication, ...other.replication },
});

export const AT_REST: Said = { replication: { receiver: STOPPED, applier: STOPPED } };

export const plan = (operation: OperationKind, said: ReturnType<typeof pair>, asked: Asked = {}): OperationPlan =>
  planned(operation, 2, said, asked);
export const words = (...given: Parameters<typeof plan>): readonly string[] => allSteps(plan(...given)).map(wordOf);
export const rule = (operation: OperationKind, said: ReturnType<typeof pair>, asked: Asked = {}): string =>
  refused(operation, 2, said, asked).objections[0]?.rule ?? '';
export const reason = (operation: OperationKind, said: ReturnType<typeof pair>, asked: Asked = {}): string =>
  refused(operation, 2, said, asked).reason;

/** The step with this word; the first of several. */
export function stepOf(of: OperationPlan, word: string): Step {
  const step = allSteps(of).find((one) => wordOf(one) === word);
  if (step === undefined) throw new Error(`no step ${word}: ${allSteps(of).map(wordOf).join(', ')}`);
  return step;
}

/** Words of what takes everything back, when the last step has failed. */
export const wayBack = (of: OperationPlan): readonly string[] =>
  allSteps(of)
    .toReversed()
    .flatMap(({ undo }) => undo.map(wordOf));
