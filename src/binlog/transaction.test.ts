import { describe, expect, it } from 'vitest';
import type { BinlogEvent } from '../model/binlog-event.ts';
import { createTransactionAssembler, type LoggedTransaction, type TransactionRules } from './transaction.ts';

const RULES: TransactionRules = {
  isSkipped: (text) => text.includes('heartbeat'),
  isMarker: (text) => text.includes('_asc:'),
};

/** Events as `type|info`, 10 bytes each. */
function assemble(events: readonly string[], atBoundary = true): LoggedTransaction[] {
  const assembler = createTransactionAssembler('relaylog', RULES, atBoundary);
  return events.flatMap((text, index) => {
    const [type = '', info = ''] = text.split('|');
    const position = 4 + index * 10;
    const event: BinlogEvent = { file: 'r.000001', position, type, serverId: 1, endPosition: position + 10, info };
    return assembler.push(event) ?? [];
  });
}
const texts = (events: readonly string[], atBoundary = true): string[][] =>
  assemble(events, atBoundary).map(({ changes }) => changes.map((change) => change.text));

const GTID = "Anonymous_Gtid|SET @@SESSION.GTID_NEXT= 'ANONYMOUS'";
const ROWS = ['Table_map|table_id: 7 (app.t)', 'Write_rows|table_id: 7 flags: STMT_END_F'];

describe('the transactions of a log', () => {
  it('begin at their GTID event and end behind their commit', () => {
    const [transaction] = assemble([GTID, 'Query|BEGIN', ...ROWS, 'Xid|COMMIT /* xid=3 */']);
    expect(transaction).toMatchObject({ start: { position: 4 }, end: { position: 54 }, gtid: null, serverId: 1 });
    expect(transaction?.changes).toEqual([
      { text: 'write_rows app.t', coordinates: { kind: 'relaylog', file: 'r.000001', position: 34 } },
    ]);
  });

  it('take a long statement cut into several events as one change, two statements as two', () => {
    const cut = ['Table_map|table_id: 7 (app.t)', 'Write_rows|table_id: 7', 'Write_rows|table_id: 7 flags: STMT_END_F'];
    expect(texts(['Query|BEGIN', ...cut, 'Xid|'])).toEqual([['write_rows app.t']]);
    expect(texts(['Query|BEGIN', ...ROWS, ...ROWS, 'Xid|'])).toEqual([['write_rows app.t', 'write_rows app.t']]);
  });

  it('lose what is to be skipped with its details, and vanish when nothing is left', () => {
    const skipped = ['Intvar|INSERT_ID=4', 'Query|insert into heartbeat values (null)'];
    expect(texts(['Query|BEGIN', ...skipped, 'Xid|'])).toEqual([]);
    expect(
      texts(['Query|BEGIN', ...skipped, 'Intvar|INSERT_ID=5', 'Query|insert into t values (null)', 'Xid|']),
    ).toEqual([['INSERT_ID=5; insert into t values (null)']]);
    expect(texts(['Query|BEGIN', 'Table_map|table_id: 7 (app.heartbeat)', 'Update_rows|table_id: 7', 'Xid|'])).toEqual(
      [],
    );
  });

  it('tell their Pseudo-GTID entry', () => {
    const [single] = assemble([GTID, 'Query|drop view if exists `_pseudo_gtid_`.`_asc:1` /* xid=9 */']);
    expect(single?.marker?.text).toBe('drop view if exists `_pseudo_gtid_`.`_asc:1`');
    const [inside] = assemble([
      'Query|BEGIN',
      'Intvar|INSERT_ID=4',
      "Query|insert into meta.p values ('_asc:1')",
      'Xid|',
    ]);
    expect(inside?.marker?.text).toBe("insert into meta.p values ('_asc:1')");
  });

  it('are dropped when the receiver broke off inside and began again', () => {
    const again = [
      'Query|BEGIN',
      ...ROWS,
      'Rotate|',
      'Format_desc|',
      'Query|BEGIN',
      ...ROWS,
      'Xid|',
      'Query|alter table t',
    ];
    expect(texts(again)).toEqual([['write_rows app.t'], ['alter table t']]);
  });

  it('are told apart from the rest of one that began in the file before', () => {
    const rest = [...ROWS, 'Xid|', 'Query|BEGIN', ...ROWS, 'Xid|'];
    expect(texts(rest, false)).toEqual([['write_rows app.t']]);
    expect(
      texts(['Query|insert into t values (1)', 'Xid|', 'Query|DROP VIEW v', 'Query|create table x (a int)'], false),
    ).toEqual([['DROP VIEW v'], ['create table x (a int)']]);
  });

  it('of XA end at XA PREPARE; its COMMIT stands alone', () => {
    const xa = [
      GTID,
      "Query|XA START X'61',X'',1",
      ...ROWS,
      "Query|XA END X'61',X'',1",
      "XA_prepare|XA PREPARE X'61',X'',1",
    ];
    expect(texts([...xa, GTID, "Query|XA COMMIT X'61',X'',1"])).toEqual([
      ["XA START X'61',X'',1", 'write_rows app.t', "XA END X'61',X'',1", "XA PREPARE X'61',X'',1"],
      ["XA COMMIT X'61',X'',1"],
    ]);
  });
});
