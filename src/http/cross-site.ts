/**
 * True when a browser sends the request on behalf of a page of another origin, which must not change anything with the logins that
 * the browser adds by itself. Browsers tell by Sec-Fetch-Site; where they do not (plain HTTP), Origin is compared with the
 * host that was asked, also as proxies tell it. Programs send neither, and are let through.
 */
export function isCrossSite(headers: Headers): boolean {
  const site = headers.get('sec-fetch-site');
  if (site !== null) return site !== 'same-origin' && site !== 'none';
  const given = headers.get('origin');
  if (given === null) return false;
  const origin = URL.canParse(given) ? new URL(given) : null;
  if (origin === null || origin.host === '') return true;
  // Each proxy of several adds its own to the list. No page can set these headers for a request to another origin.
  const asked = [headers.get('host'), ...(headers.get('x-forwarded-host') ?? '').split(',')];
  return !asked.some((host) => host !== null && hostOf(origin.protocol, host.trim()) === origin.host);
}

/** As URLs have it: in lower case, without the port that goes without saying. '' for what is no host. */
function hostOf(protocol: string, host: string): string {
  const url = `${protocol}//${host}`;
  return URL.canParse(url) ? new URL(url).host : '';
}

/** What people are told then, with the remedy for the one case in which it is wrong. */
export const CROSS_SITE_SENTENCE =
  'a page of another site asks for a change; use the own page, or a program. If this is the own page, behind a proxy: let the proxy pass on the Host that the browser sent, or set X-Forwarded-Host to it';
