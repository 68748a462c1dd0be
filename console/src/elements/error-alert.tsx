import Alert from '@cloudscape-design/components/alert';
import { LinkButton } from './app-link.tsx';
import { UserText } from './user-text.tsx';

const REPOSITORY_MISSING = 'RepositoryDoesNotExistException';

/** A page that lists what there is. */
export interface ListPage {
  readonly title: string;
  /** Below /console. */
  readonly path: string;
}

interface ErrorAlertProps {
  readonly error: Error | null;
  /** Where to look for another, if what a page is about is not there. */
  readonly list?: ListPage;
}

/** What the API refused, as it words it, in the place of what was asked for. */
export function ErrorAlert({ error, list }: ErrorAlertProps) {
  if (error === null) return null;
  const next = error.name === REPOSITORY_MISSING ? REPOSITORIES : list;
  return (
    <Alert
      type="error"
      header={errorTitle(error.name)}
      action={isMissing(error) && next && <LinkButton to={next.path}>Go to {next.title}</LinkButton>}
    >
      <span className="wrapping">
        <UserText>{error.message}</UserText>
      </span>
    </Alert>
  );
}

const REPOSITORIES: ListPage = { title: 'Repositories', path: '/codecommit/repositories' };
/** Of IAM, KMS and CodeCommit. */
const MISSING = ['NoSuchEntityException', 'NotFoundException', REPOSITORY_MISSING];

/** Whether what was asked for is not there. */
export function isMissing(error: Error | null): boolean {
  return error !== null && MISSING.includes(error.name);
}

const TITLES: Readonly<Record<string, string>> = {
  AccessDenied: 'Access denied',
  AccessDeniedException: 'Access denied',
  TypeError: 'Codekeep cannot be reached',
};

/** "Repository name exists" of RepositoryNameExistsException. */
export function errorTitle(name: string): string {
  const words = name
    .replace(/Exception$/, '')
    .replace(/([a-z])([A-Z])/g, (_pair, end, start) => `${end} ${start.toLowerCase()}`)
    .replace(/\bid\b/g, 'ID');
  return TITLES[name] ?? words;
}
