import type { TakeoverRequest } from '../../engine/takeover/outcome.ts';
import { troublesText } from '../../legacy/operation-facts.ts';
import { operationPreviewJson } from '../../legacy/operation-preview.ts';
import { coordinatesLine } from '../../legacy/takeover-json.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { TakeoverKind } from '../../plan/operations/request.ts';
import { type CliCommand, type CommandContext, serverCommandsOf } from '../command.ts';
import { renderPreview } from '../render-preview.ts';
import { destination, fail, ownerOf, targetCluster } from '../targets.ts';

const command = serverCommandsOf('Recovery');

const requestOf = async (context: CommandContext, kind: TakeoverKind): Promise<TakeoverRequest> => ({
  kind,
  clusterName: await targetCluster(context),
  designated: await destination(context),
});

async function takeOver(context: CommandContext, kind: TakeoverKind): Promise<void> {
  const outcome = await context.orchestrator.takeover.run(await requestOf(context, kind), ownerOf(context));
  switch (outcome.kind) {
    case 'refused':
      return fail('refused', outcome.refusal.reason);
    case 'failed':
      return fail('operation-failed', outcome.reason);
    case 'promoted': {
      context.print(formatKey(outcome.successor));
      context.print(coordinatesLine(outcome.coordinates));
      const troubles = troublesText({ failed: outcome.troubles, leftovers: [] });
      if (troubles !== '') context.note(troubles);
    }
  }
}

async function preview(context: CommandContext, kind: TakeoverKind): Promise<void> {
  const made = await context.orchestrator.takeover.preview(await requestOf(context, kind));
  if (made.kind === 'refusal') return fail('refused', made.reason);
  for (const line of renderPreview(operationPreviewJson(made, context))) context.print(line);
}

const takeoverCommand = (kind: TakeoverKind, description: string): CliCommand =>
  command({
    name: kind,
    description,
    usage: `-c ${kind} [-i host[:port] | -alias name] [-d successor[:port]]`,
    run: (context) => takeOver(context, kind),
    dryRun: (context) => preview(context, kind),
  });

/** The primary of a cluster hands its role over, planned. */
export const takeoverCommands: readonly CliCommand[] = [
  takeoverCommand('graceful-master-takeover', 'hands the primary role over; the old primary is left not replicating'),
  takeoverCommand('graceful-master-takeover-auto', 'hands the primary role over and lets the old primary follow'),
];
