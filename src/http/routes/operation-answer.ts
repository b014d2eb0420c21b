import type { OperationOutcome } from '../../engine/operations/outcome.ts';
import { instanceJson } from '../../legacy/instance-json.ts';
import { keyJson } from '../../legacy/key-json.ts';
import { historicLine } from '../../legacy/logged-message.ts';
import { doneMessage, movedNothing } from '../../legacy/operation-facts.ts';
import { operationPreviewJson, refusalJson } from '../../legacy/operation-preview.ts';
import type { OperationWords } from '../../legacy/operation-words.ts';
import { refusalMessage } from '../../legacy/refusal-message.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { OperationRequest } from '../../plan/operations/request.ts';
import { type Answer, failed, ok } from '../answer.ts';
import type { RequestInfo } from '../route.ts';

/** The historic answer of an operation: its message and Details, ERROR with null for what was refused or failed. */
export function operationAnswer(
  info: RequestInfo,
  words: OperationWords,
  request: OperationRequest,
  outcome: OperationOutcome,
): Answer {
  switch (outcome.kind) {
    case 'refused':
      return failed(historicLine(refusalMessage(request, outcome.refusal), info.services.clock.now()));
    case 'failed':
      return failed(outcome.reason);
    case 'done': {
      const message = doneMessage(words, request, outcome);
      return movedNothing(outcome) ? failed(message) : ok(message, detailsOf(info, words, request, outcome));
    }
  }
}

function detailsOf(
  info: RequestInfo,
  { details }: OperationWords,
  request: OperationRequest,
  { subject, moved }: Extract<OperationOutcome, { kind: 'done' }>,
): unknown {
  const { clock, settings } = info.services;
  const instance = (record: ServerRecord) => instanceJson(record, { nowMs: clock.now(), settings });
  switch (details) {
    case 'instance':
      return instance(subject);
    case 'instances':
      return moved.map(instance);
    case 'subject-key':
      return keyJson(subject.key);
    case 'seconds':
      return request.delaySeconds ?? 0;
  }
}

/** The answer of a dry run: the plan with the topology before and after, or the refusal with every method tried. */
export async function previewAnswer(info: RequestInfo, request: OperationRequest): Promise<Answer> {
  const { clock, orchestrator, settings } = info.services;
  const preview = await orchestrator.operations.preview(request);
  if (preview.kind === 'refusal') {
    return failed(historicLine(refusalMessage(request, preview), clock.now()), refusalJson(preview));
  }
  const json = operationPreviewJson(preview, { nowMs: clock.now(), settings });
  return ok(`Plan to ${json.purpose}; nothing was changed`, json);
}
