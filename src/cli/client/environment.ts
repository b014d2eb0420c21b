/** What the client reads of its environment; '' where a variable is not set. */
export interface ClientEnvironment {
  /** One address, or several separated by blanks: then the leader is looked for. */
  readonly api: string;
  readonly authUser: string;
  readonly authPassword: string;
  /** Header that names the user to a proxy setup. */
  readonly authUserHeader: string;
  /** Server meant when no -i is given. */
  readonly instance: string;
}

/** Where settings of the whole machine stand; the historic client sources it. */
export const PROFILE_FILE = '/etc/profile.d/orchestrator-client.sh';

/**
 * Reads the variables. Those set in the profile file win, as they did when it was sourced; only plain assignments
 * (`export NAME="value"`) are understood.
 */
export function clientEnvironment(
  variables: Readonly<Record<string, string | undefined>>,
  profile: string,
): ClientEnvironment {
  const assigned = new Map<string, string>();
  for (const line of profile.split('\n')) {
    const match = /^\s*(?:export\s+)?(ORCHESTRATOR_\w+)=(?:"([^"$`]*)"|'([^']*)'|([^\s"'$`#;]*))/.exec(line);
    if (match?.[1] !== undefined) assigned.set(match[1], match[2] ?? match[3] ?? match[4] ?? '');
  }
  const value = (name: string): string => assigned.get(name) ?? variables[name] ?? '';
  return {
    api: value('ORCHESTRATOR_API'),
    authUser: value('ORCHESTRATOR_AUTH_USER'),
    authPassword: value('ORCHESTRATOR_AUTH_PASSWORD'),
    authUserHeader: value('ORCHESTRATOR_AUTH_USER_HEADER'),
    instance: value('ORCHESTRATOR_INSTANCE'),
  };
}
