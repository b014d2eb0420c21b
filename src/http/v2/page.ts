import * as z from 'zod';
import { badField } from './problem.ts';

/** Which page is asked for. */
export interface PageAsked {
  readonly limit: number;
  readonly pageToken?: string | undefined;
}

export interface Page<Item> {
  readonly items: Item[];
  readonly nextPageToken: string | null;
}

/**
 * Tokens are the place of the last item shown, so that what comes or goes meanwhile neither repeats nor skips an item. Opaque to
 * clients: base64url.
 */
const tokenOf = (place: string): string => Buffer.from(place, 'utf8').toString('base64url');

/** @throws ProblemError bad-request when it is no token of ours. */
function placeOf(token: string): string {
  const place = Buffer.from(token, 'base64url').toString('utf8');
  return tokenOf(place) === token && place !== ''
    ? place
    : badField('query.pageToken', 'bad-page-token', 'is none of ours');
}

/** One page of a listing that is at hand, in the order of `placeOf` compared as text; no two places are the same. */
export function pageOfSorted<Item>(
  items: readonly Item[],
  { limit, pageToken }: PageAsked,
  nameOf: (item: Item) => string,
): Page<Item> {
  const named = items.map((item) => ({ item, name: nameOf(item) })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const after = pageToken === undefined ? null : placeOf(pageToken);
  const rest = after === null ? named : named.filter(({ name }) => name > after);
  const shown = rest.slice(0, limit);
  return {
    items: shown.map(({ item }) => item),
    nextPageToken: rest.length > limit ? tokenOf(shown.at(-1)?.name ?? '') : null,
  };
}

const id = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);

/** One page of rows that the store keeps, newest first: `read` gives at most `limit` of those with an id below `beforeId`. */
export async function pageOfStored<Row>(
  { limit, pageToken }: PageAsked,
  read: (range: { readonly limit: number; readonly beforeId?: number }) => Promise<readonly Row[]>,
  idOf: (row: Row) => number,
): Promise<Page<Row>> {
  const before = pageToken === undefined ? null : id.safeParse(placeOf(pageToken));
  if (before?.success === false) badField('query.pageToken', 'bad-page-token', 'is none of this listing');
  const rows = await read({ limit: limit + 1, ...(before === null ? {} : { beforeId: before.data as number }) });
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextPageToken: rows.length > limit && last !== undefined ? tokenOf(String(idOf(last))) : null };
}

/** The same items, shown otherwise. */
export const mapPage = <Item, Shown>(
  { items, nextPageToken }: Page<Item>,
  show: (item: Item) => Shown,
): Page<Shown> => ({
  items: items.map(show),
  nextPageToken,
});
