export { configureRepositories } from './configure-repositories.ts';
export type { HeadProcessor, HeadStore, HeadToProcess } from './head-processor.ts';
export { RepoMirrors } from './repo-mirrors.ts';
export { RepoWatcher } from './repo-watcher.ts';
export { registerWebhookRoutes } from './repo-webhook-routes.ts';
export { SqlRepoStore } from './sql-repo-store.ts';
