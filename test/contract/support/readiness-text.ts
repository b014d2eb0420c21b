/** What the command line and the client print of the fake's readiness. */
export const READINESS_TEXT = [
  '10.0.0.1:1: degraded: 10.0.0.1:11 would replace 10.0.0.1:1 in about 140 ms. One thing is not as it should be.',
  'warning [no-answer]: 10.0.0.1:12 does not answer. → bring it back',
  'because: 10.0.0.1:11 is the most advanced replica',
  'time: about 140 ms',
  '  detect 60 ms: a crash',
  'loss: Nothing is known to be lost.',
  'candidates:',
  '  1  10.0.0.1:11, lag 0 s: 10.0.0.1:11 is the most advanced replica',
  '',
].join('\n');
