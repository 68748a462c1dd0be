import Box from '@cloudscape-design/components/box';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useLocation, useNavigate, useParams } from 'react-router';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { useAddress } from '../../frame/addresses.ts';
import { Loading } from '../../frame/loading.tsx';
import { CloneUrlMenu } from '../clone-url-menu.tsx';
import { branchOf, codePath, codePlaceOf } from './code-addresses.ts';
import { CodePage, Specified } from './code-page.tsx';
import { useEntry, useRepository } from './code-reads.ts';
import { FileView } from './file-view.tsx';
import { FolderView } from './folder-view.tsx';
import { PathLinks } from './path-links.tsx';
import { ReferenceSelect } from './reference-select.tsx';

/** Folders and files at a branch, a tag or a commit. */
export function Component() {
  const { name = '' } = useParams();
  const { specifier, path } = codePlaceOf(useLocation().pathname);
  const repository = useRepository(name).data?.repositoryMetadata;
  return (
    <CodePage name={name} title="Code" actions={repository !== undefined && <CloneUrlMenu repository={repository} />}>
      <Specified name={name} specifier={specifier}>
        {(shown) => <Place name={name} specifier={shown} path={path} />}
      </Specified>
    </CodePage>
  );
}

interface PlaceProps {
  readonly name: string;
  readonly specifier: string;
  readonly path: string;
}

function Place({ name, specifier, path }: PlaceProps) {
  const navigate = useNavigate();
  const address = useAddress();
  const { data, error } = useEntry(name, specifier, path);
  return (
    <SpaceBetween size="m">
      <div className="code-bar">
        <ReferenceSelect
          name={name}
          label="Branch or tag"
          specifier={specifier}
          onChange={(chosen) => void navigate(address(codePath(name, 'browse', { specifier: chosen, path })))}
        />
        <PathLinks name={name} specifier={specifier} path={path} />
        {data?.kind === 'folder' && <AddFile name={name} specifier={specifier} path={path} />}
      </div>
      <ErrorAlert error={error} />
      {error?.name === 'FileTooLargeException' && <Box>Clone the repository to open this file.</Box>}
      {data === undefined && error === null && <Loading what={path === '' ? 'files' : path} />}
      {data?.kind === 'folder' && <FolderView name={name} specifier={specifier} folder={data.folder} />}
      {data?.kind === 'file' && <FileView name={name} specifier={specifier} path={path} file={data.file} />}
    </SpaceBetween>
  );
}

function AddFile({ name, specifier, path }: PlaceProps) {
  const navigate = useNavigate();
  const address = useAddress();
  const isBranch = branchOf(specifier) !== undefined;
  const go = (page: string) => void navigate(address(codePath(name, page as 'create' | 'upload', { specifier, path })));
  return (
    <ButtonDropdown
      items={[
        { id: 'create', text: 'Create file' },
        { id: 'upload', text: 'Upload file' },
      ]}
      disabled={!isBranch}
      {...(!isBranch && { disabledReason: 'Commits go to branches: choose one.' })}
      expandToViewport
      onItemClick={({ detail }) => go(detail.id)}
    >
      Add file
    </ButtonDropdown>
  );
}
