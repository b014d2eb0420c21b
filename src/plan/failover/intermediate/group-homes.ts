import { formatKey, sameKey } from '../../../model/instance-key.ts';
import type { ServerRecord } from '../../../model/server-record.ts';
import type { Objection } from '../../plan.ts';
import { crossing } from './crossing.ts';
import { byPreference, type Homes, type HomesInput, relocation } from './homes.ts';

/** The servers of the same replication group, without the failed one. */
export function groupMates({ failed, records }: Pick<HomesInput, 'failed' | 'records'>): readonly ServerRecord[] {
  const groupName = failed.instance?.group?.groupName;
  return records.filter(
    ({ key, instance }) =>
      groupName !== undefined && instance?.group?.groupName === groupName && !sameKey(key, failed.key),
  );
}

/**
 * Where the asynchronous replicas of a dead member of a replication group may go: below any other member, since all have the same
 * transactions (historically one at random); here the one that suits best, and the others should it fail.
 */
export function chooseGroupHomes(input: HomesInput): Homes {
  const { failed } = input;
  const judged = groupMates(input).map((record) => ({ record, objection: objectionTo(record, input) }));
  const fit = judged.flatMap(({ record, objection }) => (objection === null ? [record] : []));
  return {
    attempts: fit
      .toSorted(byPreference(input))
      .map(({ key }) => relocation('G', failed, key, `${formatKey(key)}, a member of the same group`)),
    objections: judged.flatMap(({ objection }) => objection ?? []),
  };
}

function objectionTo({ key, instance, intent }: ServerRecord, input: HomesInput): Objection | null {
  const name = formatKey(key);
  const failed = input.failed.instance;
  const no = (rule: string, why: string): Objection => ({ subject: name, rule, explanation: `${name} ${why}` });
  if (instance === null || failed === null || !input.fresh.has(name)) return no('not-valid', 'does not answer');
  const { memberState } = instance.group ?? { memberState: '' };
  if (memberState !== 'ONLINE') return no('not-online', `is ${memberState || 'no member'} in its group, not ONLINE`);
  if (intent.downtime !== null || intent.inMaintenance) return no('out-of-service', 'is downtimed or in maintenance');
  if (intent.promotionRule === 'must_not') return no('must-not', 'is registered as must_not');
  if (input.settings.isPromotionIgnored(key)) return no('ignored', 'matches PromotionIgnoreHostnameFilters');
  const crosses = crossing(failed, instance, input.settings);
  return crosses === null ? null : no('elsewhere', crosses);
}
