import type { Inquiry, InquiryAnswers } from '../../src/engine/ports.ts';
import { Secret } from '../../src/model/secret.ts';
import { uuidOf } from '../../src/model/testing/instances.ts';
import { isMariadb, type SimServer } from './sim-server.ts';

const ANSWERS: { readonly [I in Inquiry]: (server: SimServer) => InquiryAnswers[I] } = {
  'blocked-transaction': (server) => {
    const { replication } = server;
    const next = replication?.relay[0];
    if (replication == null || replication.applierError === 0 || next === undefined || isMariadb(server)) return null;
    return `${uuidOf(next.origin)}:${next.sequence}`;
  },
  'stored-credentials': (server) =>
    server.replication === null || isMariadb(server) ? null : { user: 'replication', password: new Secret('secret') },
  'queried-credentials': () => null,
  'account-refusal': () => null,
  // A simulated server has one address.
  'is-also-at': () => false,
  // A simulated commit waits for nobody.
  'do-commits-hang': () => false,
};

/** What a simulated server answers to an inquiry. */
export const answerInquiry = <I extends Inquiry>(server: SimServer, inquiry: I): InquiryAnswers[I] =>
  ANSWERS[inquiry](server);
