const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/;

/** What is wrong with a name under `env` in holdfast.yaml, or null: those that steer the engine, git or the loader are refused. */
export function repositoryVariableFault(name: string): string | null {
  if (!VARIABLE.test(name)) return 'must be a variable name: letters, digits and `_`';
  if (/^TF_VAR_./.test(name)) return null;
  const steers = /^((TF|GIT|LD|NODE|SSH|DYLD|HOLDFAST)_.*|PATH|HOME|TMPDIR)$/i;
  return steers.test(name) ? 'is not for a repository to set; only TF_VAR_… of those are' : null;
}

/** What is wrong with a name under `environment` in server.yaml, or null: those that Holdfast sets itself are refused. */
export function serverVariableFault(name: string): string | null {
  if (!VARIABLE.test(name)) return 'must be a variable name: letters, digits and `_`';
  const isOurs = /^(TF_CLI_CONFIG_FILE|TF_DATA_DIR|TF_WORKSPACE|TF_CLI_ARGS.*|TF_REATTACH_PROVIDERS|HOLDFAST_.*)$/;
  return isOurs.test(name) ? 'is set by Holdfast alone' : null;
}
