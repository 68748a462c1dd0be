import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import { useIam } from '../../api/iam.ts';
import { useRead } from '../../api/queries.ts';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { JsonText } from '../../elements/json-text.tsx';
import { lineDifference } from './line-difference.ts';
import { indented, readPolicyText } from './policies.ts';

interface VersionDialogProps {
  readonly arn: string;
  /** One to read, or two to compare, in any order. */
  readonly versionIds: readonly string[];
  readonly onClose: () => void;
}

const SIGNS = { same: ' ', removed: '-', added: '+' };
const SPOKEN = { same: '', removed: 'Removed: ', added: 'Added: ' };

export function VersionDialog({ arn, versionIds, onClose }: VersionDialogProps) {
  const iam = useIam();
  const inOrder = [...versionIds].sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
  const texts = useRead(['iam', 'GetPolicyVersion', arn, inOrder], () =>
    Promise.all(inOrder.map(async (version) => indented(await readPolicyText(iam, arn, version)))),
  );
  const [before, after = ''] = texts.data ?? [];
  const name = inOrder.length === 1 ? `Version ${inOrder[0]}` : `From ${inOrder[0]} to ${inOrder[1]}`;
  return (
    <Modal
      visible
      size="large"
      header={name}
      closeAriaLabel="Close"
      onDismiss={onClose}
      footer={
        <Box float="right">
          <Button onClick={onClose}>Close</Button>
        </Box>
      }
    >
      <ErrorAlert error={texts.error} />
      {texts.error === null &&
        (before === undefined || inOrder.length === 1 ? (
          <JsonText name={name} text={before} />
        ) : (
          <Difference name={name} before={before} after={after} />
        ))}
    </Modal>
  );
}

function Difference({
  name,
  before,
  after,
}: {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}) {
  const lines = lineDifference(before, after);
  if (lines.every(({ kind }) => kind === 'same')) return <Box>The two versions say the same.</Box>;
  return (
    <div className="json-box">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard */}
      <section className="json-read" aria-label={name} tabIndex={0}>
        <pre className="json-difference">
          {lines.map(({ kind, text }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
            <span key={index} className={`json-${kind}`}>
              <span aria-hidden="true">{SIGNS[kind]} </span>
              <span className="screen-reader-only">{SPOKEN[kind]}</span>
              {text}
              {'\n'}
            </span>
          ))}
        </pre>
      </section>
    </div>
  );
}
