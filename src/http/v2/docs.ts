import type { OperationWords } from '../../legacy/operation-words.ts';
import { OPERATIONS } from '../../legacy/operations.ts';
import { PROBLEM_TYPES } from '../contract/v2/problem.ts';
import { V2_GROUPS } from '../contract/v2/route-contract.ts';
import type { Route } from '../route.ts';
import { describeRoutes, describeShapes } from './described.ts';

const HEADER = `# HTTP API, version 2

The surface for new programs; the historic one (docs/api.md) stays as it is beside it. Written by a test from the contracts in
\`src/http/contract/v2\`; a running program serves the same as OpenAPI 3.1 at \`/api/v2/openapi.json\` and as a page at \`/api/v2/docs\`.

- Every path stands below \`URLPrefix\`. GET (and HEAD) only looks; POST, PUT and DELETE change something and need authorization for action.
- **Dry run:** whatever changes something takes \`?dryRun=true\`. It is checked, planned and answered with status 200 as \`Would\` or \`Planned\`; nothing is changed.
- Nothing is guessed: clusters go by their full name or alias, servers by the address that listings show. Parameters and fields that do not exist are refused, so that a misspelt \`dryRun\` does no harm.
- Times are ISO 8601 in UTC, units stand in the names, what is not known is null.
- **Pages:** \`?limit=\` (100 unless told, 1000 at most); go on with \`?pageToken=\` of \`nextPageToken\`, or follow the header \`Link: <…>; rel="next"\`. A page begins after the last item shown, so what comes or goes meanwhile neither repeats nor hides another.
- Bodies are JSON, 64 KiB at most, with \`Content-Type: application/json\`.
- **Problems** are \`application/problem+json\` (RFC 9457). Decide by \`status\`, \`type\` and \`code\` (see [errors.md](errors.md)); \`detail\` is for people.
- Browsers: changes on behalf of a page of another origin are refused (\`Sec-Fetch-Site\`; over plain HTTP \`Origin\`, which must name the host of \`Host\` or \`X-Forwarded-Host\`: a proxy that changes the one must set the other).

\`\`\`
curl -s localhost:3000/api/v2/instances?cluster=shop
curl -s -X PUT localhost:3000/api/v2/instances/db2/3306/downtime -H 'Content-Type: application/json' -d '{"reason":"upgrade","durationSeconds":3600}'
curl -s 'localhost:3000/api/v2/operations?dryRun=true' -H 'Content-Type: application/json' \\
  -d '{"kind":"relocate","instance":{"hostname":"db4","port":3306},"destination":{"hostname":"db2","port":3306}}'
\`\`\`

From TypeScript, with the types of the server:

\`\`\`ts
import { createV2Client } from 'orchestrator/client';

const orc = createV2Client({ baseUrl: 'http://localhost:3000' });
for await (const { key, problems } of orc.all.listInstances({ query: { cluster: 'shop', problem: 'any' } })) console.log(key, problems);
const { plan } = await orc.dryRun.takeOver({ params: { cluster: 'shop' }, body: { mode: 'graceful-auto' } });
\`\`\`
`;

/** docs/api-v2.md. */
export const v2Docs = (routes: readonly Route[]): string =>
  [HEADER, ...V2_GROUPS.map((group) => chapter(routes, group)), kinds(), problems(), shapes()].join('\n');

function chapter(routes: readonly Route[], group: string): string {
  const rows = describeRoutes(routes, group).map(({ method, path, name, doc, query, body, status, answer }) => {
    const asked = [
      ...(query.length === 0 ? [] : [`query ${query.map((one) => `\`${one.name}\``).join(', ')}`]),
      ...(body === null ? [] : [`body \`${body}\``]),
    ].join('; ');
    const answered = `${status}${answer === null ? '' : ` \`${answer}\``}`;
    return `| \`${method} ${path}\` | \`${name}\` | ${cell(doc)} | ${cell(asked)} | ${cell(answered)} |`;
  });
  return [`## ${group}`, '', '| route | name | what | asked | answered |', '|---|---|---|---|---|', ...rows, ''].join(
    '\n',
  );
}

/** What `kind` of POST /api/v2/operations may be, and which fields it takes. */
function kinds(): string {
  const rows = OPERATIONS.map((words) => `| \`${words.kind}\` | ${fieldsOf(words)} | ${cell(words.doc)} |`);
  const head = ['| kind | takes beside `instance` | what |', '|---|---|---|'];
  return ['## Kinds of operations', '', ...head, ...rows, ''].join('\n');
}

const PARAMETERS = { seconds: 'delaySeconds', process: 'processId', logFile: 'binaryLogFile' } as const;

function fieldsOf({ kind, destination, takesPattern, parameter }: OperationWords): string {
  const optional = (name: string, isNeeded: boolean): string => `\`${name}${isNeeded ? '' : '?'}\``;
  return [
    ...(destination === 'none' ? [] : [optional('destination', destination === 'needed')]),
    ...(takesPattern ? [optional('pattern', false)] : []),
    ...(parameter === null ? [] : [optional(PARAMETERS[parameter.name], parameter.isRequired)]),
    ...(kind === 'purge-binary-logs' ? [optional('isForced', false)] : []),
  ].join(', ');
}

function problems(): string {
  const rows = Object.entries(PROBLEM_TYPES).map(
    ([slug, { status, title, meaning }]) => `| ${status} | \`${slug}\` | ${title}. ${cell(meaning)} |`,
  );
  return ['## Problems', '', '| status | type `/api/v2/problems/…` | what |', '|---|---|---|', ...rows, ''].join('\n');
}

function shapes(): string {
  const types = describeShapes().map(([name, type]) => `type ${name} = ${type};`);
  return [
    '## Shapes',
    '',
    '```ts',
    'type Time = string; // 2026-01-02T03:04:05.678Z',
    '',
    types.join('\n\n'),
    '```',
    '',
  ].join('\n');
}

const cell = (text: string): string => text.replace(/\|/g, '\\|');
