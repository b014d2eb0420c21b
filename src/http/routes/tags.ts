import * as z from 'zod';
import { keyJson, keysJson } from '../../legacy/key-json.ts';
import { matchesTags, parseTag, parseTagConditions, type Tag, tagList, tagText } from '../../legacy/tags.ts';
import { WOULD } from '../../legacy/would.ts';
import { compareKeys, formatKey, type InstanceKey, sameKey } from '../../model/instance-key.ts';
import { bare, failed, ok } from '../answer.ts';
import { InstanceKeyJson } from '../contract/envelope.ts';
import { noParams, noQuery, serverParams } from '../params.ts';
import { defineRoute, type RequestInfo, type Route } from '../route.ts';
import { resolvedKey } from './common.ts';

const group = 'Tags';
const query = z.object({ tag: z.string().optional().describe('name, or name=value') });
const tagName = z.string().optional().describe('Name of the tag');
const tagValue = z.string().optional().describe('Its value');
const keys = { kind: 'envelope', schema: z.array(InstanceKeyJson) } as const;

interface Asked {
  readonly params: { readonly tagName?: string | undefined; readonly tagValue?: string | undefined };
  readonly query: { readonly tag?: string | undefined };
}

/** The tag of the path, else of the query. @throws OrchestratorError `bad-tag`. */
function tagOf({ params, query: { tag } }: Asked): Tag {
  if (params.tagName === undefined) return parseTag(tag ?? '');
  return { ...parseTag(params.tagName), value: params.tagValue ?? null };
}

const tagsOf = ({ services }: RequestInfo, key: InstanceKey): Readonly<Record<string, string>> =>
  services.orchestrator.fleet().recordOf(key)?.intent.tags ?? {};

/** The servers that have the tag, of one or of all. */
const tagged = ({ services }: RequestInfo, key: InstanceKey | null, tag: Tag): readonly InstanceKey[] =>
  services.orchestrator
    .fleet()
    .records.filter((record) => key === null || sameKey(record.key, key))
    .filter(({ intent }) => matchesTags(intent.tags, [{ ...tag, isNegated: false }]))
    .map((record) => record.key)
    .sort(compareKeys);

/** Free notes on servers. */
export const tagRoutes: readonly Route[] = [
  defineRoute({
    paths: ['/api/tagged'],
    group,
    permission: 'read',
    doc: 'Servers that fulfil every part of `?tag=`, e.g. `a,b=c,~d`.',
    params: noParams,
    query,
    response: { kind: 'bare', schema: z.array(InstanceKeyJson) },
    handle: (info, { query: { tag } }) => {
      const conditions = parseTagConditions(tag ?? '');
      const { records } = info.services.orchestrator.fleet();
      const found = records.filter(({ intent }) => matchesTags(intent.tags, conditions));
      return bare(keysJson(found.map(({ key }) => key).sort(compareKeys)));
    },
  }),
  defineRoute({
    paths: ['/api/tags/:host/:port'],
    group,
    permission: 'read',
    doc: 'The tags of a server, `name=value` each.',
    params: serverParams,
    query: noQuery,
    response: { kind: 'bare', schema: z.array(z.string()) },
    handle: async (info, { params }) => bare(tagList(tagsOf(info, await resolvedKey(info, params)))),
  }),
  defineRoute({
    paths: ['/api/tag-value/:host/:port', '/api/tag-value/:host/:port/:tagName'],
    group,
    permission: 'read',
    doc: 'The value of one tag of a server.',
    params: serverParams.extend({ tagName }),
    query,
    response: { kind: 'bare', schema: z.string() },
    handle: async (info, { params, query: asked }) => {
      const { name } = tagOf({ params, query: asked });
      const key = await resolvedKey(info, params);
      const value = tagsOf(info, key)[name];
      return value === undefined ? failed(`tag ${name} not found for ${formatKey(key)}`) : bare(value);
    },
  }),
  defineRoute({
    paths: ['/api/tag/:host/:port', '/api/tag/:host/:port/:tagName/:tagValue'],
    group,
    permission: 'write',
    mutates: true,
    doc: 'Sets a tag of a server.',
    params: serverParams.extend({ tagName, tagValue }),
    query,
    response: { kind: 'envelope', schema: InstanceKeyJson },
    handle: async (info, input) => {
      const tag = tagOf(input);
      const key = await resolvedKey(info, input.params);
      await info.services.orchestrator.registrations.putTag(key, tag.name, tag.value ?? '');
      return ok(`${formatKey(key)} tagged with ${tagText(tag)}`, keyJson(key));
    },
    dryRun: async (info, input) => {
      const tag = tagOf(input);
      const key = await resolvedKey(info, input.params);
      return ok(WOULD.tag(formatKey(key), tagText(tag)), keyJson(key));
    },
  }),
  defineRoute({
    paths: ['/api/untag/:host/:port', '/api/untag/:host/:port/:tagName'],
    group,
    permission: 'write',
    mutates: true,
    doc: 'Removes a tag from a server.',
    params: serverParams.extend({ tagName }),
    query,
    response: keys,
    handle: async (info, input) => {
      const tag = tagOf(input);
      const key = await resolvedKey(info, input.params);
      const removed = await info.services.orchestrator.registrations.removeTag(key, tag);
      return ok(`${tagText(tag)} removed from ${removed.length} instances`, keysJson(removed));
    },
    dryRun: async (info, input) => {
      const tag = tagOf(input);
      const found = tagged(info, await resolvedKey(info, input.params), tag);
      return ok(WOULD.untag(tagText(tag), found.length), keysJson(found));
    },
  }),
  defineRoute({
    paths: ['/api/untag-all', '/api/untag-all/:tagName/:tagValue'],
    group,
    permission: 'write',
    mutates: true,
    doc: 'Removes a tag from every server.',
    params: z.object({ tagName, tagValue }),
    query,
    response: keys,
    handle: async (info, input) => {
      const tag = tagOf(input);
      const removed = await info.services.orchestrator.registrations.removeTag(null, tag);
      return ok(`${tagText(tag)} removed from ${removed.length} instances`, keysJson(removed));
    },
    dryRun: (info, input) => {
      const tag = tagOf(input);
      const found = tagged(info, null, tag);
      return ok(WOULD.untag(tagText(tag), found.length), keysJson(found));
    },
  }),
].flat();
