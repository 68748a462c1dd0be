import {
  DeleteRolePermissionsBoundaryCommand,
  DeleteUserPermissionsBoundaryCommand,
  type IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutUserPermissionsBoundaryCommand,
} from '@aws-sdk/client-iam';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { useIam } from '../../api/iam.ts';
import { useChange } from '../../api/queries.ts';
import { ActionModal } from '../../elements/action-modal.tsx';
import { AppLink } from '../../elements/app-link.tsx';
import { ConfirmModal } from '../../elements/confirm-modal.tsx';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { useNotify } from '../../frame/notifications.tsx';
import { policyPath } from './policies.ts';
import { PolicyChoice } from './policy-choice.tsx';

export interface BoundedEntity {
  readonly kind: 'user' | 'role';
  readonly name: string;
}

interface PermissionsBoundaryProps {
  readonly entity: BoundedEntity;
  /** Undefined: none. */
  readonly arn: string | undefined;
  /** While it is not known whether there is one. */
  readonly isLoading: boolean;
}

/** The most that a user or role may ever do: the policy that says so, set, changed and removed. */
export function PermissionsBoundary({ entity, arn, isLoading }: PermissionsBoundaryProps) {
  const iam = useIam();
  const notify = useNotify();
  const [dialog, setDialog] = useState<'set' | 'remove'>();
  const removal = useChange(
    () => removeBoundary(iam, entity),
    () => {
      notify(`Permissions boundary of ${entity.name} removed.`);
      setDialog(undefined);
    },
  );
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="A policy that limits what the permissions above can allow. It allows nothing by itself."
          actions={
            <div className="actions">
              {arn !== undefined && <Button onClick={() => setDialog('remove')}>Remove boundary</Button>}
              <Button disabled={isLoading} onClick={() => setDialog('set')}>
                {arn === undefined ? 'Set permissions boundary' : 'Change boundary'}
              </Button>
            </div>
          }
        >
          Permissions boundary
        </Header>
      }
    >
      {arn === undefined ? (
        <Box color="text-body-secondary">{isLoading ? '-' : 'Not set'}</Box>
      ) : (
        <AppLink to={policyPath(arn)}>{arn}</AppLink>
      )}
      {dialog === 'set' && <BoundaryDialog entity={entity} onClose={() => setDialog(undefined)} />}
      {dialog === 'remove' && (
        <ConfirmModal
          title="Remove permissions boundary?"
          action="Remove"
          isPending={removal.isPending}
          error={removal.error}
          onConfirm={() => removal.mutate(undefined)}
          onDismiss={() => setDialog(undefined)}
        >
          {entity.name} may then do everything that its policies allow.
        </ConfirmModal>
      )}
    </Container>
  );
}

function BoundaryDialog({ entity, onClose }: { readonly entity: BoundedEntity; readonly onClose: () => void }) {
  const iam = useIam();
  const notify = useNotify();
  const [chosen, setChosen] = useState<ReadonlyMap<string, string>>(new Map());
  const setting = useChange(
    () => putBoundary(iam, entity, [...chosen.keys()][0] ?? ''),
    () => {
      notify(`Permissions boundary of ${entity.name} set.`);
      onClose();
    },
  );
  return (
    <ActionModal
      title={`Set the permissions boundary of ${entity.name}`}
      size="large"
      action="Set boundary"
      isPending={setting.isPending}
      isDisabled={chosen.size === 0}
      onAction={() => setting.mutate(undefined)}
      onDismiss={onClose}
    >
      <SpaceBetween size="m">
        <ErrorAlert error={setting.error} />
        <PolicyChoice title="Policies" kind="single" selected={chosen} onSelect={setChosen} />
      </SpaceBetween>
    </ActionModal>
  );
}

async function putBoundary(iam: IAMClient, { kind, name }: BoundedEntity, PermissionsBoundary: string): Promise<void> {
  await (kind === 'user'
    ? iam.send(new PutUserPermissionsBoundaryCommand({ UserName: name, PermissionsBoundary }))
    : iam.send(new PutRolePermissionsBoundaryCommand({ RoleName: name, PermissionsBoundary })));
}

async function removeBoundary(iam: IAMClient, { kind, name }: BoundedEntity): Promise<void> {
  await (kind === 'user'
    ? iam.send(new DeleteUserPermissionsBoundaryCommand({ UserName: name }))
    : iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName: name })));
}
