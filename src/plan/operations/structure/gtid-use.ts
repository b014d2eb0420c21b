import type { Positioning } from '../../../model/instance.ts';
import { isOracleFamily } from '../../../model/version.ts';
import type { Objection, Step } from '../../plan.ts';
import { noteStep, STATEMENT_DEADLINE_MS, waitStep } from '../../steps/build.ts';
import { usesGtid } from '../../steps/flavour.ts';
import { changeSourceStep, restSteps, startAppliedStep, startReceiverStep } from '../../steps/replica.ts';
import type { Destination } from '../../steps/types.ts';
import { isObjection, type Member, memberOf, type OperationInput } from '../input.ts';
import { executedNote, goOnThere, onlyBackAt, onlyBackFrom, restAndNote } from '../relocation/coordinates.ts';
import { firstOf, isGroupSecondary, notFresh, notReplica } from '../rules/can-move.ts';
import { type Deed, objection, plannerOn } from '../server/single.ts';
import { cannotComeToRest } from '../server/thread-steps.ts';
import { cannotUseGtid } from './gtid-rules.ts';
import { isReceiving } from './surplus.ts';
import { sourceKeyOf } from './up-and-below.ts';

const cannotRest = (member: Member, input: OperationInput): Objection | null =>
  firstOf(
    () => notReplica(member),
    () => isGroupSecondary(member),
    () => notFresh(member, input),
    () => cannotComeToRest(member),
  );

/** Where it replicates from already, under the same address. */
function sameSource(member: Member): Destination | Objection {
  const key = sourceKeyOf(member);
  if (isObjection(key)) return key;
  const address = member.instance.replication?.configuredSource ?? key;
  return { key, name: `${key.hostname}:${key.port}`, address };
}

const isSeen = (stage: string, member: Member, positioning: Positioning): Step =>
  waitStep(
    stage,
    member,
    { kind: 'positioned-by', positioning },
    STATEMENT_DEADLINE_MS,
    `${member.name} positions itself by ${positioning}`,
  );

/**
 * enable-gtid: a replica by coordinates finds its place by GTID from now on. Before anything is changed it must have executed all that
 * its source had when this was planned: what it has been through without GTIDs would be executed a second time.
 */
export const planEnableGtid = plannerOn('enable GTID on', (member, input): Deed | Objection => {
  if (usesGtid(member.instance)) return objection(member, 'already-gtid', `${member.name} uses GTID already`);
  const no = cannotRest(member, input);
  if (no !== null) return no;
  const to = sameSource(member);
  if (isObjection(to)) return to;
  const source = memberOf(input, to.key);
  if (isObjection(source)) return source;
  const unusable = notFresh(source, input) ?? cannotUseGtid(member, source);
  if (unusable !== null) return unusable;
  return {
    steps: enableSteps(member, to, source.instance.executedGtid, input),
    reasons: [`${member.name} has everything by GTID that it needs to find its place below ${source.name}`],
    isLocked: true,
  };
});

function enableSteps(member: Member, to: Destination, had: string, input: OperationInput): Step[] {
  const { drainTimeoutMs } = input.settings;
  const stage = 'enable';
  const isOracle = isOracleFamily(member.instance.version);
  const positioning: Positioning = isOracle ? 'oracle-auto' : 'mariadb-slave-pos';
  const why = `${member.name} uses GTID`;
  const has = `${member.name} has, by GTID, what ${to.name} had`;
  const note = executedNote(member);
  const start = startReceiverStep(stage, member, to);
  const change = changeSourceStep(stage, member, { ...to, positioning, home: note }, false);
  return [
    ...(isReceiving(member) ? [waitStep(stage, member, { kind: 'has-executed', gtid: had }, drainTimeoutMs, has)] : []),
    ...restSteps(stage, member, drainTimeoutMs, why),
    noteStep(stage, member, note, 'executed', `where ${member.name} stands is noted`),
    isOracle ? change : onlyBackAt(change, member, { note }),
    isSeen(stage, member, positioning),
    startAppliedStep(stage, member, why),
    // MySQL leaves out what it has executed already, by its GTID, also when it reads by coordinates; MariaDB does not.
    isOracle ? start : onlyBackFrom(start, member, { note }),
  ];
}

/** disable-gtid: a replica by GTID reads on by coordinates, at those where it stands in its source's log. */
export const planDisableGtid = plannerOn('disable GTID on', (member, input): Deed | Objection => {
  const no = cannotRest(member, input);
  if (no !== null) return no;
  if (!usesGtid(member.instance)) return objection(member, 'no-gtid', `${member.name} does not use GTID`);
  const to = sameSource(member);
  if (isObjection(to)) return to;
  if (member.instance.replication?.executedCoordinates.file === '') {
    const explanation = `${member.name} has not told yet where it stands in the log of ${to.name}; let it replicate first`;
    return objection(member, 'no-coordinates', explanation);
  }
  return {
    steps: [
      ...restAndNote('disable', member, input, `${member.name} reads by coordinates`),
      ...goOnThere('disable', member, to, { note: executedNote(member) }),
      isSeen('disable', member, 'coordinates'),
    ],
    reasons: [`${member.name} reads on at the coordinates where it stands in the log of ${to.name}`],
    isLocked: true,
  };
});
