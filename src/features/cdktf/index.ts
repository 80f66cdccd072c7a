export { AppOverlay } from './app-overlay.ts';
export { readTarFiles } from './read-tar.ts';
export { SqlSynthStore } from './sql-synth-store.ts';
export { SynthDesk } from './synth-desk.ts';
export { registerSynthRoutes } from './synth-routes.ts';
export type { SynthesisedStack } from './synth-store.ts';
