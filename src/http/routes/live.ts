import * as z from 'zod';
import { bare, notFound, text } from '../answer.ts';
import { DeposedJson, ExplanationJson, LiveEventJson, WebSettingsJson } from '../contract/live.ts';
import { noParams, noQuery } from '../params.ts';
import { defineRoute, type Route } from '../route.ts';

/** New with this program: what happens as it happens, and why. */
export const liveRoutes: readonly Route[] = [
  defineRoute({
    paths: ['/api/live'],
    group: 'Live',
    permission: 'read',
    doc: 'Server-sent events: changes of the fleet, explanations, recoveries and their steps. `Last-Event-ID` resumes; event `reset` means that too much was missed.',
    params: noParams,
    query: z.object({ lastEventId: z.string().optional().describe('Like the header Last-Event-ID') }),
    response: { kind: 'stream', schema: LiveEventJson },
    handle: (info, { query }) => {
      if (info.method === 'HEAD') return text('', 'text/event-stream; charset=utf-8');
      const lastEventId = info.headers.get('last-event-id') ?? query.lastEventId ?? null;
      return { kind: 'stream', body: info.services.liveHub.open(lastEventId, info.signal, info.disconnect) };
    },
  }),
  defineRoute({
    paths: ['/api/explanations'],
    group: 'Live',
    permission: 'read',
    doc: 'One sentence per cluster: why its primary is, or is not, being replaced right now.',
    params: noParams,
    query: noQuery,
    response: { kind: 'bare', schema: z.array(ExplanationJson) },
    handle: (info) => bare(info.services.orchestrator.explanations()),
  }),
  defineRoute({
    paths: ['/api/deposed-primaries'],
    group: 'Live',
    permission: 'read',
    doc: 'Failed primaries that were replaced and are kept from taking writes when they come back.',
    params: noParams,
    query: noQuery,
    response: { kind: 'bare', schema: z.array(DeposedJson) },
    handle: async (info) => {
      const deposed = await info.services.orchestrator.deposedPrimaries();
      return bare(
        deposed.map(({ key, clusterName, successor, deposedAtMs, fencedAtMs }) => ({
          key,
          clusterName,
          successor,
          deposedAtMs,
          fencedAtMs,
        })),
      );
    },
  }),
  defineRoute({
    paths: ['/api/web-settings'],
    group: 'Live',
    permission: 'read',
    doc: 'What the page needs to know of the configuration and of who looks at it.',
    params: noParams,
    query: noQuery,
    response: { kind: 'bare', schema: WebSettingsJson },
    handle: (info) => {
      const { settings } = info.services;
      return bare({
        urlPrefix: settings.urlPrefix,
        webMessage: settings.webMessage,
        removeTextFromHostnameDisplay: settings.removeTextFromHostnameDisplay,
        userId: info.userId,
        isAuthorizedForAction: info.isAuthorizedForAction,
      });
    },
  }),
  defineRoute({
    paths: ['/metrics'],
    group: 'Live',
    permission: 'read',
    doc: 'Metrics in the Prometheus text format.',
    params: noParams,
    query: noQuery,
    response: { kind: 'text', schema: z.string() },
    handle: async (info) => {
      const { metrics } = info.services;
      if (metrics === null) return notFound();
      const page = await metrics();
      return text(page.body, page.contentType);
    },
  }),
].flat();
