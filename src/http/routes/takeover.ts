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

async function previewGraceful(info: RequestInfo, kind: TakeoverKind, asked: Params): Promise<Answer> {
  const { clock, orchestrator, settings } = info.services;
  const made = await orchestrator.takeover.preview(await requestOf(info, kind, asked));
  if (made.kind === 'refusal') return failed(made.reason, refusalJson(made));
  const json = operationPreviewJson(made, { nowMs: clock.now(), settings });
  return ok(`Plan to ${json.purpose}; nothing was changed`, json);
}

async function previewForced(info: RequestInfo, kind: ForcedKind, asked: Params): Promise<Answer> {
  const made = await info.services.orchestrator.forced.preview(await requestOf(info, kind, asked));
  return made.kind === 'plan'
    ? ok(`Plan to ${made.purpose}; nothing was changed`, made)
    : failed(`${kind} would be refused: ${made.reason}`, made);
}

/** What a way of replacing the primary says and does. */
interface Replacement {
  /** What its paths begin with. */
  readonly kind: TakeoverKind | ForcedKind;
  readonly endings: readonly string[];
  readonly doc: string;
  run(info: RequestInfo, asked: Params): Promise<TakeoverOutcome>;
  preview(info: RequestInfo, asked: Params): Promise<Answer>;
}

const route = ({ kind, endings, doc, run, preview }: Replacement): readonly Route[] =>
  defineRoute({
    paths: endings.map((ending) => `/api/${kind}/${ending}`),
    group: 'Analysis and recovery',
    permission: 'write',
    mutates: true,
    doc,
    params,
    query: noQuery,
    response: { kind: 'envelope', schema: RecoveryJson },
    handle: async (info, input) => answerOf(info, await run(info, input.params)),
    dryRun: (info, input) => preview(info, input.params),
  });

const graceful = (kind: TakeoverKind, doc: string): readonly Route[] =>
  route({
    kind,
    endings: [
      ':host/:port',
      ':host/:port/:designatedHost/:designatedPort',
      ':clusterHint',
      ':clusterHint/:designatedHost/:designatedPort',
    ],
    doc,
    run: async (info, asked) =>
      info.services.orchestrator.takeover.run(await requestOf(info, kind, asked), actor(info)),
    preview: (info, asked) => previewGraceful(info, kind, asked),
  });

const forced = (kind: ForcedKind, designated: string, doc: string): readonly Route[] =>
  route({
    kind,
    endings: [`:host/:port${designated}`, `:clusterHint${designated}`],
    doc,
    run: async (info, asked) => info.services.orchestrator.forced.run(await requestOf(info, kind, asked), actor(info)),
    preview: (info, asked) => previewForced(info, kind, asked),
  });

/** The primary of a cluster hands its role over, planned; or is replaced because a person says so. */
export const takeoverRoutes: readonly Route[] = [
  ...graceful(
    'graceful-master-takeover',
    'The primary hands its role to its only replica, or to the designated one, and is left configured below it, not replicating.',
  ),
  ...graceful(
    'graceful-master-takeover-auto',
    'The primary hands its role to the designated replica, or to the one that suits best, and replicates from it.',
  ),
  ...forced(
    'force-master-failover',
    '',
    'Treats the primary as dead: a replica is chosen and promoted. A primary that is alive is fenced first; it is left read-only, not replicating.',
  ),
  ...forced(
    'force-master-takeover',
    '/:designatedHost/:designatedPort',
    'The same in favour of the designated direct replica.',
  ),
];
