import { describe, expect, it } from 'vitest';
import { parseKey } from '../../model/instance-key.ts';
import { instanceOf } from '../../model/testing/instances.ts';
import { createSystemClock } from '../basis/clock.ts';
import { SILENT } from '../testing/fakes.ts';
import { createFleet } from './fleet.ts';

describe('a forgotten server', () => {
  it('does not come back by a probe that was under way and fails late', () => {
    const fleet = createFleet({ clock: createSystemClock(), logger: SILENT }, { aliasPatterns: [] });
    const key = parseKey('10.0.0.1:3306', 3306);
    fleet.answered(instanceOf('10.0.0.1:3306'));
    fleet.forget(key);
    fleet.failed(key, 'it closed the connection', false);
    expect(fleet.recordOf(key)).toBeNull();
  });
});
