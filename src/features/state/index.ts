export { hclQuote } from './hcl-quote.ts';
export { createStateBackend, type StateBackend, type StateBackendOptions } from './state-backend.ts';
export type { StateHistory } from './state-history.ts';
export { parseOutputs } from './state-outputs.ts';
export type { MadeResource, StateResources } from './state-resources.ts';
export { type AdminLookup, registerStateRoutes, type StateRouteDeps } from './state-routes.ts';
export type { StateService } from './state-service.ts';
export type { StateVersion } from './state-store.ts';
