import * as z from 'zod';
import type { RunningOperation, UnfinishedOperation } from '../../engine/operations/outcome.ts';
import { instanceJson } from '../../legacy/instance-json.ts';
import { troublesText } from '../../legacy/operation-facts.ts';
import { WOULD } from '../../legacy/would.ts';
import { OrchestratorError } from '../../model/error.ts';
import { formatKey } from '../../model/instance-key.ts';
import { bare, failed, ok } from '../answer.ts';
import { InstanceJson } from '../contract/instance.ts';
import { RunningOperationJson, UnfinishedOperationJson } from '../contract/operation.ts';
import { noParams, noQuery } from '../params.ts';
import { defineRoute, type RequestInfo, type Route } from '../route.ts';
import { actor } from './common.ts';

const group = 'Operations under way';
const params = z.object({ uid: z.string().describe('Unique id of the operation') });

async function unfinishedOf(info: RequestInfo, uid: string): Promise<UnfinishedOperation> {
  const unfinished = await info.services.orchestrator.operations.unfinished();
  return unfinished.find((one) => one.uid === uid) ?? unknown('unfinished', uid);
}

const runningOf = (info: RequestInfo, uid: string): RunningOperation =>
  info.services.orchestrator.operations.underWay().find((one) => one.uid === uid) ?? unknown('running', uid);

function unknown(what: string, uid: string): never {
  throw new OrchestratorError('unknown-operation', `there is no ${what} operation ${uid}`);
}

/** New with this program: operations that run, and those that a process left in the middle. */
export const unfinishedOperationRoutes: readonly Route[] = [
  defineRoute({
    paths: ['/api/operations-under-way'],
    group,
    permission: 'read',
    doc: 'Operations that this node runs now.',
    params: noParams,
    query: noQuery,
    response: { kind: 'bare', schema: z.array(RunningOperationJson) },
    handle: (info) => bare(info.services.orchestrator.operations.underWay()),
  }),
  defineRoute({
    paths: ['/api/abort-operation/:uid'],
    group,
    permission: 'write',
    mutates: true,
    doc: 'Stops an operation of this node before its next step; it takes back what it began. A takeover whose successor takes writes is finished.',
    params,
    query: noQuery,
    response: { kind: 'envelope', schema: RunningOperationJson },
    handle: (info, { params: { uid } }) => {
      const running = runningOf(info, uid);
      if (!info.services.orchestrator.operations.abort(uid)) unknown('running', uid);
      return ok(`Operation is being stopped: ${running.purpose}`, running);
    },
    dryRun: (info, { params: { uid } }) => {
      const running = runningOf(info, uid);
      return ok(WOULD.abortOperation(running.purpose), running);
    },
  }),
  defineRoute({
    paths: ['/api/unfinished-operations'],
    group,
    permission: 'read',
    doc: 'Operations whose process died in the middle, with the servers they had begun to change.',
    params: noParams,
    query: noQuery,
    response: { kind: 'bare', schema: z.array(UnfinishedOperationJson) },
    handle: async (info) => bare(await info.services.orchestrator.operations.unfinished()),
  }),
  defineRoute({
    paths: ['/api/finish-operation/:uid'],
    group,
    permission: 'write',
    mutates: true,
    doc: 'Goes on with an unfinished operation where it was left; when that fails, takes it back.',
    params,
    query: noQuery,
    response: { kind: 'envelope', schema: z.union([InstanceJson, UnfinishedOperationJson]) },
    handle: async (info, { params: { uid } }) => {
      const { clock, orchestrator, settings } = info.services;
      const outcome = await orchestrator.operations.finish(uid, actor(info));
      if (outcome.kind === 'refused') return failed(outcome.refusal.reason);
      if (outcome.kind === 'failed') return failed(outcome.reason);
      const troubles = troublesText(outcome);
      const message = `Operation finished: ${outcome.plan.purpose}${troubles === '' ? '' : `: ${troubles}`}`;
      return ok(message, instanceJson(outcome.subject, { nowMs: clock.now(), settings }));
    },
    dryRun: async (info, { params: { uid } }) => {
      const unfinished = await unfinishedOf(info, uid);
      return ok(WOULD.finishOperation(unfinished.purpose), unfinished);
    },
  }),
  defineRoute({
    paths: ['/api/undo-operation/:uid'],
    group,
    permission: 'write',
    mutates: true,
    doc: 'Takes back what an unfinished operation had begun.',
    params,
    query: noQuery,
    response: { kind: 'envelope', schema: UnfinishedOperationJson },
    handle: async (info, { params: { uid } }) => {
      const unfinished = await unfinishedOf(info, uid);
      const leftovers = await info.services.orchestrator.operations.undo(uid, actor(info));
      const troubles = troublesText({ failed: [], leftovers });
      if (troubles !== '') return failed(`Operation taken back, but not everywhere: ${troubles}`, unfinished);
      return ok(`Operation taken back: ${unfinished.purpose}`, unfinished);
    },
    dryRun: async (info, { params: { uid } }) => {
      const unfinished = await unfinishedOf(info, uid);
      return ok(WOULD.undoOperation(unfinished.purpose, unfinished.touched.map(formatKey)), unfinished);
    },
  }),
].flat();
