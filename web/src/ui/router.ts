import { createStore, type Store } from './store.ts';

export type Page =
  | { readonly kind: 'clusters' }
  /** `hint`: name, alias or a member's address. */
  | { readonly kind: 'cluster'; readonly hint: string }
  | { readonly kind: 'unknown'; readonly path: string };

/** The page that a path below the URL prefix names; the paths are the historic ones, so that bookmarks keep working. */
export function pageOf(path: string): Page {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const [web, kind, ...rest] = parts;
  if (web === undefined || (web === 'web' && (kind === undefined || kind === 'clusters' || kind === 'home')))
    return { kind: 'clusters' };
  if (web === 'web' && kind === 'cluster' && rest.length > 0) {
    if (rest[0] === 'alias' && rest[1] !== undefined) return { kind: 'cluster', hint: rest[1] };
    if (rest[0] === 'instance' && rest.length === 3) return { kind: 'cluster', hint: `${rest[1]}:${rest[2]}` };
    return { kind: 'cluster', hint: rest.join('/') };
  }
  return { kind: 'unknown', path };
}

/** Path below the prefix of a cluster's page. */
export const clusterPath = (name: string): string => `web/cluster/${encodeURIComponent(name)}`;
export const CLUSTERS_PATH = 'web/clusters';

export interface Router {
  readonly page: Pick<Store<Page>, 'get' | 'subscribe'>;
  /** Full address of a path below the prefix. */
  href(path: string): string;
  go(path: string): void;
}

/** Follows the browser's address. `baseUrl` ends with a slash. */
export function createRouter(baseUrl: string, browser: Window): Router {
  const prefix = new URL(baseUrl).pathname;
  const read = (): Page => {
    const { pathname } = browser.location;
    return pageOf(pathname.startsWith(prefix) ? pathname.slice(prefix.length) : pathname);
  };
  const page = createStore(read());
  browser.addEventListener('popstate', () => page.set(read()));
  return {
    page,
    href: (path) => new URL(path, baseUrl).href,
    go(path) {
      browser.history.pushState(null, '', new URL(path, baseUrl));
      page.set(read());
    },
  };
}
