/** What to do about failures whose historic words do not say it. The words stay in front: scripts look for them. */
const REMEDIES: readonly (readonly [words: RegExp, remedy: string])[] = [
  [
    /^Unable to determine cluster name\. clusterHint=[^;]*$/,
    '-c clusters-alias lists the known clusters, -c discover -i host:port takes a server in',
  ],
  [
    /^(?:Instance not found: |ForgetInstance\(\): instance )[^;]*$/,
    '-c all-instances lists the known servers, -c discover -i host:port takes one in',
  ],
  [/^NewTag: empty tag name$/, 'write -tag name or -tag name=value'],
];

/** The remedy as the end of the line; '' where the message says it, or there is none. */
export function remedyOf(message: string): string {
  const found = REMEDIES.find(([words]) => words.test(message));
  return found === undefined ? '' : `; ${found[1]}`;
}
