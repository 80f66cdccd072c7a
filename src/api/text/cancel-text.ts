/** What cancelling an apply means, in sentences: told before it is done. */
export const CANCEL_OF_APPLY = [
  'terraform gets one SIGINT: it breaks off what it is doing, saves the state and unlocks; nothing is rolled back',
  'what is changed already stays changed; what was just being made may be left tainted, and the next plan replaces it',
  'while the state’s address does not answer, terraform first waits for it; no second signal is ever sent',
] as const;
