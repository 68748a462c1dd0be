import { ResourceTable } from '../elements/resource-table.tsx';
import { usePage } from '../frame/page-context.ts';
import { AWS_KEY_COLUMNS, textOf } from './key-cells.tsx';
import { useKeys } from './keys.ts';

export function Component() {
  usePage('AWS managed keys', [
    { text: 'KMS', path: '/kms/keys' },
    { text: 'AWS managed keys', path: '/kms/aws-managed-keys' },
  ]);
  const { data, isPending, error } = useKeys();
  return (
    <ResourceTable
      title="AWS managed keys"
      description="Made by services for themselves. Nobody can change, disable or delete them."
      variant="full-page"
      items={data?.awsManaged}
      isLoading={isPending}
      error={error}
      columns={AWS_KEY_COLUMNS}
      idOf={({ keyId }) => keyId}
      textOf={textOf}
      empty="None in this Region yet: aws/codecommit is made with the first repository that names no key of its own."
    />
  );
}
