import { AppLink } from '../../elements/app-link.tsx';
import { CopyButton } from '../../elements/secret.tsx';
import { UserText } from '../../elements/user-text.tsx';
import { codePath } from './code-addresses.ts';

interface PathLinksProps {
  readonly name: string;
  readonly specifier: string;
  readonly path: string;
}

/** Where one is in the repository: each folder on the way leads back to it. */
export function PathLinks({ name, specifier, path }: PathLinksProps) {
  const parts = path === '' ? [] : path.split('/');
  return (
    <nav className="path-links" aria-label="Path in the repository">
      <Part name={name} specifier={specifier} path="" text={name} isLast={parts.length === 0} />
      {parts.map((part, index) => {
        const upTo = parts.slice(0, index + 1).join('/');
        return (
          <span key={upTo}>
            <span className="path-slash">/</span>
            <Part name={name} specifier={specifier} path={upTo} text={part} isLast={index === parts.length - 1} />
          </span>
        );
      })}
      {path !== '' && <CopyButton name="path" value={path} />}
    </nav>
  );
}

function Part({
  name,
  specifier,
  path,
  text,
  isLast,
}: PathLinksProps & { readonly text: string; readonly isLast: boolean }) {
  if (isLast) {
    return (
      <b aria-current="page">
        <UserText>{text}</UserText>
      </b>
    );
  }
  return (
    <AppLink to={codePath(name, 'browse', { specifier, path })}>
      <UserText>{text}</UserText>
    </AppLink>
  );
}
