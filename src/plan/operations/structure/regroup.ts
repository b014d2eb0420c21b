import { compareCoordinates } from '../../../model/coordinates.ts';
import { formatKey } from '../../../model/instance-key.ts';
import type { Objection, Refusal, Step } from '../../plan.ts';
import { lane, stageOf } from '../../steps/build.ts';
import { usesGtid } from '../../steps/flavour.ts';
import { startApplierSteps } from '../../steps/threads.ts';
import {
  isObjection,
  type Member,
  memberOf,
  type OperationInput,
  type OperationPlan,
  type OperationPlanner,
  replicasBelow,
} from '../input.ts';
import { makePlan, refuse, refuseAll } from '../make-plan.ts';
import { gather, gatherEffects, gatheredMembers, gatherLanes, gatherMethod } from './gather.ts';
import { type GatherWay, gatherBinlogServers, gatherByGtid, gatherByPseudoGtid, gatherEqual } from './gather-ways.ts';
import { chooseLeader } from './leader.ts';
import { completeCoordinates } from './surplus.ts';

/** Who is regrouped, how, and below whom. */
interface Regrouping {
  readonly replicas: readonly Member[];
  readonly ways: readonly GatherWay[];
  readonly choose: (source: Member | null, input: OperationInput) => ReturnType<typeof chooseLeader>;
}

type Kind = 'gtid' | 'pseudo-gtid' | 'binlog-servers' | 'mixed';

/** All replicas of a server come below the most advanced of them, whether the server lives or not. */
const regroupPlanner =
  (kindOf: (direct: readonly Member[]) => Kind): OperationPlanner =>
  (input): OperationPlan | Refusal => {
    const { instance: key } = input.request;
    const known = memberOf(input, key);
    const source = isObjection(known) ? null : known;
    const direct = replicasBelow(input, key);
    const purpose = `regroup the replicas of ${formatKey(key)}`;
    if (direct.length === 0) return refuse(input, purpose, isObjection(known) ? known : withoutReplicas(known));
    const [only] = direct;
    if (only !== undefined && direct.length === 1) {
      const reasons = [`${only.name} is the only replica of ${formatKey(key)}`];
      return makePlan({ purpose, of: only, stages: [], reasons, locks: [], moved: [] });
    }
    return planRegrouping(purpose, source, regroupingOf(kindOf(direct), direct, input), input);
  };

/** Nobody could be named as promoted. Scripts know the words. */
const withoutReplicas = ({ name }: Member): Objection => ({
  subject: name,
  rule: 'no-replicas',
  explanation: `No replicas found for ${name}`,
});

function planRegrouping(
  purpose: string,
  source: Member | null,
  { replicas, ways, choose }: Regrouping,
  input: OperationInput,
): OperationPlan | Refusal {
  const choice = choose(source, input);
  if (choice.leader === null) {
    const texts = choice.objections.map(({ explanation }) => explanation).join('; ');
    return refuseAll(input, purpose, `no replica can be the one that the others follow: ${texts}`, choice.objections);
  }
  const { leader } = choice;
  const gathering = gather(
    leader,
    replicas.filter((one) => one !== leader),
    ways,
    input,
  );
  if (gathering.joining.length === 0) {
    const texts = gathering.reasons.join('; ');
    return refuseAll(input, purpose, `no replica can be moved below ${leader.name}: ${texts}`, gathering.objections);
  }
  return makePlan({
    purpose: `${purpose} below ${leader.name}`,
    of: source ?? leader,
    stages: [
      ...stageOf('lead', [lane(leader, leadSteps(leader))]),
      ...stageOf('regroup', gatherLanes(gathering, ['level', 'join'], input)),
    ],
    reasons: [`${leader.name} suits best of the most advanced replicas`, ...gathering.reasons],
    locks: gatheredMembers(gathering),
    effects: gatherEffects(gathering),
    moved: gatheredMembers(gathering).map(({ key }) => key),
    subject: leader.key,
    ...gatherMethod(gathering),
  });
}

/** The leader must execute what it has received. A binlog server has no applier. */
const leadSteps = (leader: Member): Step[] =>
  leader.instance.isBinlogServer
    ? []
    : startApplierSteps('lead', leader, `${leader.name} must execute what it has received`);

function regroupingOf(kind: Kind, direct: readonly Member[], input: OperationInput): Regrouping {
  if (kind === 'binlog-servers') {
    const replicas = direct.filter(({ instance }) => instance.isBinlogServer);
    return { replicas, ways: [gatherBinlogServers], choose: () => foremostBinlogServer(replicas, direct) };
  }
  // The log of a binlog server is its source's: its replicas are like siblings.
  const replicas = direct.flatMap((one) =>
    one.instance.isBinlogServer ? [one, ...replicasBelow(input, one.key)] : [one],
  );
  const ways = {
    gtid: [gatherByGtid],
    'pseudo-gtid': [gatherEqual, gatherByPseudoGtid],
    mixed: [gatherByGtid, gatherEqual, gatherByPseudoGtid],
  }[kind];
  const must = kind === 'gtid' ? mustUseGtid : undefined;
  return { replicas, ways, choose: (source) => chooseLeader(replicas, source, input, must) };
}

const mustUseGtid = (member: Member): Objection | null =>
  usesGtid(member.instance)
    ? null
    : { subject: member.name, rule: 'no-gtid', explanation: `${member.name} does not position itself by GTID` };

/** The binlog server that has received most. */
function foremostBinlogServer(servers: readonly Member[], direct: readonly Member[]): ReturnType<typeof chooseLeader> {
  const [foremost] = servers.toSorted((a, b) => {
    const [own, its] = [completeCoordinates(a.instance), completeCoordinates(b.instance)];
    return own === null || its === null ? 0 : compareCoordinates(its, own);
  });
  if (foremost !== undefined) return { leader: foremost };
  const objections = direct.map(({ name }) => ({
    subject: name,
    rule: 'not-a-binlog-server',
    explanation: `${name} is not a binlog server`,
  }));
  return { leader: null, objections };
}

/** regroup-replicas: binlog servers among themselves; else each replica by GTID, by equality, or by Pseudo-GTID. */
export const planRegroup = regroupPlanner((direct) =>
  direct.every(({ instance }) => instance.isBinlogServer) ? 'binlog-servers' : 'mixed',
);
export const planRegroupGtid = regroupPlanner(() => 'gtid');
export const planRegroupPseudoGtid = regroupPlanner(() => 'pseudo-gtid');
export const planRegroupBinlogServers = regroupPlanner(() => 'binlog-servers');
