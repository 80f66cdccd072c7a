export type { HeadProcessor, HeadStore, HeadToProcess, ProcessedHead } from './head-processor.ts';
export { RepoMirrors, type RepoMirrorsOptions } from './repo-mirrors.ts';
export type { Head, LookRecord, RepoStore, RepositoryStatus } from './repo-store.ts';
export { RepoWatcher, type RepoWatcherDeps, withoutUserinfo } from './repo-watcher.ts';
export { registerWebhookRoutes, type WebhookRouteDeps } from './repo-webhook-routes.ts';
export { SqlRepoStore } from './sql-repo-store.ts';
export type { WatchedRepository, WebhookProvider, WebhookSecret } from './watched-repository.ts';
