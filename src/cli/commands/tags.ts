import { matchesTags, parseTag, parseTagConditions, type TagCondition, tagList, tagText } from '../../legacy/tags.ts';
import { WOULD } from '../../legacy/would.ts';
import { compareKeys, formatKey, type InstanceKey, sameKey } from '../../model/instance-key.ts';
import { type CliCommand, type ReadingContext, readingCommandsOf, serverCommandsOf } from '../command.ts';
import { targetOrLocal } from '../targets.ts';

const command = serverCommandsOf('Tags');
const reading = readingCommandsOf('Tags');

const tagged = ({ orchestrator }: ReadingContext, conditions: readonly TagCondition[]): readonly InstanceKey[] =>
  orchestrator
    .fleet()
    .records.filter(({ intent }) => matchesTags(intent.tags, conditions))
    .map(({ key }) => key)
    .sort(compareKeys);

const tagsOf = (context: ReadingContext, key: InstanceKey): Readonly<Record<string, string>> =>
  context.orchestrator.fleet().recordOf(key)?.intent.tags ?? {};

const printAll = ({ print }: ReadingContext, keys: readonly InstanceKey[]): void => {
  for (const key of keys) print(formatKey(key));
};

/** Free notes on servers. */
export const tagCommands: readonly CliCommand[] = [
  reading({
    name: 'tags',
    description: 'tags of a server, name=value each',
    usage: '-c tags -i host[:port]',
    run: async (context) => {
      for (const line of tagList(tagsOf(context, await targetOrLocal(context)))) context.print(line);
    },
  }),
  reading({
    name: 'tag-value',
    description: 'value of one tag of a server; nothing when it has none',
    usage: '-c tag-value -i host[:port] -tag <name>',
    run: async (context) => {
      const { name } = parseTag(context.flags.tag);
      const value = tagsOf(context, await targetOrLocal(context))[name];
      if (value !== undefined) context.print(value);
    },
  }),
  reading({
    name: 'tagged',
    description: 'servers that fulfil every part of -tag, e.g. a,b=c,~d',
    usage: '-c tagged -tag <name[=value],…>',
    run: async (context) => printAll(context, tagged(context, parseTagConditions(context.flags.tag))),
  }),
  command({
    name: 'tag',
    description: 'sets a tag of a server',
    usage: '-c tag -i host[:port] -tag <name[=value]>',
    run: async (context) => {
      const { name, value } = parseTag(context.flags.tag);
      const key = await targetOrLocal(context);
      await context.orchestrator.registrations.putTag(key, name, value ?? '');
      context.print(formatKey(key));
    },
    dryRun: async (context) => {
      const tag = parseTag(context.flags.tag);
      context.print(WOULD.tag(formatKey(await targetOrLocal(context)), tagText(tag)));
    },
  }),
  command({
    name: 'untag',
    description: 'removes a tag from a server',
    usage: '-c untag -i host[:port] -tag <name[=value]>',
    run: async (context) => {
      const tag = parseTag(context.flags.tag);
      printAll(context, await context.orchestrator.registrations.removeTag(await targetOrLocal(context), tag));
    },
    dryRun: async (context) => {
      const tag = parseTag(context.flags.tag);
      const key = await targetOrLocal(context);
      const found = tagged(context, [{ ...tag, isNegated: false }]).filter((one) => sameKey(one, key));
      context.print(WOULD.untag(tagText(tag), found.length));
    },
  }),
  command({
    name: 'untag-all',
    description: 'removes a tag from every server',
    usage: '-c untag-all -tag <name[=value]>',
    run: async (context) => {
      const tag = parseTag(context.flags.tag);
      printAll(context, await context.orchestrator.registrations.removeTag(null, tag));
    },
    dryRun: async (context) => {
      const tag = parseTag(context.flags.tag);
      context.print(WOULD.untag(tagText(tag), tagged(context, [{ ...tag, isNegated: false }]).length));
    },
  }),
];
