/**
 * True when a browser sends the request on behalf of a page of another origin, which must not change anything with the logins that
 * the browser adds by itself. Browsers tell by Sec-Fetch-Site; where they do not (plain HTTP), Origin is compared with the
 * host that was asked, also as proxies tell it, and where a GET has none, Referer. Programs send none of them, nor does an
 * address that is typed: both are let through, and so is a page that holds its Referer back (docs/api.md says so).
 */
export function isCrossSite(headers: Headers): boolean {
  const site = headers.get('sec-fetch-site');
  if (site !== null) return site !== 'same-origin' && site !== 'none';
  const origin = headers.get('origin');
  if (origin !== null) return !isAsked(origin, headers);
  // A program may put there what it likes; pages can only have their own address there, or nothing.
  const referer = headers.get('referer');
  return referer !== null && siteOf(referer) !== null && !isAsked(referer, headers);
}

/** Does this URL name the host that was asked? */
function isAsked(given: string, headers: Headers): boolean {
  const site = siteOf(given);
  if (site === null) return false;
  // Each proxy of several adds its own to the list. No page can set these headers for a request to another origin.
  const asked = [headers.get('host'), ...(headers.get('x-forwarded-host') ?? '').split(',')];
  return asked.some((host) => host !== null && hostOf(site.protocol, host.trim()) === site.host);
}

/** null for what names no host. */
function siteOf(given: string): URL | null {
  const url = URL.canParse(given) ? new URL(given) : null;
  return url === null || url.host === '' ? null : url;
}

/** As URLs have it: in lower case, without the port that goes without saying. '' for what is no host. */
function hostOf(protocol: string, host: string): string {
  const url = `${protocol}//${host}`;
  return URL.canParse(url) ? new URL(url).host : '';
}

/** What people are told then, with the remedy for the one case in which it is wrong. */
export const CROSS_SITE_SENTENCE =
  'a page of another site asks for a change; use the own page, or a program. If this is the own page, behind a proxy: let the proxy pass on the Host that the browser sent, or set X-Forwarded-Host to it';
