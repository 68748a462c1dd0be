import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';
import { ErrorAlert } from './error-alert.tsx';

interface SettingContainerProps {
  readonly title: string;
  readonly children: ReactNode;
  /** On the button: "Save description". */
  readonly action: string;
  /** Nothing has been changed that could be saved. */
  readonly isDisabled: boolean;
  readonly isPending: boolean;
  readonly error: Error | null;
  readonly onSave: () => void;
}

/** One setting that is saved by itself, and shows in the same place why it was not. */
export function SettingContainer(properties: SettingContainerProps) {
  const { title, children, action, isDisabled, isPending, error, onSave } = properties;
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            <Button
              disabled={isDisabled}
              disabledReason="There is no change to save."
              loading={isPending}
              onClick={onSave}
            >
              {action}
            </Button>
          }
        >
          {title}
        </Header>
      }
    >
      <SpaceBetween size="m">
        {children}
        <ErrorAlert error={error} />
      </SpaceBetween>
    </Container>
  );
}
