export { BlobFacts, type BlobFactsOptions } from './blob-facts.ts';
export { checkStacks, type PlaceOfKey, type StackFinding } from './check-stacks.ts';
export type { StackProblem } from './closure.ts';
export { isDirectoryGone } from './directory-gone.ts';
export { advanceGraph, type LoadedGraph, type LoadRequest, loadConfigAt, loadGraph } from './graph-loader.ts';
export { type GraphOptions, permissiveOptions, type StackNaming } from './graph-options.ts';
export { type BlobKey, noParseCache, type ParseCache } from './parse-cache.ts';
export { innerDir, outerDir } from './repo-path.ts';
export {
  type ConfigFault,
  type ConfiguredStack,
  REPOSITORY_FILE,
  type ReadConfig,
  type ReadRepositoryConfig,
  type RepositoryConfig,
  UNLISTED_STACK,
} from './repository-config.ts';
export { SqlParseCache } from './sql-parse-cache.ts';
export { SqlStackRows } from './sql-stack-rows.ts';
export { SqlStackStore } from './sql-stack-store.ts';
export type { StackGraph } from './stack-graph.ts';
export { inputsDigest, toRunSpec } from './stack-inputs.ts';
export { StackMover } from './stack-mover.ts';
export { stackNeeds } from './stack-needs.ts';
export { type StackNode, unreadableText } from './stack-node.ts';
export { StackReader, type StackReaderDeps, type StackRows } from './stack-reader.ts';
export type { StackStore } from './stack-store.ts';
export type { StackExplanation, StackJson } from './stack-view.ts';
export type { DerivedDependency } from './state-links.ts';
export type { Touch } from './touch.ts';
