import type * as z from 'zod';
import type { OperationOutcome, RunningOperation, UnfinishedOperation } from '../../engine/operations/outcome.ts';
import { movedNothing } from '../../legacy/operation-facts.ts';
import type { OperationParameter, OperationWords } from '../../legacy/operation-words.ts';
import { OPERATIONS } from '../../legacy/operations.ts';
import { WOULD } from '../../legacy/would.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { OperationRequest } from '../../plan/operations/request.ts';
import type { OPERATIONS_V2, OperationBody, OperationDoneV2, OperationV2 } from '../contract/v2/operations.ts';
import type { RequestInfo } from '../route.ts';
import { actor } from '../routes/common.ts';
import { isoTime, keysMatching, would } from './common.ts';
import type { Implementations } from './define.ts';
import { pageOfSorted } from './page.ts';
import { planned } from './planned.ts';
import { badField, notThere, ProblemError, refuse } from './problem.ts';

type Operation = z.input<typeof OperationV2>;

/** The fields that belong to some kinds only, by what the table of operations calls them. */
const FIELDS: Readonly<Record<OperationParameter, 'delaySeconds' | 'processId' | 'binaryLogFile'>> = {
  seconds: 'delaySeconds',
  process: 'processId',
  logFile: 'binaryLogFile',
};

const wordsOf = (kind: string): OperationWords =>
  OPERATIONS.find((words) => words.kind === kind) ?? badField('body.kind', 'bad-input', 'there is no such operation');

/** Says what is missing, and refuses what the kind would silently ignore. @throws ProblemError bad-request. */
function checkFields(body: OperationBody): void {
  const { destination, takesPattern, parameter } = wordsOf(body.kind);
  const demand = (field: keyof OperationBody, wish: 'none' | 'needed' | 'optional'): void => {
    if (wish === 'needed' && body[field] === undefined) badField(`body.${field}`, 'bad-input', `${body.kind} needs it`);
    if (wish === 'none' && body[field] !== undefined) badField(`body.${field}`, 'bad-input', `${body.kind} takes none`);
  };
  demand('destination', destination);
  demand('pattern', takesPattern ? 'optional' : 'none');
  for (const [name, field] of Object.entries(FIELDS))
    demand(field, parameter?.name !== name ? 'none' : parameter.isRequired ? 'needed' : 'optional');
  demand('isForced', body.kind === 'purge-binary-logs' ? 'optional' : 'none');
}

function requestOf(info: RequestInfo, body: OperationBody): OperationRequest {
  checkFields(body);
  const { kind, instance, destination = null, pattern = '', delaySeconds, binaryLogFile, processId, isForced } = body;
  // Planning matches it against some of these names; a pattern that does not end must not be tried there.
  if (pattern !== '')
    keysMatching(
      pattern,
      info.services.orchestrator.fleet().records.map(({ key }) => key),
    );
  return {
    kind,
    instance,
    destination,
    ...(pattern === '' ? {} : { pattern }),
    ...(delaySeconds === undefined ? {} : { delaySeconds }),
    ...(binaryLogFile === undefined ? {} : { binlogFile: binaryLogFile }),
    ...(processId === undefined ? {} : { processId }),
    ...(isForced === true ? { isForced } : {}),
  };
}

/** What was done. @throws ProblemError plan-refused, operation-failed. */
function done(outcome: OperationOutcome): z.input<typeof OperationDoneV2> {
  switch (outcome.kind) {
    case 'refused':
      return refuse(outcome.refusal);
    case 'failed': {
      const code = outcome.isAborted ? 'operation-aborted' : 'operation-failed';
      throw new ProblemError({
        slug: 'operation-failed',
        code,
        detail: outcome.reason,
        troubles: [...outcome.leftovers],
      });
    }
    case 'done': {
      const { plan, subject, moved } = outcome;
      const troubles = [...(plan.left ?? []), ...outcome.failed, ...outcome.leftovers];
      if (movedNothing(outcome)) {
        const detail = `${plan.purpose}: none could be moved`;
        throw new ProblemError({ slug: 'operation-failed', code: 'nothing-moved', detail, troubles });
      }
      return {
        purpose: plan.purpose,
        clusterName: plan.clusterName,
        method: plan.method,
        subject: subject.key,
        source: subject.instance?.replication?.source ?? null,
        moved: moved.map(({ key }) => key),
        troubles,
      };
    }
  }
}

const shape = (operation: RunningOperation, touched: UnfinishedOperation['touched'] | null): Operation => ({
  uid: operation.uid,
  state: touched === null ? 'running' : 'unfinished',
  clusterName: operation.clusterName,
  purpose: operation.purpose,
  requestedBy: operation.requestedBy,
  startedAt: isoTime(operation.startedAtMs),
  touched: touched === null ? null : [...touched],
});

const runningOf = ({ services }: RequestInfo, uid: string): RunningOperation =>
  services.orchestrator.operations.underWay().find((one) => one.uid === uid) ??
  notThere('unknown-operation', 'no operation of this uid is running here');

async function unfinishedOf({ services }: RequestInfo, uid: string): Promise<UnfinishedOperation> {
  const unfinished = await services.orchestrator.operations.unfinished();
  return (
    unfinished.find((one) => one.uid === uid) ??
    notThere('unknown-operation', 'no operation of this uid was left unfinished')
  );
}

export const operations: Implementations<typeof OPERATIONS_V2> = {
  runOperation: {
    handle: async (info, { body }) =>
      done(await info.services.orchestrator.operations.run(requestOf(info, body), actor(info))),
    preview: async (info, { body }) =>
      planned(info, await info.services.orchestrator.operations.preview(requestOf(info, body))),
  },
  listOperations: {
    async handle({ services: { orchestrator } }, { query }) {
      const running = orchestrator.operations.underWay().map((one) => shape(one, null));
      const unfinished = (await orchestrator.operations.unfinished()).map((one) => shape(one, one.touched));
      return pageOfSorted([...running, ...unfinished], query, ({ startedAt, uid, state }) => startedAt + uid + state);
    },
  },
  abortOperation: {
    handle(info, { params: { uid } }) {
      const running = runningOf(info, uid);
      if (info.services.orchestrator.operations.abort(uid)) return shape(running, null);
      return notThere('unknown-operation', 'it has just ended');
    },
    preview: (info, { params: { uid } }) => would(WOULD.abortOperation(runningOf(info, uid).purpose)),
  },
  finishOperation: {
    handle: async (info, { params: { uid } }) =>
      done(await info.services.orchestrator.operations.finish(uid, actor(info))),
    preview: async (info, { params: { uid } }) => would(WOULD.finishOperation((await unfinishedOf(info, uid)).purpose)),
  },
  undoOperation: {
    async handle(info, { params: { uid } }) {
      const unfinished = await unfinishedOf(info, uid);
      const troubles = await info.services.orchestrator.operations.undo(uid, actor(info));
      if (troubles.length === 0) return shape(unfinished, unfinished.touched);
      const detail = `${unfinished.purpose}: taken back, but not everywhere`;
      throw new ProblemError({ slug: 'operation-failed', code: 'undo-failed', detail, troubles });
    },
    async preview(info, { params: { uid } }) {
      const { purpose, touched } = await unfinishedOf(info, uid);
      return would(WOULD.undoOperation(purpose, touched.map(formatKey)));
    },
  },
};
