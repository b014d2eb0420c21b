import * as z from 'zod';
import { type Answer, notFound, ok } from '../answer.ts';
import { noParams } from '../params.ts';
import { defineRoute, type RequestInfo, type Route } from '../route.ts';

const group = 'About this API';

const argv = z
  .string({ error: 'No arguments given; write ?argv=["-c","clusters"]' })
  .transform((text, context) => {
    const parsed = z.array(z.string()).safeParse(parsedJson(text));
    if (parsed.success) return parsed.data;
    context.addIssue({ code: 'custom', message: 'argv is no JSON array of texts; write ?argv=["-c","clusters"]' });
    return z.NEVER;
  })
  .describe('Arguments of the command line as a JSON array of texts');
const query = z.object({
  argv,
  hostname: z.string().optional().describe('Host that is meant when no -i is given'),
  username: z.string().optional().describe('Who is responsible when no -owner is given'),
});
const response = {
  kind: 'envelope',
  schema: z.object({ ExitCode: z.number(), Stdout: z.string(), Stderr: z.string() }),
} as const;

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function run(
  info: RequestInfo,
  asked: z.output<typeof query>,
  may: 'reading' | 'all' | 'dry-run',
): Promise<Answer> {
  const { runCommand, settings } = info.services;
  if (runCommand === null) return notFound();
  // Whoever logged in is responsible, not who the caller says it is.
  const username = info.userId === '' ? (asked.username ?? settings.maintenanceOwner) : info.userId;
  const result = await runCommand({
    argv: asked.argv,
    hostname: asked.hostname ?? settings.nodeHostname,
    username,
    may,
  });
  const details = { ExitCode: result.exitCode, Stdout: result.stdout, Stderr: result.stderr };
  return ok(may === 'dry-run' ? 'Dry run of a command; nothing was changed' : 'Command run', details);
}

/** The command line, for `orchestrator -c` with ORCHESTRATOR_API. */
export const commandRoutes: readonly Route[] = [
  defineRoute({
    paths: ['/api/command'],
    group,
    permission: 'read',
    doc: 'Runs a command of the command line that changes nothing (and searches no logs), on this program instead of the backend.',
    params: noParams,
    query,
    response,
    handle: (info, input) => run(info, input.query, 'reading'),
  }),
  defineRoute({
    paths: ['/api/command-action'],
    group,
    permission: 'write',
    mutates: true,
    doc: 'The same for any command on servers.',
    params: noParams,
    query,
    response,
    handle: (info, input) => run(info, input.query, 'all'),
    dryRun: (info, input) => run(info, input.query, 'dry-run'),
  }),
].flat();
