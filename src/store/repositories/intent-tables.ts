import type { IntentSnapshot } from '../../engine/ports.ts';
import type { InstanceKey } from '../../model/instance-key.ts';
import { formatKey } from '../../model/instance-key.ts';
import type { Downtime, Intent, PromotionRule } from '../../model/server-record.ts';
import { PROMOTION_RULES } from '../../model/server-record.ts';
import type { Session } from '../database.ts';
import { keyOf, number, text, timeMs } from '../rows/values.ts';
import { MOVED_ALIAS_TABLE } from '../schema/own-tables.ts';
import { inForce } from './operations/maintenance-rows.ts';
import { readPairs } from './read-pairs.ts';

/** What people decided. */
export type Decided = Omit<IntentSnapshot, 'published'>;

/** Reads everything people decided, in a handful of small statements. Ended downtimes and maintenance are left out. */
export async function readIntentTables(session: Session): Promise<Decided> {
  const { dialect } = session;
  const downtimes = await session.all(
    `select hostname, port, owner, reason, ${dialect.toUnix('begin_timestamp')} as begins, ${dialect.toUnix('end_timestamp')} as ends
     from database_instance_downtime where downtime_active = 1 and end_timestamp > ${dialect.now}`,
  );
  const maintenance = await session.all(
    `select hostname, port from database_instance_maintenance where ${inForce(dialect)}`,
  );
  const candidates = await session.all('select hostname, port, promotion_rule from candidate_database_instance');
  const counts = await session.all(
    'select hostname, count_mysql_snapshots from host_agent where count_mysql_snapshots > 0',
  );
  const disabled = await session.all('select 1 from global_recovery_disable where disable_recovery = 1');
  return {
    downtimes: new Map(
      downtimes.map((row): [string, Downtime] => [
        formatKey(keyOf(row)),
        {
          owner: text(row, 'owner'),
          reason: text(row, 'reason'),
          beginAtMs: timeMs(row, 'begins') ?? 0,
          endAtMs: timeMs(row, 'ends') ?? 0,
        },
      ]),
    ),
    maintenance: new Set(maintenance.map((row) => formatKey(keyOf(row)))),
    candidates: new Map(candidates.map((row) => [formatKey(keyOf(row)), promotionRuleOf(text(row, 'promotion_rule'))])),
    tags: await readTags(session),
    clusterAliases: await readPairs(session, MOVED_ALIAS_TABLE, 'cluster_name', 'alias'),
    aliasOverrides: await readPairs(session, 'cluster_alias_override', 'cluster_name', 'alias'),
    clusterDomains: await readPairs(session, 'cluster_domain_name', 'cluster_name', 'domain_name'),
    unresolves: await readPairs(session, 'hostname_unresolve', 'hostname', 'unresolved_hostname'),
    isRecoveryDisabled: disabled.length > 0,
    snapshotCounts: new Map(counts.map((row) => [text(row, 'hostname'), number(row, 'count_mysql_snapshots')])),
  };
}

/** What the snapshot says of one server. */
export function intentOf(key: InstanceKey, snapshot: Decided): Intent {
  const name = formatKey(key);
  const promotionRule = snapshot.candidates.get(name) ?? 'neutral';
  return {
    downtime: snapshot.downtimes.get(name) ?? null,
    inMaintenance: snapshot.maintenance.has(name),
    promotionRule,
    isCandidate: promotionRule === 'must' || promotionRule === 'prefer',
    tags: snapshot.tags.get(name) ?? {},
    unresolvedHostname: snapshot.unresolves.get(key.hostname) ?? '',
  };
}

/** The rule a table or a query names; `neutral` for anything unknown. */
const promotionRuleOf = (name: string): PromotionRule =>
  PROMOTION_RULES.find((rule) => rule === name.trim().toLowerCase()) ?? 'neutral';

async function readTags(session: Session): Promise<Map<string, Record<string, string>>> {
  const tags = new Map<string, Record<string, string>>();
  const rows = await session.all('select hostname, port, tag_name, tag_value from database_instance_tags');
  for (const row of rows) {
    const name = formatKey(keyOf(row));
    tags.set(name, { ...tags.get(name), [text(row, 'tag_name')]: text(row, 'tag_value') });
  }
  return tags;
}
