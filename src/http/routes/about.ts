import * as z from 'zod';
import { bare } from '../answer.ts';
import { noParams, noQuery } from '../params.ts';
import { defineRoute, type Route } from '../route.ts';

/** Headers that are not echoed back: logins; and the host, which has never been among them. */
const LEFT_OUT = new Set(['authorization', 'cookie', 'proxy-authorization', 'host']);

/** `user-agent` → `User-Agent`, as Go prints header names. */
const canonical = (name: string): string =>
  name.replace(/(^|-)([a-z])/g, (_, dash, letter) => dash + letter.toUpperCase());

/** The API about itself. */
export const aboutRoutes: readonly Route[] = [
  defineRoute({
    paths: ['/api/openapi.json'],
    group: 'About this API',
    permission: 'read',
    doc: 'This API as an OpenAPI 3.1 document.',
    params: noParams,
    query: noQuery,
    response: { kind: 'bare', schema: z.looseObject({ openapi: z.string() }) },
    handle: (info) => bare(info.services.openApi()),
  }),
  defineRoute({
    paths: ['/api/headers'],
    group: 'About this API',
    permission: 'read',
    doc: 'The headers of the request, to see what a proxy in between does; logins are left out.',
    params: noParams,
    query: noQuery,
    response: { kind: 'bare', schema: z.record(z.string(), z.array(z.string())) },
    handle: (info) =>
      bare(
        Object.fromEntries(
          [...info.headers].filter(([name]) => !LEFT_OUT.has(name)).map(([name, value]) => [canonical(name), [value]]),
        ),
      ),
  }),
].flat();
