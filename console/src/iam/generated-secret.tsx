import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { csv, saveFile } from '../elements/csv.ts';
import { Details } from '../elements/details.tsx';
import { Copyable, Secret } from '../elements/secret.tsx';

interface Part {
  readonly label: string;
  /** As the line of names in the downloaded file has it. */
  readonly column: string;
  readonly value: string;
}

interface GeneratedSecretProps {
  readonly title: string;
  /** That it is shown only now. */
  readonly warning: string;
  readonly id: Part;
  readonly secret: Part;
  /** On the button that downloads both. */
  readonly downloadText: string;
  readonly fileName: string;
  readonly onClose: () => void;
}

/** A new credential, for the only time that its secret can be seen. */
export function GeneratedSecret(properties: GeneratedSecretProps) {
  const { title, warning, id, secret, downloadText, fileName, onClose } = properties;
  const save = () => saveFile(fileName, csv([id.column, secret.column], [id.value, secret.value]));
  return (
    <Modal
      visible
      header={title}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button onClick={onClose}>Close</Button>
            <Button variant="primary" iconName="download" onClick={save}>
              {downloadText}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Alert type="warning">{warning}</Alert>
        <Details
          items={[
            { label: id.label, value: <Copyable name={id.label.toLowerCase()} value={id.value} /> },
            { label: secret.label, value: <Secret name={secret.label.toLowerCase()} value={secret.value} /> },
          ]}
        />
      </SpaceBetween>
    </Modal>
  );
}
