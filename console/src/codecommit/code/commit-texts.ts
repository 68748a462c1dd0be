import type { UserInfo } from '@aws-sdk/client-codecommit';

/** The first line of a commit's message. */
export function subjectOf(message: string | undefined): string {
  const [subject = ''] = (message ?? '').trimStart().split('\n', 1);
  return subject.trimEnd() === '' ? '(no message)' : subject.trimEnd();
}

/** What follows the first line. */
export function bodyOf(message: string | undefined): string {
  const lines = (message ?? '').trimStart().split('\n');
  return lines.slice(1).join('\n').trim();
}

/** Of Git's `1484167798 -0800`: seconds since 1970, and the author's offset, which is not shown. */
export function timeOf(user: UserInfo | undefined): Date | undefined {
  const seconds = Number.parseInt(user?.date ?? '', 10);
  const time = new Date(seconds * 1_000);
  return Number.isNaN(time.getTime()) ? undefined : time;
}
