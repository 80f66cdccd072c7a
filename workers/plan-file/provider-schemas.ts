import type { Members } from './value-shape.ts';

/** A resource type of a provider. */
export interface TypeRef {
  /** Source address: `registry.terraform.io/hashicorp/aws`. */
  readonly provider: string;
  readonly type: string;
}

/** What schemas say of the resource types that were asked for; undefined for a type that they do not have. */
export interface ProviderSchemas {
  membersOf(ref: TypeRef): Members | undefined;
}

/** The provider that is built into the engines. */
export const BUILTIN_PROVIDER = 'terraform.io/builtin/terraform';

/** The key of a type in maps and files; neither part can hold a space. */
export function keyOfType({ provider, type }: TypeRef): string {
  return `${provider} ${type}`;
}
