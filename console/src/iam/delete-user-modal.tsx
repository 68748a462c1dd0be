import SpaceBetween from '@cloudscape-design/components/space-between';
import { useIam } from '../api/iam.ts';
import { useRead } from '../api/queries.ts';
import { DeletionModal } from '../elements/deletion-modal.tsx';
import { ErrorAlert } from '../elements/error-alert.tsx';
import { LoadingLine } from '../frame/loading.tsx';
import { type Belonging, belongingsOf, deleteUser } from './user-belongings.ts';

interface DeleteUserModalProps {
  readonly userName: string;
  readonly leavesPage?: boolean;
  readonly onDone: () => void;
  readonly onDismiss: () => void;
}

export function DeleteUserModal({ userName, ...ends }: DeleteUserModalProps) {
  const iam = useIam();
  const belongings = useRead(['iam', 'belongings', userName], () => belongingsOf(iam, userName), {
    isReadOnce: true,
  });
  const remove = async () => {
    try {
      // Of who may not list them IAM itself tells what stands in the way.
      await deleteUser(iam, userName, belongings.data ?? []);
    } catch (error) {
      void belongings.refetch();
      throw error;
    }
  };
  return (
    <DeletionModal noun="User" name={userName} isReady={!belongings.isPending} remove={remove} {...ends}>
      <SpaceBetween size="s">
        <div>The user is deleted at once and for good. Whoever is signed in as this user is signed out.</div>
        {belongings.isPending && <LoadingLine what="what the user has" />}
        <ErrorAlert error={belongings.error} />
        {belongings.data !== undefined && <Belongings belongings={belongings.data} />}
      </SpaceBetween>
    </DeletionModal>
  );
}

function Belongings({ belongings }: { readonly belongings: readonly Belonging[] }) {
  if (belongings.length === 0) return <div>The user has no credentials, no policies and no groups.</div>;
  const kinds = Map.groupBy(belongings, ({ kind }) => kind);
  return (
    <div>
      These are deleted or taken away first:
      <ul className="belongings">
        {[...kinds].map(([kind, items]) => (
          <li key={kind}>
            {kind}: {items.map(({ name }) => name).join(', ')}
          </li>
        ))}
      </ul>
    </div>
  );
}
