/** One CDKTF app of a repository, as of its last processed head. */
export interface CdktfAppTable {
  repository: string;
  dir: string;
  /** JSON: the app's entry of holdfast.yaml with every default (`ConfiguredStack`, its name filled in). */
  settings: string;
  /** The synthesis that the head asks for. */
  wanted_key: string;
  /** The synthesis whose stacks are the repository's; null before the first. */
  applied_key: string | null;
  /** 1: seen on a first sight that makes no runs; its stacks only become known. */
  is_silent: 0 | 1;
}

/** One synthesis: a job of the workers, by the digest of all that it depends on. */
export interface SynthTable {
  key: string;
  repository: string;
  app: string;
  dir: string;
  commit_sha: string;
  /** JSON (`SynthJob`): what a worker needs to know. */
  job: string;
  status: 'queued' | 'running' | 'done' | 'failed';
  attempt: number;
  claim_id: string | null;
  worker: string | null;
  lease_until: number | null;
  not_before: number;
  error: string | null;
  created_at: number;
  finished_at: number | null;
}

/** A synthesised stack as a tar, by the SHA-256 of its bytes. */
export interface SynthTarTable {
  digest: string;
  /** Below the store of synthesised stacks. */
  path: string;
  size: number;
  created_at: number;
}

export interface CdktfTables {
  cdktf_apps: CdktfAppTable;
  synths: SynthTable;
  synth_tars: SynthTarTable;
}
