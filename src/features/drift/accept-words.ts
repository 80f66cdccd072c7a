import type { AttributeChange, PlanAction } from '../../kernel/plan-outcome.ts';

/** So many attributes are spelled out. */
const SPELLED = 5;
const UNKNOWN = '(known after apply)';

/**
 * What to write where, so that what was found is what is wanted: the files and the attributes, in words. `dir` is the
 * stack's directory. Pure.
 */
export function toAccept(
  finding: { readonly address: string; readonly action: PlanAction; readonly attributes: readonly AttributeChange[] },
  dir: string,
): string {
  const { module, type, name } = partsOf(finding.address);
  const files = dir === '.' ? "the files of the repository's root" : `the files of ${dir}`;
  const place =
    module === '' ? files : `the files of the module that ${module} names (or the values that ${files} give it)`;
  const block = `resource "${type}" "${name}"`;
  if (finding.action === 'delete') {
    return `take ${block} out of ${place} (or put \`removed\` in its place), then push`;
  }
  // What a provider computes is nobody's to write, nor is what nobody may see.
  const known = finding.attributes.filter(
    ({ before, after }) => before !== UNKNOWN && after !== null && !after.startsWith('('),
  );
  if (known.length === 0) return `write what was found into ${block} in ${place}, then push`;
  const told = known
    .slice(0, SPELLED)
    .map(({ path, after }) => `${path} = ${JSON.stringify((after ?? '').slice(0, 200))}`);
  const more = known.length > SPELLED ? ` and ${known.length - SPELLED} more` : '';
  return `write ${told.join(', ')}${more} into ${block} in ${place}, then push`;
}

/** `module.a["x"].aws_vpc.main[0]`: the module's path, type and name without keys. */
function partsOf(address: string): { module: string; type: string; name: string } {
  const plain = address.replace(/\["(?:[^"\\]|\\.)*"\]|\[\d+\]/g, '');
  const words = plain.split('.');
  const cut = words.lastIndexOf('module');
  const own = cut === -1 ? words : words.slice(cut + 2);
  return { module: cut === -1 ? '' : words.slice(0, cut + 2).join('.'), type: own[0] ?? '', name: own[1] ?? '' };
}
