/** The reason a recovery gives for the downtime of servers it left behind (historic). */
export const LOST_IN_RECOVERY = 'lost-in-recovery';
