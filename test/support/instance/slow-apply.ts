/**
 * A stack whose apply takes a while and leaves traces: `began` and `ended` are lines in a side log, and a folder made
 * exclusively meanwhile proves that nobody else applies it. `seconds` of sleep between the two.
 */
export function slowStack(log: string, seconds: number): string {
  const script = [
    `mkdir '${log}.busy' || exit 97`,
    `echo began >> '${log}'`,
    `sleep ${seconds}`,
    `echo ended >> '${log}'`,
    `rmdir '${log}.busy'`,
  ].join(' && ');
  return `resource "terraform_data" "slow" {\n  provisioner "local-exec" {\n    command = ${JSON.stringify(script)}\n  }\n}\n`;
}

/** Whether a process is an engine, its shim or what they started: everything else may die in mid-apply. */
export function belongsToApply(command: string): boolean {
  return /shim|terraform apply|sleep \d|local-exec|\.busy/.test(command) && !/holdfast\.mjs/.test(command);
}
