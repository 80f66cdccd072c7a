import { HoldfastError } from '../../src/kernel/errors.ts';

/** An error for a saved plan that is not as Holdfast knows it; `what` names a form, never a value. The caller asks the engine instead. */
export function unreadable(what: string): HoldfastError {
  return new HoldfastError('engine', `the saved plan is not as expected: ${what}`);
}
