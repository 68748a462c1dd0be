import './code.css';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { Loading } from '../../frame/loading.tsx';
import { usePage } from '../../frame/page-context.ts';
import { repositoryPath } from '../repositories.ts';
import { defaultSpecifier, useRepository } from './code-reads.ts';
import { EmptyRepository } from './empty-repository.tsx';

interface CodePageProps {
  readonly name: string;
  /** Of the browser's tab: "Commits". */
  readonly title: string;
  /** Of the page, where it is not the repository's name. */
  readonly heading?: ReactNode;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** Where a page of a repository's code is: {@link usePage}. */
export function useCodePage(name: string, title: string): void {
  usePage(`${title} of ${name}`, [
    { text: 'CodeCommit', path: '/codecommit/repositories' },
    { text: 'Repositories', path: '/codecommit/repositories' },
    { text: name, path: repositoryPath(name, 'browse') },
    ...(title === 'Code' ? [] : [{ text: title, path: location.pathname.slice('/console'.length) }]),
  ]);
}

/** What is around each page of a repository's code but those that are one list. */
export function CodePage({ name, title, heading, description, actions, children }: CodePageProps) {
  useCodePage(name, title);
  return (
    <ContentLayout
      header={
        <Header variant="h1" description={description} actions={<div className="actions">{actions}</div>}>
          {heading ?? name}
        </Header>
      }
    >
      <SpaceBetween size="m">{children}</SpaceBetween>
    </ContentLayout>
  );
}

interface SpecifiedProps {
  readonly name: string;
  /** Of the address; empty for the default branch. */
  readonly specifier: string;
  readonly children: (specifier: string) => ReactNode;
}

/** Shows what belongs to a commit: of the address, else of the default branch; what to do next where there is none. */
export function Specified({ name, specifier, children }: SpecifiedProps) {
  const { data, error } = useRepository(name);
  if (specifier !== '') return children(specifier);
  if (error !== null) return <ErrorAlert error={error} />;
  if (data === undefined) return <Loading what="repository" />;
  const standard = defaultSpecifier(data.repositoryMetadata);
  return standard === undefined ? <EmptyRepository name={name} /> : children(standard);
}
