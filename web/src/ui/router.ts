import { createStore, type Store } from './store.ts';

export type Page =
  | { readonly kind: 'clusters' }
  /** `hint`: name, alias or a member's address. */
  | { readonly kind: 'cluster'; readonly hint: string }
  /** `api`: where the same facts are served as JSON, when they are. */
  | { readonly kind: 'unknown'; readonly path: string; readonly api: string | null };

/** Historic pages about one cluster; its page shows the same. */
const PAGES_OF_A_CLUSTER = ['cluster-pools', 'audit-recovery', 'audit-failure-detection'];
/** Historic pages that the list of clusters stands for. */
const PAGES_OF_CLUSTERS = ['clusters', 'home', 'clusters-analysis', 'discover'];
/** Historic pages without a page here, and what the API calls the same. */
const API_NAMES: Readonly<Record<string, string>> = {
  audit: 'audit',
  'audit-recovery': 'audit-recovery',
  'audit-recovery-steps': 'audit-recovery-steps',
  'audit-failure-detection': 'audit-failure-detection',
  search: 'search',
  status: 'status',
  agents: 'agents',
  agent: 'agent',
  seeds: 'seeds',
  'seed-details': 'agent-seed-details',
};

/** The page that a path below the URL prefix names; the paths are the historic ones, so that bookmarks keep working. */
export function pageOf(path: string): Page {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const [web, kind, ...rest] = parts;
  if (web === undefined || (web === 'web' && (kind === undefined || PAGES_OF_CLUSTERS.includes(kind))))
    return { kind: 'clusters' };
  if (web === 'web' && kind === 'cluster' && rest.length > 0) {
    if (rest[0] === 'alias' && rest[1] !== undefined) return { kind: 'cluster', hint: rest[1] };
    if (rest[0] === 'instance' && rest.length === 3) return { kind: 'cluster', hint: `${rest[1]}:${rest[2]}` };
    return { kind: 'cluster', hint: rest.join('/') };
  }
  if (web === 'web' && kind !== undefined && PAGES_OF_A_CLUSTER.includes(kind)) {
    const [first, second] = rest;
    if (kind === 'cluster-pools' && first !== undefined) return { kind: 'cluster', hint: rest.join('/') };
    if ((first === 'cluster' || first === 'alias') && second !== undefined) return { kind: 'cluster', hint: second };
  }
  const name = web === 'web' && kind !== undefined ? API_NAMES[kind] : undefined;
  const api = name === undefined ? null : ['api', name, ...rest.map(encodeURIComponent)].join('/');
  return { kind: 'unknown', path, api };
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
