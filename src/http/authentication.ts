import { createHash, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../model/secret.ts';
import { type AuthenticationMethod, READ_ONLY_USER, type Visitor } from './permission.ts';

export interface AuthenticationSettings {
  readonly authenticationMethod: AuthenticationMethod;
  readonly httpAuthUser: string;
  readonly httpAuthPassword: Secret;
  /** Of the user readonly, with multi; empty for any (historic). */
  readonly httpAuthReadonlyPassword: Secret;
  /** Header in which the proxy names the user. */
  readonly authUserHeader: string;
}

export type Authentication =
  | { readonly kind: 'admitted'; readonly visitor: Visitor }
  /** Answer 401 and ask for a password. */
  | { readonly kind: 'refused' };

/**
 * Who is asking? basic and multi ask for a password on every path, also on those of load balancers (historic). With
 * basic and no HTTPAuthUser there is no login at all, as before.
 */
export function authenticate(headers: Headers, settings: AuthenticationSettings): Authentication {
  const accessToken = cookie(headers.get('cookie'), 'access-token');
  const admit = (userId: string): Authentication => ({ kind: 'admitted', visitor: { userId, accessToken } });
  switch (settings.authenticationMethod) {
    case 'basic': {
      if (settings.httpAuthUser === '') return admit('');
      const login = basicLogin(headers);
      return login !== null && isUser(login, settings) ? admit(login.user) : { kind: 'refused' };
    }
    case 'multi': {
      const login = basicLogin(headers);
      if (login === null) return { kind: 'refused' };
      return isOnlooker(login, settings) || isUser(login, settings) ? admit(login.user) : { kind: 'refused' };
    }
    case 'proxy':
      return admit(headers.get(settings.authUserHeader) ?? '');
    default:
      return admit('');
  }
}

interface Login {
  readonly user: string;
  readonly password: string;
}

function basicLogin(headers: Headers): Login | null {
  const encoded = /^Basic\s+(\S+)$/i.exec(headers.get('authorization') ?? '')?.[1];
  if (encoded === undefined) return null;
  const decoded = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 0 ? null : { user: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

/** Both are compared, in constant time, so that the time tells nothing about either. */
function isUser(login: Login, settings: AuthenticationSettings): boolean {
  const sameUser = equalText(login.user, settings.httpAuthUser);
  const samePassword = equalText(login.password, settings.httpAuthPassword.reveal());
  return sameUser && samePassword && settings.httpAuthUser !== '';
}

function isOnlooker({ user, password }: Login, settings: AuthenticationSettings): boolean {
  const asked = settings.httpAuthReadonlyPassword.reveal();
  return user === READ_ONLY_USER && (asked === '' || equalText(password, asked));
}

const digest = (text: string): Buffer => createHash('sha256').update(text, 'utf8').digest();
const equalText = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

function cookie(header: string | null, name: string): string | null {
  for (const part of (header ?? '').split(';')) {
    const [key, ...rest] = part.split('=');
    if (key?.trim() !== name) continue;
    const value = rest.join('=').trim();
    try {
      return decodeURIComponent(value);
    } catch {
      return value;
    }
  }
  return null;
}
