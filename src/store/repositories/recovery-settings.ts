export interface RecoverySettings {
  /** This process, as rows name who works at them. */
  readonly node: { readonly hostname: string; readonly token: string };
  /** RecoveryPeriodBlockSeconds: how long one recovery holds back the next of its cluster. */
  readonly periodBlockSeconds: number;
  /** FailureDetectionPeriodBlockMinutes × 60. */
  readonly detectionPeriodBlockSeconds: number;
  /** A block not refreshed for so long is over: twice the evaluation interval, historically 2 s. */
  readonly blockedExpirySeconds: number;
}
