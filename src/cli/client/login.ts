import type { ClientEnvironment } from './environment.ts';
import type { ClientOptions } from './options.ts';

/** The headers by which a request logs in: options win over the environment. */
export function loginHeaders(
  options: Pick<ClientOptions, 'auth' | 'headersAuth'>,
  environment: ClientEnvironment,
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  const fromEnvironment = `${environment.authUser}:${environment.authPassword}`;
  const login = options.auth === '' && environment.authUser !== '' ? fromEnvironment : options.auth;
  if (environment.authUserHeader !== '' && options.auth === '') {
    const [name, value] = splitHeader(environment.authUserHeader);
    headers[name.toLowerCase()] = value === '' ? environment.authUser : value;
  } else if (login !== '') {
    headers.authorization = `Basic ${Buffer.from(login, 'utf8').toString('base64')}`;
  }
  if (options.headersAuth !== '') {
    const [name, value] = splitHeader(options.headersAuth);
    headers[name.toLowerCase()] = value === '' ? environment.authUser : value;
  }
  return headers;
}

function splitHeader(text: string): readonly [string, string] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text.trim(), ''] : [text.slice(0, colon).trim(), text.slice(colon + 1).trim()];
}
