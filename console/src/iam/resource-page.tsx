import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { TabsProps } from '@cloudscape-design/components/tabs';
import type { ReactNode } from 'react';
import { AddressedTabs } from '../elements/addressed-tabs.tsx';
import { ErrorAlert, isMissing, type ListPage } from '../elements/error-alert.tsx';

interface ResourcePageProps {
  readonly name: string;
  /** "user", for who does not see the tabs. */
  readonly noun: string;
  /** Where all of its kind are. */
  readonly list: ListPage;
  readonly actions: ReactNode;
  readonly summaryTitle?: string;
  readonly summary: ReactNode;
  /** Why the resource could not be read. */
  readonly error: Error | null;
  readonly tabs: readonly TabsProps.Tab[];
  /** Its dialogs. */
  readonly children: ReactNode;
}

/** The page of one user, group, role or policy. What is refused of it leaves the rest alive; one that is not there has no rest. */
export function ResourcePage(properties: ResourcePageProps) {
  const { name, noun, list, actions, summaryTitle = 'Summary', summary, error, tabs, children } = properties;
  if (isMissing(error)) return <MissingPage name={name} list={list} error={error} />;
  return (
    <ContentLayout
      header={
        <Header variant="h1" actions={<div className="actions">{actions}</div>}>
          {name}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <Container header={<Header variant="h2">{summaryTitle}</Header>}>
          <ErrorAlert error={error} />
          {error === null && summary}
        </Container>
        <AddressedTabs name={`Of ${noun} ${name}`} tabs={tabs} />
      </SpaceBetween>
      {children}
    </ContentLayout>
  );
}

type MissingPageProps = Pick<ResourcePageProps, 'name' | 'list' | 'error'>;

/** In the place of a page about something that is not there. */
export function MissingPage({ name, list, error }: MissingPageProps) {
  return (
    <ContentLayout header={<Header variant="h1">{name}</Header>}>
      <ErrorAlert error={error} list={list} />
    </ContentLayout>
  );
}
