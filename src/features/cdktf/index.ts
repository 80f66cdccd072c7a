export { AppDesk, type AppState } from './app-desk.ts';
export { AppOverlay } from './app-overlay.ts';
export { readTarFiles } from './read-tar.ts';
export { SqlSynthRetention } from './sql-synth-retention.ts';
export { SqlSynthStore } from './sql-synth-store.ts';
export { SynthDesk } from './synth-desk.ts';
export { SynthRetention } from './synth-retention.ts';
export { registerSynthRoutes } from './synth-routes.ts';
export type { SynthesisedStack } from './synth-store.ts';
