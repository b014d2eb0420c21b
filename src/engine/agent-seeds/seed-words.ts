const UNITS = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** 1234567 → `1.23 MB` (powers of thousand). */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(2)} ${UNITS[unit]}`;
}

/** What the states of a seed say. */
export const SEED_WORDS = {
  mount: (volume: string, source: string) => `Mounting ${volume} on ${source}`,
  checkAgain: (target: string) => `Checking once more that ${target} may be overwritten`,
  erase: (target: string) => `Erasing the MySQL data folder of ${target}`,
  room: (target: string) => `Checking the free space on ${target}`,
  receive: (target: string) => `${target} begins to receive data`,
  wait: (target: string, seconds: number) => `Waiting ${seconds} s until ${target} listens`,
  send: (source: string, target: string) => `${source} begins to send its data to ${target}`,
  copied: (bytes: number, of: number) =>
    `Copied ${bytesText(bytes)} of ${bytesText(of)} (${Math.min(100, Math.floor((100 * bytes) / of))}%)`,
  postCopy: (target: string) => `Running the post-copy command of ${target}`,
  unmount: (source: string) => `Unmounting the snapshot on ${source}`,
  start: (target: string) => `Starting MySQL on ${target}`,
  abort: (host: string) => `Telling the agent of ${host} to stop copying`,
  completed: 'Completed',
  failed: 'Failed',
} as const;
