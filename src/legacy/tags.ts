import { OrchestratorError } from '../model/error.ts';

/** A tag as people write it; value null where none was written. */
export interface Tag {
  readonly name: string;
  readonly value: string | null;
}

/** One part of a search by tags: `name`, `name=value`, and `~` before it for servers without. */
export interface TagCondition extends Tag {
  readonly isNegated: boolean;
}

/**
 * Reads `name` or `name=value`; the value may hold anything.
 * @throws OrchestratorError `bad-tag` in the historic words.
 */
export function parseTag(text: string): Tag {
  const equals = text.indexOf('=');
  const name = (equals < 0 ? text : text.slice(0, equals)).trim();
  if (name === '') throw new OrchestratorError('bad-tag', 'NewTag: empty tag name');
  return { name, value: equals < 0 ? null : text.slice(equals + 1).trim() };
}

/**
 * Reads `a,b=c,~d`: servers that have tag a, tag b with value c, and no tag d.
 * @throws OrchestratorError `bad-tag`.
 */
export const parseTagConditions = (text: string): readonly TagCondition[] =>
  text.split(',').map((part) => {
    const isNegated = part.trim().startsWith('~');
    return { ...parseTag(isNegated ? part.trim().slice(1) : part), isNegated };
  });

/** True when a server with these tags fulfils every part. */
export const matchesTags = (tags: Readonly<Record<string, string>>, conditions: readonly TagCondition[]): boolean =>
  conditions.every(({ name, value, isNegated }) => {
    const has = Object.hasOwn(tags, name) && (value === null || tags[name] === value);
    return has !== isNegated;
  });

/** `name=value` of each tag in order of names; `name=` for a tag without value (historic listing). */
export const tagList = (tags: Readonly<Record<string, string>>): readonly string[] =>
  Object.keys(tags)
    .sort()
    .map((name) => `${name}=${tags[name]}`);

/** `name=value`, or the name alone. */
export const tagText = ({ name, value }: Tag): string => (value === null || value === '' ? name : `${name}=${value}`);
