/** How many stacks `twelveStacks` has. */
export const STACKS = 12;

/** `s01` … `s12`. */
export function stackName(nth: number): string {
  return `s${String(nth).padStart(2, '0')}`;
}

/**
 * Twelve stacks in a repository: all call modules/label; 4 and 5 modules/net, which calls modules/zone; 7 and 8 read
 * files/motd.txt; 12 has nothing to create. Only what is built into the engine.
 */
export function twelveStacks(): Record<string, string> {
  const files: Record<string, string> = {
    'modules/label/main.tf': `${label('label')}output "name" { value = var.name }\n`,
    'modules/net/main.tf': `module "zone" { source = "../zone" }\n${resource('net')}`,
    'modules/zone/main.tf': resource('zone'),
    'files/motd.txt': 'hello\n',
    'README.md': 'Twelve stacks.\n',
  };
  for (let nth = 1; nth <= STACKS; nth++) files[`${stackName(nth)}/main.tf`] = stackFile(nth);
  return files;
}

/** A resource that a plan wants to create. */
export function resource(name: string, input = 'a'): string {
  return `resource "terraform_data" "${name}" {\n  input = "${input}"\n}\n`;
}

function stackFile(nth: number): string {
  const call = 'module "label" {\n  source = "../modules/label"\n  name   = "x"\n}\n';
  if (nth === 12) return call;
  const net = nth === 4 || nth === 5 ? 'module "net" { source = "../modules/net" }\n' : '';
  const motd = `resource "terraform_data" "motd" {\n  input = file("\${path.module}/../files/motd.txt")\n}\n`;
  return `${call}${net}${nth === 7 || nth === 8 ? motd : ''}${resource('own')}`;
}

function label(name: string): string {
  return `variable "name" { type = string }\nlocals { ${name} = "\${var.name}!" }\n`;
}
