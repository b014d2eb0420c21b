import type { FailoverDecision, NotActingReason } from '../../analysis/failover-policy.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { InvestigationSettings } from '../detection/investigation.ts';
import { startInvestigation } from '../detection/investigation.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Clock, Logger, Servers } from '../ports.ts';
import { createSilences } from '../receivers/silences.ts';
import { unsilence } from './closing.ts';
import { recallFamily } from './family.ts';
import { readMembers } from './members.ts';
import type { RecoveryRun } from './run.ts';
import { type SwitchDeps, switchesNow } from './switches-now.ts';

export interface HearingDeps extends SwitchDeps {
  readonly servers: Servers;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly logger: Logger;
  audit(run: RecoveryRun, message: string): void;
}

/** A frozen primary is known for one after three seconds of vain connecting; beyond this nothing new is to be expected. */
const HEARING_AGAIN_MS = 5_000;
/** What people and the store say does not change by waiting. */
const FINAL: ReadonlySet<NotActingReason> = new Set([
  'downtimed',
  'in-maintenance',
  'globally-disabled',
  'blocked',
] satisfies NotActingReason[]);

/**
 * A recovery that another process began, and that can still be called off, goes on only if it would be begun now: the failed
 * primary is knocked at, its replicas listen again and are heard, and what people decided meanwhile is read anew (design §5; the
 * policy itself decides). Returns null when it goes on, else the sentence why it is called off.
 */
export async function hearAgain(
  run: RecoveryRun,
  deps: HearingDeps,
  settings: InvestigationSettings,
): Promise<string | null> {
  const { failed, members } = run.intent;
  const { fleet, clock } = deps;
  const { records } = await readMembers(deps, members, failed);
  recallFamily(run, records);
  const reading = await deps.servers.probe(failed, {
    deadlineMs: settings.probeDeadlineMs,
    depth: 'full',
    previous: null,
  });
  if (reading.kind === 'answered') {
    fleet.answered(reading.instance);
    return `${formatKey(failed)} answers again; the recovery that was left open is called off`;
  }
  fleet.failed(failed, reading.failure.message, reading.isPartial);
  const switches = await switchesNow(run, deps);
  // A replica that was silenced cannot testify.
  await unsilence(deps, run, (message) => deps.audit(run, message));
  const over = new AbortController();
  let objection: string | null = 'nothing was heard of it in time';
  const investigation = startInvestigation(
    failed,
    {
      ...deps,
      switchesOf: () => switches,
      silencedByUs: async () => run.silenced,
      // Once it goes on, its own silence must not be undone by a receiver that is being restarted.
      // Whoever is stopped meanwhile was silenced by this recovery before, which answers for it.
      silences: createSilences(),
      isTaken: () => over.signal.aborted && objection === null,
      onAlive: () => {
        objection = `${formatKey(failed)} answers again`;
        over.abort();
      },
      onDecision: (_key, decision: FailoverDecision) => {
        objection = decision.act ? null : decision.sentence;
        if (decision.act || FINAL.has(decision.because)) over.abort();
      },
    },
    settings,
  );
  investigation.sessionLost();
  await clock.sleep(HEARING_AGAIN_MS, over.signal);
  investigation.stop();
  return objection === null ? null : `The recovery that was left open is called off: ${objection}`;
}
