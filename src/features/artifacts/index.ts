export { type ArtifactIdentity, RunArtifacts, type RunArtifactsDeps } from './run-artifacts.ts';
export { sqlArtifactRowStore } from './sql-artifact-row-store.ts';
