import type { Flavour } from '../../lab/index.ts';
import { markdownTable, medianAndWorst, worst } from '../stats.ts';
import { FIGURES } from './figures.ts';
import type { Series } from './scenarios.ts';
import type { Trial } from './trial.ts';

export interface FlavourResult {
  readonly flavour: Flavour;
  readonly series: readonly Series[];
}

const known = (values: readonly (number | null)[]): number[] => values.filter((value) => value !== null);

/** All tables, as Markdown. Cells are "median / worst" in milliseconds. */
export function report(results: readonly FlavourResult[]): string {
  return [failoverTable(results), returnTable(results)].filter((text) => text !== '').join('\n\n');
}

function failoverTable(results: readonly FlavourResult[]): string {
  const rows = results.flatMap(({ flavour, series }) =>
    series.map(({ scenario, title, trials }) => [
      flavour,
      title,
      String(trials.length),
      medianAndWorst(known(trials.map(({ writableMs }) => writableMs))),
      medianAndWorst(known(trials.map(({ allFollowMs }) => allFollowMs))),
      medianAndWorst(known(trials.map(({ gapMs }) => gapMs))),
      String(worst(trials.map(({ unsentRows }) => unsentRows))),
      faultsText(trials),
      scenario === 'kill' ? FIGURES[flavour].go : '',
      scenario === 'kill' ? `${FIGURES[flavour].serversWritable}; ${FIGURES[flavour].serversAllFollow}` : '',
    ]),
  );
  return markdownTable(
    [
      'server',
      'fault',
      'n',
      'writable',
      'all follow',
      "writer's gap",
      'rows never sent',
      'faults',
      'Go program: writable',
      'servers allow: writable; all follow',
    ],
    rows,
  );
}

function returnTable(results: readonly FlavourResult[]): string {
  const rows = results.flatMap(({ flavour, series }) =>
    series
      .filter(({ scenario }) => scenario === 'return')
      .map(({ title, trials, returns }) => [
        flavour,
        title,
        String(trials.length),
        medianAndWorst(known(returns.map(({ writableAfterMs }) => writableAfterMs))),
        medianAndWorst(known(returns.map(({ fencedAfterMs }) => fencedAfterMs))),
        medianAndWorst(returns.map(({ twoWritableMs }) => twoWritableMs)),
        faultsText(trials),
      ]),
  );
  if (rows.length === 0) return '';
  return markdownTable(
    [
      'server',
      'deposed primary',
      'n',
      'answers writable after',
      'fenced after its first answer',
      'two writable',
      'faults',
    ],
    rows,
  );
}

const faultsText = (trials: readonly Trial[]): string => {
  const faulty = trials.filter(({ faults }) => faults.length > 0).length;
  return faulty === 0 ? 'none' : `${faulty} runs`;
};

/** One line for one run, as it ends. */
export function trialLine(title: string, trial: Trial): string {
  const ms = (value: number | null): string => (value === null ? '–' : `${Math.round(value)}`);
  const { writableMs, allFollowMs, gapMs, unsentRows, faults, notes } = trial;
  const numbers = `writable ${ms(writableMs)} ms, all follow ${ms(allFollowMs)} ms, gap ${ms(gapMs)} ms, never sent ${unsentRows}`;
  return [`${title}: ${numbers}`, ...notes, ...faults.map((fault) => `FAULT: ${fault}`)].join('\n    ');
}
