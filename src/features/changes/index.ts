export { ChangeService, type ChangeServiceDeps } from './change-service.ts';
export { type ChangedAnswer, type ChangedQuestion, computeChanged } from './compute-changed.ts';
export { DeletionDesk, type ReleasedDeletion } from './deletion-desk.ts';
export { type ChangedStack, type ChangeInput, detectChanges } from './detect-changes.ts';
export { HeadDependencies } from './head-dependencies.ts';
export type { HeadOverlay, OverlaidCommit, OverlaidHead } from './head-overlay.ts';
export type { Notice, Notices } from './notices.ts';
