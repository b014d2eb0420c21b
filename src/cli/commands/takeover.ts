import type { ForcedKind, ForcedRequest, TakeoverOutcome, TakeoverRequest } from '../../engine/takeover/outcome.ts';
import { troublesText } from '../../legacy/operation-facts.ts';
import { operationPreviewJson } from '../../legacy/operation-preview.ts';
import { coordinatesLine } from '../../legacy/takeover-json.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { TakeoverKind } from '../../plan/operations/request.ts';
import { type CliCommand, type CommandContext, serverCommandsOf } from '../command.ts';
import { mannerOf } from '../manner.ts';
import { renderPlan, renderRefusal } from '../render-plan.ts';
import { renderPreview } from '../render-preview.ts';
import { destination, fail, ownerOf, targetCluster } from '../targets.ts';

const command = serverCommandsOf('Recovery');

const requestOf = async (context: CommandContext, kind: TakeoverKind): Promise<TakeoverRequest> => ({
  kind,
  clusterName: await targetCluster(context),
  designated: await destination(context),
  manner: mannerOf(context.flags),
});

/** Prints the successor; gives what came of it, or fails with the reason. */
function promotionOf(context: CommandContext, outcome: TakeoverOutcome) {
  switch (outcome.kind) {
    case 'refused':
      return fail('refused', outcome.refusal.reason);
    case 'failed':
      return fail('operation-failed', outcome.reason);
    case 'promoted': {
      context.print(formatKey(outcome.successor));
      const troubles = troublesText({ failed: outcome.troubles, leftovers: [] });
      if (troubles !== '') context.note(troubles);
      return outcome;
    }
  }
}

async function takeOver(context: CommandContext, kind: TakeoverKind): Promise<void> {
  const outcome = await context.orchestrator.takeover.run(await requestOf(context, kind), ownerOf(context));
  context.print(coordinatesLine(promotionOf(context, outcome).coordinates));
}

async function forcedRequest(context: CommandContext, kind: ForcedKind): Promise<ForcedRequest> {
  const designated = kind === 'force-master-takeover' ? await destination(context) : null;
  if (kind === 'force-master-takeover' && designated === null)
    fail('no-destination', `${kind} needs the successor: name it with -d host[:port]`);
  return { kind, clusterName: await targetCluster(context), designated, manner: mannerOf(context.flags) };
}

async function previewForced(context: CommandContext, kind: ForcedKind): Promise<void> {
  const made = await context.orchestrator.forced.preview(await forcedRequest(context, kind));
  if (made.kind === 'refusal') return fail('refused', renderRefusal(made));
  for (const line of renderPlan(made)) context.print(line);
}

const forcedCommand = (kind: ForcedKind, description: string, destinationUsage: string): CliCommand =>
  command({
    name: kind,
    description,
    usage: `-c ${kind} [-i host[:port] | -alias name]${destinationUsage}`,
    run: async (context) => {
      const request = await forcedRequest(context, kind);
      promotionOf(context, await context.orchestrator.forced.run(request, ownerOf(context)));
    },
    dryRun: (context) => previewForced(context, kind),
  });

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
  forcedCommand('force-master-failover', 'replaces the primary, dead or alive; one that is alive is fenced first', ''),
  forcedCommand('force-master-takeover', 'the same in favour of -d', ' -d successor[:port]'),
];
