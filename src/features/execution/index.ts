export { AdoptService } from './adopt-service.ts';
export { ApplyClaims } from './apply-claims.ts';
export type { EndName } from './apply-end.ts';
export { ApplyEnder } from './apply-ender.ts';
export { ApplyOutcomeService } from './apply-outcome-service.ts';
export { ApplyReportService, ERRORED_STATE } from './apply-report-service.ts';
export { ApplySweep } from './apply-sweep.ts';
export { artifactAbout } from './artifact-about.ts';
export type { InputSource } from './claim-inputs.ts';
export { ClaimService } from './claim-service.ts';
export { DocumentPlanKeeper } from './document-plan-keeper.ts';
export { type Bell, Doorbell, type DoorbellDeps, type Ring } from './doorbell.ts';
export { ErroredStates } from './errored-states.ts';
export type {
  ArtifactIntake,
  EnvironmentFor,
  LogKeeper,
  SourceArchive,
  StateAccess,
} from './execution-ports.ts';
export { type ExecutionDeps, type LargeOutcome, registerExecutionRoutes } from './execution-routes.ts';
export { HeartbeatService } from './heartbeat-service.ts';
export { LeaseSweep } from './lease-sweep.ts';
export { NextClaims } from './next-claims.ts';
export { type NeedsNobody, OutcomeService } from './outcome-service.ts';
export type { PackedPlan, PlanKeeper } from './plan-keeper.ts';
export type { HelloRequest, HelloResponse } from './protocol.ts';
export { RunFileService } from './run-file-service.ts';
export { SqlAdoptionStore } from './sql-adoption-store.ts';
export { SqlWorkerStore } from './sql-worker-store.ts';
export { StrayStateService, type TellBlocked } from './stray-state-service.ts';
export { UnbegunClaims } from './unbegun-claims.ts';
export { requireWorkerSecret } from './worker-auth.ts';
export type { WorkerStore } from './worker-store.ts';
