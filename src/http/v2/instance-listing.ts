import type * as z from 'zod';
import { matchesTags, parseTagConditions } from '../../legacy/tags.ts';
import { problemsOf } from '../../model/problems.ts';
import type { ServerRecord } from '../../model/server-record.ts';
import type { InstanceV2, instanceFilter } from '../contract/v2/instances.ts';
import type { RequestInfo } from '../route.ts';
import { keysMatching } from './common.ts';
import { instanceShape, type ShapeContext } from './instance-shape.ts';
import { mapPage, type Page, pageOfSorted } from './page.ts';

type Filter = Omit<z.output<typeof instanceFilter>, 'cluster'>;

export const shapeContext = ({ services }: RequestInfo): ShapeContext => ({
  nowMs: services.clock.now(),
  settings: services.settings,
});

/** Those of the servers that the filter chooses, one page, by address. Only what is shown is shaped. */
export function instancePage(info: RequestInfo, records: readonly ServerRecord[], filter: Filter): Page<InstanceV2> {
  const context = shapeContext(info);
  const page = pageOfSorted(chosen(records, filter, context), filter, ({ key }) => sortName(key));
  return mapPage(page, (record) => instanceShape(record, context));
}

/** Ports in the order of numbers. */
export const sortName = ({ hostname, port }: ServerRecord['key']): string =>
  `${hostname}\u0000${String(port).padStart(5, '0')}`;

function chosen(records: readonly ServerRecord[], filter: Filter, { nowMs, settings }: ShapeContext): ServerRecord[] {
  const { match, dataCenter, tag, problem } = filter;
  const conditions = tag === undefined ? [] : parseTagConditions(tag);
  const fitting = records.filter((record) => {
    if (dataCenter !== undefined && record.instance?.classification.dataCenter !== dataCenter) return false;
    if (!matchesTags(record.intent.tags, conditions)) return false;
    if (problem === undefined) return true;
    const problems = problemsOf(record, settings, nowMs);
    return problem === 'any' ? problems.length > 0 : problems.includes(problem);
  });
  if (match === undefined) return fitting;
  const matches = keysMatching(
    match,
    fitting.map(({ key }) => key),
  );
  return fitting.filter((_, index) => matches[index]);
}
