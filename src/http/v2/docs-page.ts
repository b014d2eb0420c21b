import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Answer } from '../answer.ts';
import { noParams, noQuery, V2_GROUPS } from '../contract/v2/route-contract.ts';
import type { Route } from '../route.ts';
import { type DescribedRoute, describeRoutes, describeShapes } from './described.ts';
import { problemManner } from './problem-manner.ts';

const STYLE = `:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
summary{cursor:pointer;padding:.25rem 0}code,pre{font:14px/1.45 ui-monospace,monospace}pre{overflow:auto;padding:.75rem;border:1px solid;border-radius:4px}
dt{font-weight:600}dd{margin:0 0 .5rem 1rem}.method{display:inline-block;min-width:4.5rem;font-weight:700}`;

/** The page has no script, and only this style. */
const HEADERS = {
  'Content-Security-Policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'`,
  'Referrer-Policy': 'same-origin',
  'Cache-Control': 'no-cache',
} as const;

const html = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');

const item = (term: string, content: string): string => `<dt>${term}</dt><dd>${content}</dd>`;
const code = (text: string): string => `<code>${html(text)}</code>`;

function section({ method, path, doc, name, isChange, status, query, body, answer }: DescribedRoute): string {
  const asked = query.map((one) => item(`?${html(one.name)}`, `${code(one.type)} ${html(one.description)}`));
  const facts = [
    ...(isChange ? [item('?dryRun', `${code('boolean')} only say what would be done, change nothing`)] : []),
    ...asked,
    ...(body === null ? [] : [item('Body', code(body))]),
    item(`Answer ${status}`, answer === null ? 'no content' : code(answer)),
    item('Client', code(`${name}(…)`)),
  ];
  const title = `<span class="method">${method}</span> ${code(path)}`;
  return `<details id="${html(name)}"><summary>${title} ${html(doc)}</summary><dl>${facts.join('')}</dl></details>`;
}

/** The contracts as a page for people. */
function pageOf(routes: readonly Route[]): string {
  const chapters = V2_GROUPS.map(
    (group) => `<h2>${group}</h2>${describeRoutes(routes, group).map(section).join('\n')}`,
  );
  const shapes = describeShapes().map(([name, type]) => `type ${name} = ${type};`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>orchestrator: API v2</title><style>${STYLE}</style></head>
<body><h1>orchestrator: API v2</h1>
<p>The same for programs: <a href="openapi.json">OpenAPI 3.1</a>. What can go wrong: <a href="problems">types of problems</a>. The historic API: <a href="../openapi.json">OpenAPI 3.1</a>.</p>
${chapters.join('\n')}
<h2>Shapes</h2>
<pre>${html(shapes.join('\n\n'))}</pre>
</body></html>
`;
}

/** `/api/v2/docs`: made at the first visit, from the routes beside it. */
export function docsRoute(routes: readonly Route[]): Route {
  let page: string | null = null;
  return {
    method: 'GET',
    path: '/api/v2/docs',
    group: 'Node',
    permission: 'read',
    mutates: false,
    doc: 'This API as a page for people.',
    params: noParams,
    query: noQuery,
    body: null,
    response: { kind: 'text', schema: z.string() },
    manner: problemManner,
    async handle(): Promise<Answer> {
      page ??= pageOf(routes);
      return { kind: 'text', status: 200, contentType: 'text/html; charset=utf-8', body: page, headers: HEADERS };
    },
  };
}
