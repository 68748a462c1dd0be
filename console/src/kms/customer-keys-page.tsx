import { LinkButton } from '../elements/app-link.tsx';
import { ResourceTable } from '../elements/resource-table.tsx';
import { usePage } from '../frame/page-context.ts';
import { CUSTOMER_KEY_COLUMNS, textOf } from './key-cells.tsx';
import { useKeys } from './keys.ts';

export function Component() {
  usePage('Customer managed keys', [
    { text: 'KMS', path: '/kms/keys' },
    { text: 'Customer managed keys', path: '/kms/keys' },
  ]);
  const { data, isPending, error } = useKeys();
  return (
    <ResourceTable
      title="Customer managed keys"
      variant="full-page"
      actions={
        <LinkButton variant="primary" to="/kms/keys/create">
          Create key
        </LinkButton>
      }
      items={data?.customerManaged}
      isLoading={isPending}
      error={error}
      columns={CUSTOMER_KEY_COLUMNS}
      idOf={({ keyId }) => keyId}
      textOf={textOf}
      empty="No customer managed keys in this Region. Create one to control who can read the repositories that it encrypts."
    />
  );
}
