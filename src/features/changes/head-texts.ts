import { HoldfastError } from '../../kernel/errors.ts';
import type { DependencyFault } from '../dependencies/index.ts';
import type { HeadToProcess } from '../repos/index.ts';
import type { Notice } from './notices.ts';
import type { SeenHead } from './seen-head.ts';
import { listed } from './stack-endings.ts';

/** Nobody deletes everything in one commit on purpose: a branch that was emptied says nothing about the world. */
export function emptied({ commit }: HeadToProcess): HoldfastError {
  return new HoldfastError(
    'invalid',
    `commit ${commit.slice(0, 12)} has no files at all: nothing is planned or destroyed`,
    {
      treatment: { kind: 'human', wayOut: 'push the files again; to destroy stacks, delete their directories alone' },
    },
  );
}

/** What people are told of deletions that are held back. */
export function noticeOf(head: HeadToProcess, { by }: SeenHead, names: readonly string[]): Notice {
  const push = `${head.commit.slice(0, 12)} "${by.message}" by ${by.author.replace(/ *<.*/, '')}`;
  return {
    repository: head.repository,
    title: `${names.length} stacks of repository ${head.repository} were deleted in one push: nothing is destroyed yet`,
    sentences: [
      `${names.length} stacks of repository ${head.repository} were deleted by ${push}: ${listed(names)}.`,
      'That is more than `limits.deletions`, so they are held; push the directories again, or let the destroy plans go on: holdfast stacks release',
    ],
  };
}

/** A fault with its place. */
export function faultText({ message, file, line }: DependencyFault): string {
  return `${message} (${file}${line === null ? '' : `:${line}`})`;
}
