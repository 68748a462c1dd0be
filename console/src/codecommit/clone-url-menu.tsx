import type { RepositoryMetadata } from '@aws-sdk/client-codecommit';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import { useRegion } from '../frame/addresses.ts';
import { useNotify } from '../frame/notifications.tsx';
import { cloneUrlGrc } from './repositories.ts';

interface CloneUrlMenuProps {
  readonly repository: RepositoryMetadata;
  readonly variant?: 'normal' | 'inline-icon' | 'primary';
}

/** Each of the three clone URLs is copied at once. */
export function CloneUrlMenu({ repository, variant = 'normal' }: CloneUrlMenuProps) {
  const notify = useNotify();
  const region = useRegion();
  const { repositoryName: name = '', cloneUrlHttp = '', cloneUrlSsh = '' } = repository;
  const urls: Record<string, string> = {
    HTTPS: cloneUrlHttp,
    'HTTPS (GRC)': cloneUrlGrc(region, name),
    SSH: cloneUrlSsh,
  };
  return (
    <ButtonDropdown
      variant={variant === 'primary' ? 'primary' : 'normal'}
      expandToViewport
      disabled={repository.cloneUrlHttp === undefined}
      ariaLabel={`Clone URL of ${name}`}
      items={Object.keys(urls).map((id) => ({ id, text: `Clone ${id}`, iconName: 'copy' }))}
      onItemClick={async ({ detail }) => {
        const url = urls[detail.id] ?? '';
        await navigator.clipboard.writeText(url);
        notify(`Copied: ${url}`);
      }}
    >
      Clone URL
    </ButtonDropdown>
  );
}
