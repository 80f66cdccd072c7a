export { type DependencyFault, dependencyFaults } from './dependency-faults.ts';
export type { DependencyStore } from './dependency-store.ts';
export { DependencyWaits } from './dependency-waits.ts';
export {
  type FoundOutputs,
  type InputAge,
  type InputValue,
  InputValues,
  type ReadInputs,
  withDigests,
} from './input-values.ts';
export { isReading } from './is-reading.ts';
export { LongWaits } from './long-waits.ts';
export { OutputReadings } from './output-readings.ts';
export { type OutputReader, OutputsFollower } from './outputs-follower.ts';
export { RunRemarks } from './run-remarks.ts';
export { sqlDependencyStore } from './sql-dependency-store.ts';
