import { parameters } from './openapi.ts';
import { ROUTE_GROUPS, type Route } from './route.ts';

const HEADER = `# HTTP API

Written by a test from the route table (\`src/http/routes\`); the same facts are served as OpenAPI at \`/api/openapi.json\`.

- Every path stands below \`URLPrefix\`, and everything is a GET, also what changes something (historic; new programs have /api/v2, see [api-v2.md](api-v2.md)). HEAD is answered too, with 405 where something would be changed, and a slash at the end does no harm.
- Browsers that are sent by a page of another origin (\`Sec-Fetch-Site\`; without it \`Origin\`) are refused what changes something. Over plain HTTP that is no protection for these paths: browsers tell the first over HTTPS (or to localhost) only, and a GET for a picture or a window has no \`Origin\`; so any page that an operator opens can send the browser here, with the password of \`basic\` and \`multi\`, which browsers add by themselves. \`UseSSL\` closes it, or a proxy that browsers reach by HTTPS only and that passes \`Sec-Fetch-Site\` on.
- *bare* answers carry the value itself. *envelope* answers carry \`{"Code":"OK"|"ERROR","Message":…,"Details":…}\`; what stands in the table is \`Details\`. Code ERROR goes with status 500, also on bare routes.
- *write* routes need authorization for action (\`AuthenticationMethod\`, \`ReadOnly\`, \`PowerAuthUsers\`, \`PowerAuthGroups\`); without it they answer ERROR, \`Unauthorized\`, status 500.
- Routes that change something (†) take \`?dryRun=true\`: nothing is changed, the answer says what would be. Another value than Go's spellings of true and false, and a name like it (\`dry-run\`, \`noop\`), are ERROR, and nothing is done. For operations \`Details\` is then the plan: \`{purpose, clusterName, reasons, method, steps: [{stage, server, statements, requires, waitsFor, why, isDestructive, hasWayBack}], before: {ascii, instances}, after: {ascii, instances}}\`, or with Code ERROR the refusal: \`{purpose, clusterName, reason, objections: [{subject, rule, explanation}]}\`, every method tried and the rule that refused it. For the others \`Message\` is one sentence, and \`Details\` what they would answer with.
- \`:host/:port\` is resolved like any host name, then matched with the known servers; a part of one server's name means that server, unless the system knows it by another address; \`:clusterHint\` is a cluster name, an alias, the address of a member, or a part of a host name that fits one server only.
- Long listings carry an ETag; send it back as \`If-None-Match\` and an unchanged listing costs nothing (304).
`;

/** The route table as docs/api.md. */
export function apiDocs(routes: readonly Route[]): string {
  const chapters = ROUTE_GROUPS.map((group) =>
    chapter(
      group,
      routes.filter((route) => route.group === group),
    ),
  );
  return `${[HEADER, ...chapters].join('\n')}`;
}

function chapter(group: string, routes: readonly Route[]): string {
  const rows = routes.map(
    (route) =>
      `| \`${route.path}\` | ${queryNames(route)} | ${route.permission}${route.mutates ? ' †' : ''} | ${route.response.kind} | ${cell(route.doc)} |`,
  );
  return [`## ${group}`, '', '| GET | query | permission | answer | what |', '|---|---|---|---|---|', ...rows, ''].join(
    '\n',
  );
}

const queryNames = (route: Route): string =>
  parameters(route, 'query')
    .filter((parameter) => parameter.name !== 'dryRun')
    .map((parameter) => `\`${String(parameter.name)}\``)
    .join(', ');

const cell = (text: string): string => text.replace(/\|/g, '\\|');
