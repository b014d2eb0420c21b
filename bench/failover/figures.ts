import type { Flavour } from '../../lab/index.ts';

/** What others need for the same work. Measured on the same kind of machine (2 shared cores), milliseconds. */
export interface Figures {
  /** Go orchestrator, defaults (poll every 5 s): kill -9 → a replica is writable. */
  readonly go: string;
  /** What the servers allow: the same, by hand-written statements. */
  readonly serversWritable: string;
  /** … until the two siblings are re-pointed and receive. */
  readonly serversAllFollow: string;
}

export const FIGURES: Readonly<Record<Flavour, Figures>> = {
  'mysql-9.7': { go: '4400 / 7900', serversWritable: '80, 85', serversAllFollow: '107, 117' },
  'mysql-5.6': { go: '6300 / 6300', serversWritable: '40, 66', serversAllFollow: '48, 77' },
  'mariadb-10.11': { go: '2200 / 4000', serversWritable: '13, 14', serversAllFollow: '22, 27' },
};

/** The product's goal for the median, and the limit that no run may pass. */
export const GOAL_MS = 200;
export const LIMIT_MS = 500;
