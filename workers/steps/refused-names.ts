const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Names that a repository must not set: they steer the engine, git or the loader, not the configuration. */
const REFUSED_OF_REPOSITORY =
  /^(TF_(?!VAR_).*|CHECKPOINT_.*|GIT_.*|LD_.*|DYLD_.*|NODE_.*|SSH_.*|BASH_ENV|ENV|PATH|HOME|TMPDIR)$/;

/** Names that only the worker decides, whoever asks. */
const REFUSED_OF_ALL =
  /^(TF_DATA_DIR|TF_CLI_CONFIG_FILE|TERRAFORM_CONFIG|TF_WORKSPACE|TF_CLI_ARGS.*|TF_REATTACH_PROVIDERS|TF_INPUT|TF_IN_AUTOMATION|TF_HTTP_.*|TMPDIR|LD_.*|DYLD_.*|NODE_.*|BASH_ENV)$/;

/** Whether holdfast.yaml's `env` may not set this name. */
export function isRefusedOfRepository(name: string): boolean {
  return !NAME.test(name) || REFUSED_OF_REPOSITORY.test(name);
}

/**
 * Whether server.yaml's `environment` may not set or pass this name. Addresses of a state (`TF_HTTP_*`) are the operator's
 * only where the backend is somebody else's.
 */
export function isRefusedOfOperator(name: string, backend: 'own' | 'override' | 'foreign'): boolean {
  if (backend === 'foreign' && name.startsWith('TF_HTTP_')) return !NAME.test(name);
  return !NAME.test(name) || REFUSED_OF_ALL.test(name);
}
