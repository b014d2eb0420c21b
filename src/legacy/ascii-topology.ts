import { isReplicating } from '../model/instance.ts';
import type { InstanceKey } from '../model/instance-key.ts';
import { compareKeys, formatKey, sameKey } from '../model/instance-key.ts';
import { isRecentlyChecked } from '../model/problems.ts';
import type { ServerRecord } from '../model/server-record.ts';
import { isLastCheckValid } from '../model/server-record.ts';
import { groupPrimaryAbove } from '../model/topology-edges.ts';
import { describeInstance, instanceStatusText, tagsText } from './instance-description.ts';
import type { InstanceJsonContext } from './instance-json.ts';

/** tree: `name [a,b,c]`; tabulated: `name|a|b|c`; tags: the tree with ` [tag,tag=value]`. */
export const TOPOLOGY_STYLES = ['tree', 'tabulated', 'tags'] as const;
export type TopologyStyle = (typeof TOPOLOGY_STYLES)[number];

/** A server and how deep it is drawn; level 0 has no sign before its name. */
interface Drawn {
  readonly record: ServerRecord;
  readonly level: number;
}

/**
 * A cluster as text, one line per server, replicas below their source and two blanks deeper, in order of their keys;
 * no line end at the end. `+ ` replicates, `- ` does not (or its last reading is not valid or old), `‡ ` is a secondary
 * of a group. The names are padded to one width. Co-masters stand side by side, both with their sign.
 * @param records the servers of one cluster.
 */
export function asciiTopology(
  records: readonly ServerRecord[],
  style: TopologyStyle,
  context: InstanceJsonContext,
): string {
  const lines = arrange(records).map(({ record, level }) => ({ record, name: nameText(record, level, context) }));
  const width = Math.max(0, ...lines.map(({ name }) => name.length));
  return lines.map(({ record, name }) => lineText(record, name.padEnd(width), style, context)).join('\n');
}

/** Of the servers of a cluster those of these names, `host:port`, and those above them, so that they are drawn at their place. */
export function branchesTo(records: readonly ServerRecord[], names: ReadonlySet<string>): readonly ServerRecord[] {
  const byName = new Map(records.map((record) => [formatKey(record.key), record]));
  const kept = new Set<string>();
  for (let name of names) {
    for (let record = byName.get(name); record !== undefined && !kept.has(name); record = byName.get(name)) {
      kept.add(name);
      name = formatKey(parentOf(record));
    }
  }
  return records.filter(({ key }) => kept.has(formatKey(key)));
}

function lineText(record: ServerRecord, name: string, style: TopologyStyle, context: InstanceJsonContext): string {
  if (style === 'tabulated') {
    const { columns, flags } = describeInstance(record, context);
    return [name, ...columns, flags.join(',')].join('|');
  }
  const line = `${name} ${instanceStatusText(record, context)}`;
  return style === 'tags' ? `${line} [${tagsText(record.intent.tags)}]` : line;
}

function nameText(record: ServerRecord, level: number, context: InstanceJsonContext): string {
  const alias = record.instance?.classification.instanceAlias ?? '';
  const name = `${formatKey(record.key)}${alias === '' ? '' : ` (${alias})`}`;
  return level === 0 ? name : `${'  '.repeat(level - 1)}${signOf(record, context)} ${name}`;
}

function signOf(record: ServerRecord, { settings, nowMs }: InstanceJsonContext): string {
  const { instance, check } = record;
  if (instance === null) return '-';
  if (instance.group !== null && instance.group.memberRole === 'SECONDARY') return '‡';
  const isFine = isLastCheckValid(check, settings) && isRecentlyChecked(record, settings, nowMs);
  return isFine && isReplicating(instance) ? '+' : '-';
}

/** The servers in drawing order. Every one is drawn once, whatever rings or gaps there are. */
function arrange(records: readonly ServerRecord[]): Drawn[] {
  const ordered = [...records].sort((a, b) => a.position.depth - b.position.depth || compareKeys(a.key, b.key));
  const known = new Set(records.map((record) => formatKey(record.key)));
  const children = childrenByParent(ordered);
  const drawn = new Map<string, Drawn>();
  const draw = (record: ServerRecord, level: number): void => {
    const name = formatKey(record.key);
    if (drawn.has(name)) return;
    drawn.set(name, { record, level });
    for (const child of children.get(name) ?? []) if (!isRingOfTwo(record, child)) draw(child, level + 1);
  };
  const tops = ordered.filter((record) => !known.has(formatKey(parentOf(record))));
  const coPrimaries = ordered.filter((record) => record.position.isCoPrimary);
  for (const top of tops) draw(top, 0);
  for (const one of coPrimaries) draw(one, 1);
  // What is left hangs in a longer ring: it is opened at its first server.
  for (const rest of ordered) draw(rest, 1);
  return [...drawn.values()];
}

function childrenByParent(records: readonly ServerRecord[]): ReadonlyMap<string, readonly ServerRecord[]> {
  const children = new Map<string, ServerRecord[]>();
  for (const record of records) {
    const parent = formatKey(parentOf(record));
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [record]);
    else siblings.push(record);
  }
  return children;
}

const isRingOfTwo = (a: ServerRecord, b: ServerRecord): boolean =>
  a.position.isCoPrimary && b.position.isCoPrimary && sameKey(parentOf(a), b.key);

/** The server it is drawn below: its source, or the primary of its group. */
function parentOf({ instance }: ServerRecord): InstanceKey {
  const groupPrimary = instance === null ? null : groupPrimaryAbove(instance);
  return instance?.replication?.source ?? groupPrimary ?? { hostname: '', port: 0 };
}
