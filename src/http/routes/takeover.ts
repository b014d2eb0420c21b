import * as z from 'zod';
import type { ForcedKind, TakeoverOutcome } from '../../engine/takeover/outcome.ts';
import { troublesText } from '../../legacy/operation-facts.ts';
import { operationPreviewJson, refusalJson } from '../../legacy/operation-preview.ts';
import { takeoverJson } from '../../legacy/takeover-json.ts';
import type { TakeoverKind } from '../../plan/operations/request.ts';
import { type Answer, failed, ok } from '../answer.ts';
import { RecoveryJson } from '../contract/recovery.ts';
import { clusterHint, noQuery, port } from '../params.ts';
import { defineRoute, type RequestInfo, type Route } from '../route.ts';
import { actor, clusterOf, resolvedKey } from './common.ts';

const params = z.object({
  clusterHint: clusterHint.optional(),
  host: z.string().optional().describe('Host of a server of the cluster'),
  port: port.optional().describe('Port of a server of the cluster'),
  designatedHost: z.string().optional().describe('Host of the successor'),
  designatedPort: port.optional().describe('Port of the successor'),
});
type Params = z.output<typeof params>;

/** What was asked for, of one kind or the other. */
async function requestOf<Kind extends TakeoverKind | ForcedKind>(info: RequestInfo, kind: Kind, asked: Params) {
  const { clusterHint: hint = '', host, port: ofHost, designatedHost, designatedPort } = asked;
  const key = host === undefined ? null : await resolvedKey(info, { host, port: ofHost ?? 0 });
  return {
    kind,
    clusterName: key === null ? await info.services.orchestrator.clusterNameByHint(hint) : await clusterOf(info, key),
    designated:
      designatedHost === undefined
        ? null
        : await resolvedKey(info, { host: designatedHost, port: designatedPort ?? 0 }),
  };
}

function answerOf(info: RequestInfo, outcome: TakeoverOutcome): Answer {
  const { clock, settings } = info.services;
  switch (outcome.kind) {
    case 'refused':
      return failed(outcome.refusal.reason);
    case 'failed':
      return failed(outcome.reason);
    case 'promoted': {
      const troubles = troublesText({ failed: outcome.troubles, leftovers: [] });
      const message = `${outcome.command}: successor promoted${troubles === '' ? '' : `, but ${troubles}`}`;
      return ok(message, takeoverJson(outcome, { nowMs: clock.now(), ...settings }));
    }
  }
}

async function preview(info: RequestInfo, kind: TakeoverKind, asked: Params): Promise<Answer> {
  const { clock, orchestrator, settings } = info.services;
  const made = await orchestrator.takeover.preview(await requestOf(info, kind, asked));
  if (made.kind === 'refusal') return failed(made.reason, refusalJson(made));
  const json = operationPreviewJson(made, { nowMs: clock.now(), settings });
  return ok(`Plan to ${json.purpose}; nothing was changed`, json);
}

const takeoverRoute = (kind: TakeoverKind, doc: string): readonly Route[] =>
  defineRoute({
    paths: [
      `/api/${kind}/:host/:port`,
      `/api/${kind}/:host/:port/:designatedHost/:designatedPort`,
      `/api/${kind}/:clusterHint`,
      `/api/${kind}/:clusterHint/:designatedHost/:designatedPort`,
    ],
    group: 'Analysis and recovery',
    permission: 'write',
    mutates: true,
    doc,
    params,
    query: noQuery,
    response: { kind: 'envelope', schema: RecoveryJson },
    handle: async (info, input) => {
      const request = await requestOf(info, kind, input.params);
      return answerOf(info, await info.services.orchestrator.takeover.run(request, actor(info)));
    },
    dryRun: (info, input) => preview(info, kind, input.params),
  });

async function previewForced(info: RequestInfo, kind: ForcedKind, asked: Params): Promise<Answer> {
  const made = await info.services.orchestrator.forced.preview(await requestOf(info, kind, asked));
  return made.kind === 'plan'
    ? ok(`Plan to ${made.purpose}; nothing was changed`, made)
    : failed(`${kind} would be refused: ${made.reason}`, made);
}

const forcedRoute = (kind: ForcedKind, designated: string, doc: string): readonly Route[] =>
  defineRoute({
    paths: [`/api/${kind}/:host/:port${designated}`, `/api/${kind}/:clusterHint${designated}`],
    group: 'Analysis and recovery',
    permission: 'write',
    mutates: true,
    doc,
    params,
    query: noQuery,
    response: { kind: 'envelope', schema: RecoveryJson },
    handle: async (info, input) => {
      const request = await requestOf(info, kind, input.params);
      return answerOf(info, await info.services.orchestrator.forced.run(request, actor(info)));
    },
    dryRun: (info, input) => previewForced(info, kind, input.params),
  });

/** The primary of a cluster hands its role over, planned; or is replaced because a person says so. */
export const takeoverRoutes: readonly Route[] = [
  ...takeoverRoute(
    'graceful-master-takeover',
    'The primary hands its role to its only replica, or to the designated one, and is left configured below it, not replicating.',
  ),
  ...takeoverRoute(
    'graceful-master-takeover-auto',
    'The primary hands its role to the designated replica, or to the one that suits best, and replicates from it.',
  ),
  ...forcedRoute(
    'force-master-failover',
    '',
    'Treats the primary as dead: a replica is chosen and promoted. A primary that is alive is fenced first; it is left read-only, not replicating.',
  ),
  ...forcedRoute(
    'force-master-takeover',
    '/:designatedHost/:designatedPort',
    'The same in favour of the designated direct replica.',
  ),
];
