import Alert from '@cloudscape-design/components/alert';
import { UserText } from './user-text.tsx';

/** What the API refused, as it words it, in the place of what was asked for. */
export function ErrorAlert({ error }: { readonly error: Error | null }) {
  if (error === null) return null;
  return (
    <Alert type="error" header={errorTitle(error.name)}>
      <span className="wrapping">
        <UserText>{error.message}</UserText>
      </span>
    </Alert>
  );
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
