export { type ApplyClaim, decideApplyClaim } from './apply-claim-decision.ts';
export type { ApplyWindow } from './apply-windows.ts';
export { ApplyWorld, type ApplyWorldDeps } from './apply-world.ts';
export type {
  ApplyGates,
  Blocked,
  Freeze,
  PlanWorld,
  StateMark,
} from './approval-decision.ts';
export { type ApprovalDeps, ApprovalService } from './approval-service.ts';
export { AutoApply } from './auto-apply-service.ts';
export { decideOutcome, type OutcomeDecision, type PlanEnd } from './decide-outcome.ts';
export { type DestroyDeps, DestroyPlanner } from './destroy-planner.ts';
export { FreezeService, type FreezeView } from './freeze-service.ts';
export { newRun } from './new-run.ts';
export { type HeadOf, Replanner, type StackAtHead } from './replanner.ts';
export { type Passage, RunDoor } from './run-door.ts';
export { isHeldByWorker } from './run-invariants.ts';
export { HeadRunPlanner } from './run-planner.ts';
export type {
  AffectedStack,
  DeletedStack,
  GoneStack,
  HeadRuns,
  Reader,
  RunListener,
  RunPlanner,
  RunTransition,
  Tx,
} from './run-ports.ts';
export { type ManualRequest, RunService } from './run-service.ts';
export type { RunSource, RunSpec } from './run-spec.ts';
export type { Admissible, AdmissibleFilter, RunFilter, RunPage, RunReader, RunStore } from './run-store.ts';
export { sqlFreezeStore } from './sql-freeze-store.ts';
export { SqlRunStore } from './sql-run-store.ts';
export { hasTouchedTheWorld, sqlStackMarks } from './sql-stack-marks.ts';
export { StackBlocks } from './stack-blocks.ts';
export { StackLife } from './stack-life.ts';
export type { LastApplied, StackMark, StackMarks } from './stack-marks.ts';
export { type WaitingFor, waitingFor } from './waiting-for.ts';
export { WaitingService } from './waiting-service.ts';
