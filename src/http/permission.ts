/** How people prove who they are. token and oauth need what other issues bring; until then they may look, not act. */
export const AUTHENTICATION_METHODS = ['none', 'basic', 'multi', 'proxy', 'token', 'oauth'] as const;
export type AuthenticationMethod = (typeof AUTHENTICATION_METHODS)[number];

/** The user that method `multi` lets in with any password, to look only. */
export const READ_ONLY_USER = 'readonly';

export interface ActionPolicy {
  readonly authenticationMethod: AuthenticationMethod;
  /** Nobody may act. */
  readonly readOnly: boolean;
  /** Users that may act under method proxy; `*` means all. */
  readonly powerAuthUsers: readonly string[];
  /** Unix groups whose members may act under method proxy. */
  readonly powerAuthGroups: readonly string[];
}

export interface Visitor {
  /** '' when nobody is logged in. */
  readonly userId: string;
  /** Content of the cookie `access-token`, else null. */
  readonly accessToken: string | null;
}

export interface PermissionDeps {
  /** Whether a user belongs to one of these unix groups. */
  readonly isMemberOfGroups: (userId: string, groups: readonly string[]) => Promise<boolean>;
  /** True when the pair `public:secret` is a valid token. */
  readonly isValidAccessToken: (token: string) => Promise<boolean>;
}

/**
 * May this visitor change anything? The historic rule: never when read-only; then by method: basic yes (the password was
 * right), multi unless the user is `readonly`, proxy by user or unix group, token by a valid token, oauth never,
 * everything else yes.
 */
export async function isAuthorizedForAction(
  visitor: Visitor,
  policy: ActionPolicy,
  deps: PermissionDeps,
): Promise<boolean> {
  if (policy.readOnly) return false;
  switch (policy.authenticationMethod) {
    case 'multi':
      return visitor.userId !== READ_ONLY_USER;
    case 'proxy':
      return isPowerUser(visitor.userId, policy, deps);
    case 'token':
      return visitor.accessToken !== null && deps.isValidAccessToken(visitor.accessToken);
    case 'oauth':
      return false;
    default:
      return true;
  }
}

async function isPowerUser(userId: string, policy: ActionPolicy, deps: PermissionDeps): Promise<boolean> {
  if (policy.powerAuthUsers.includes('*') || (userId !== '' && policy.powerAuthUsers.includes(userId))) return true;
  if (userId === '') return false;
  return deps.isMemberOfGroups(userId, policy.powerAuthGroups);
}
