import { troublesText } from '../../legacy/operation-facts.ts';
import { WOULD } from '../../legacy/would.ts';
import { formatKey } from '../../model/instance-key.ts';
import { type CliCommand, type CommandContext, serverCommandsOf } from '../command.ts';
import { fail, ownerOf } from '../targets.ts';

const command = serverCommandsOf('Operations under way');

const uidOf = ({ flags }: CommandContext): string =>
  flags.uid === '' ? fail('missing-option', 'This command needs -uid; unfinished-operations lists them') : flags.uid;

async function unfinishedOf(context: CommandContext) {
  const uid = uidOf(context);
  const unfinished = await context.orchestrator.operations.unfinished();
  return (
    unfinished.find((one) => one.uid === uid) ?? fail('unknown-operation', `there is no unfinished operation ${uid}`)
  );
}

/** Operations whose process died in the middle. */
export const unfinishedCommands: readonly CliCommand[] = [
  command({
    name: 'unfinished-operations',
    description: 'operations whose process died in the middle: id, purpose and the servers begun, separated by tabs',
    usage: '-c unfinished-operations',
    run: async ({ orchestrator, print }) => {
      for (const { uid, purpose, touched } of await orchestrator.operations.unfinished()) {
        print([uid, purpose, touched.map(formatKey).join(',')].join('\t'));
      }
    },
  }),
  command({
    name: 'finish-operation',
    description: 'goes on with an unfinished operation where it was left; when that fails, takes it back',
    usage: '-c finish-operation -uid <id>',
    run: async (context) => {
      const outcome = await context.orchestrator.operations.finish(uidOf(context), ownerOf(context));
      if (outcome.kind === 'refused') return fail('refused', outcome.refusal.reason);
      if (outcome.kind === 'failed') return fail('operation-failed', outcome.reason);
      context.print(formatKey(outcome.subject.key));
      const troubles = troublesText(outcome);
      if (troubles !== '') context.note(troubles);
    },
    dryRun: async (context) => context.print(WOULD.finishOperation((await unfinishedOf(context)).purpose)),
  }),
  command({
    name: 'undo-operation',
    description: 'takes back what an unfinished operation had begun',
    usage: '-c undo-operation -uid <id>',
    run: async (context) => {
      const { uid, touched } = await unfinishedOf(context);
      const leftovers = await context.orchestrator.operations.undo(uid, ownerOf(context));
      const troubles = troublesText({ failed: [], leftovers });
      if (troubles !== '') fail('operation-failed', `Operation taken back, but not everywhere: ${troubles}`);
      for (const key of touched) context.print(formatKey(key));
    },
    dryRun: async (context) => {
      const { purpose, touched } = await unfinishedOf(context);
      context.print(WOULD.undoOperation(purpose, touched.map(formatKey)));
    },
  }),
];
