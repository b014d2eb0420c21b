import * as z from 'zod';
import { WOULD } from '../../legacy/would.ts';
import { type Answer, failed, notFound, ok, text } from '../answer.ts';
import { noParams, noQuery } from '../params.ts';
import { defineRoute, type Route } from '../route.ts';

const nothing = { kind: 'envelope', schema: z.null() } as const;

const withRaft = (): Answer =>
  failed('Cannot grab election: with RaftEnabled the nodes elect their leader; use raft-yield, or reelect');

/** Where people land who have logged in. */
const AFTER_LOGIN = '/web/clusters';

/** Which node is active, and what it goes by. */
export const nodeRoutes: readonly Route[] = [
  defineRoute({
    paths: ['/api/grab-election'],
    group: 'Node health',
    permission: 'write',
    mutates: true,
    doc: 'Makes this node the active one. ERROR with RaftEnabled: the nodes of a raft setup elect their leader.',
    params: noParams,
    query: noQuery,
    response: nothing,
    handle: async (info) => {
      if (info.services.settings.raft) return withRaft();
      await info.services.orchestrator.node.grabElection();
      return ok('Node elected as leader');
    },
    dryRun: (info) => (info.services.settings.raft ? withRaft() : ok(WOULD.grabElection())),
  }),
  defineRoute({
    paths: ['/api/reelect'],
    group: 'Node health',
    permission: 'write',
    mutates: true,
    doc: 'Lets the nodes choose the active one anew; a node that runs alone stays it.',
    params: noParams,
    query: noQuery,
    response: nothing,
    handle: async (info) => {
      await info.services.orchestrator.node.reelect();
      return ok('Set re-elections');
    },
    dryRun: () => ok(WOULD.reelect()),
  }),
  defineRoute({
    paths: ['/api/reload-configuration'],
    group: 'Node health',
    permission: 'write',
    mutates: true,
    doc: 'Reads the configuration files again; keys marked live hold at once. ERROR names what is wrong (then nothing has changed), or the changed keys that need a restart.',
    params: noParams,
    query: z.object({ config: z.string().optional().describe('Not supported; only the files of the start are read') }),
    response: { kind: 'envelope', schema: z.string() },
    handle: async (info, { query }) => {
      const { reloadConfiguration } = info.services;
      if (reloadConfiguration === null) return notFound();
      const asked = query.config ?? '';
      if (asked !== '') return failed(`Only the configuration files of the start are read again, not ${asked}`, asked);
      const { taken, waiting } = await reloadConfiguration();
      if (waiting.length === 0) return ok('Config reloaded', asked);
      const now = taken.length === 0 ? '' : `In effect now: ${taken.join(', ')}. `;
      return failed(`${now}Changed since the start, in effect after a restart only: ${waiting.join(', ')}`, asked);
    },
    dryRun: () => ok(WOULD.reloadConfiguration()),
  }),
  defineRoute({
    paths: ['/web/access-token'],
    group: 'Node health',
    permission: 'read',
    doc: 'Redeems a token made by the command access-token, sets the cookie access-token, and leads to the page.',
    params: noParams,
    query: z.object({
      publicToken: z.string().optional().describe('The public half, good once and for a short while'),
    }),
    response: { kind: 'text', schema: z.string() },
    handle: async (info, { query }) => {
      const publicToken = (query.publicToken ?? '').trim();
      // Programs that look at links before people follow them must not use the token up.
      if (info.method !== 'GET' || publicToken === '')
        return text('No token given; write ?publicToken=…\n', undefined, info.method === 'GET' ? 401 : 200);
      const { orchestrator, settings } = info.services;
      const pair = await orchestrator.node.redeemAccessToken(publicToken);
      if (pair === null)
        return text(
          'This token is unknown, too old, or was used before; make another with -c access-token\n',
          undefined,
          401,
        );
      const path = settings.urlPrefix === '' ? '/' : settings.urlPrefix;
      const secure = settings.useSsl ? '; Secure' : '';
      return {
        kind: 'redirect',
        location: settings.urlPrefix + AFTER_LOGIN,
        cookie: `access-token=${encodeURIComponent(pair)}; Path=${path}; HttpOnly; SameSite=Lax${secure}`,
      };
    },
  }),
].flat();
