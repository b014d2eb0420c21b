import { historicMessage } from '../legacy/logged-message.ts';
import { type Answer, failed, notFound, text } from './answer.ts';
import { CROSS_SITE_SENTENCE } from './cross-site.ts';
import { ASK_FOR_LOGIN, type Manner } from './manner.ts';
import { complaintOf } from './params.ts';

const PLAIN = 'text/plain; charset=utf-8';
const plain = (body: string, status: number, headers: Readonly<Record<string, string>> = {}): Answer => ({
  kind: 'text',
  status,
  contentType: PLAIN,
  body,
  headers,
});

/** As it has always been: an envelope with Code ERROR and status 500, or a line of text. */
export const historicManner: Manner = {
  queryOf: (given) => Object.fromEntries(Object.entries(given).map(([key, [first]]) => [key, first])),
  complain(complaint, { nowMs }) {
    switch (complaint.kind) {
      case 'login-required':
        return plain('Not Authorized\n', 401, ASK_FOR_LOGIN);
      case 'certificate':
        return text(`${complaint.sentence}\n`, PLAIN, 401);
      case 'unauthorized':
        return failed('Unauthorized');
      case 'cross-site':
        return failed(`Refused: ${CROSS_SITE_SENTENCE}`);
      case 'no-such-path':
        return notFound();
      case 'wrong-method':
        return plain('405 method not allowed\n', 405, { Allow: complaint.allowed.join(', ') });
      case 'bad-input':
        return failed(complaintOf(complaint.error));
      case 'bad-body':
        return failed('Invalid body');
      case 'thrown':
        return failed(historicMessage(complaint.thrown, nowMs));
    }
  },
};
