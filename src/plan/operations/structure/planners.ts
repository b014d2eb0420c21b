import type { OperationPlanner } from '../input.ts';
import type { OperationKind } from '../request.ts';
import { planDisableGtid, planEnableGtid } from './gtid-use.ts';
import { planMakeCoMaster } from './make-co-master.ts';
import { planMakeLocalMaster } from './make-local-master.ts';
import { planMakeMaster } from './make-master.ts';
import { planRegroup, planRegroupBinlogServers, planRegroupGtid, planRegroupPseudoGtid } from './regroup.ts';
import { planTakeMaster } from './take-master.ts';
import { planMatchUp, planMoveBelow, planMoveUp, planRematch, planTakeSiblings } from './up-and-below.ts';

/** The operations that change the shape of the tree around a server. */
export const STRUCTURE_PLANNERS = {
  'move-up': planMoveUp,
  'move-below': planMoveBelow,
  'match-up': planMatchUp,
  rematch: planRematch,
  'take-siblings': planTakeSiblings,
  'make-co-master': planMakeCoMaster,
  'take-master': planTakeMaster,
  'regroup-replicas': planRegroup,
  'regroup-replicas-gtid': planRegroupGtid,
  'regroup-replicas-pgtid': planRegroupPseudoGtid,
  'regroup-replicas-bls': planRegroupBinlogServers,
  'make-master': planMakeMaster,
  'make-local-master': planMakeLocalMaster,
  'enable-gtid': planEnableGtid,
  'disable-gtid': planDisableGtid,
} as const satisfies Partial<Record<OperationKind, OperationPlanner>>;
