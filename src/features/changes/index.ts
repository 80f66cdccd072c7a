export { ChangeService, type ChangeServiceDeps } from './change-service.ts';
export { type ChangedAnswer, type ChangedQuestion, computeChanged } from './compute-changed.ts';
export { type ChangedStack, type ChangeInput, detectChanges } from './detect-changes.ts';
