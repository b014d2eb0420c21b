/**
 * True when a browser sends the request on behalf of a page of another origin, which must not change anything with the logins that
 * the browser adds by itself. Browsers tell by Sec-Fetch-Site; where they do not (plain HTTP), Origin is compared with the
 * host that was asked, also as a proxy tells it. Programs send neither, and are let through.
 */
export function isCrossSite(headers: Headers): boolean {
  const site = headers.get('sec-fetch-site');
  if (site !== null) return site !== 'same-origin' && site !== 'none';
  const origin = headers.get('origin');
  if (origin === null) return false;
  const host = URL.canParse(origin) ? new URL(origin).host : '';
  return host === '' || ![headers.get('host'), headers.get('x-forwarded-host')].includes(host);
}
