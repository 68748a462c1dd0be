import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Grid from '@cloudscape-design/components/grid';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useEffect, useRef, useState } from 'react';
import { useSearchParams } from 'react-router';
import { useIam } from '../../api/iam.ts';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { useIncomplete } from '../../elements/incomplete.ts';
import { usePage } from '../../frame/page-context.ts';
import { ActionField, ResourceField } from './question-fields.tsx';
import { type Answer, askNext, type Identity, listIdentities, MOST_AT_ONCE } from './who-may.ts';
import { WhoMayTable } from './who-may-table.tsx';

interface Inquiry {
  readonly action: string;
  readonly resource: string;
  /** Undefined until they have been listed. */
  readonly identities: readonly Identity[] | undefined;
  readonly answers: readonly Answer[];
  readonly isRunning: boolean;
  readonly error: Error | null;
}

export function Component() {
  usePage('Who may', [
    { text: 'IAM', path: '/iam/home' },
    { text: 'Who may', path: '/iam/who-may' },
  ]);
  const [parameters, setParameters] = useSearchParams();
  const [action, setAction] = useState(parameters.get('action') ?? '');
  const [resource, setResource] = useState(parameters.get('resource') ?? '');
  const [isIncomplete, setIncomplete] = useIncomplete();
  const { inquiry, ask, goOn } = useInquiry();
  const submit = () => {
    const isComplete = action.trim() !== '' && resource.trim() !== '';
    setIncomplete(!isComplete);
    if (!isComplete) return;
    setParameters(
      (earlier) => {
        const later = new URLSearchParams(earlier);
        later.set('action', action.trim());
        later.set('resource', resource.trim());
        return later;
      },
      { replace: true },
    );
    ask(action.trim(), resource.trim());
  };
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description="Which users and roles of this account may do something with a repository, and by which policy"
        >
          Who may
        </Header>
      }
    >
      <SpaceBetween size="l">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            submit();
          }}
        >
          <Container footer={<Button loading={inquiry?.isRunning ?? false}>Find out</Button>}>
            <Grid gridDefinition={[{ colspan: { default: 12, xs: 4 } }, { colspan: { default: 12, xs: 8 } }]}>
              <ActionField
                value={action}
                onChange={setAction}
                errorText={isIncomplete && action.trim() === '' ? 'Name an action.' : undefined}
              />
              <ResourceField
                value={resource}
                onChange={setResource}
                errorText={isIncomplete && resource.trim() === '' ? 'Name a resource.' : undefined}
              />
            </Grid>
          </Container>
        </form>
        {inquiry !== undefined && <Result inquiry={inquiry} goOn={goOn} />}
      </SpaceBetween>
    </ContentLayout>
  );
}

function Result({ inquiry, goOn }: { readonly inquiry: Inquiry; readonly goOn: () => void }) {
  const { identities = [], answers, isRunning, error } = inquiry;
  const rest = identities.length - answers.length;
  return (
    <SpaceBetween size="l">
      <ErrorAlert error={error} />
      {!isRunning && error === null && rest > 0 && (
        <Alert type="info" action={<Button onClick={goOn}>{`Check the next ${Math.min(rest, MOST_AT_ONCE)}`}</Button>}>
          {`Checked ${answers.length} of ${identities.length} users and roles: at most ${MOST_AT_ONCE} are checked at once.`}
        </Alert>
      )}
      {(inquiry.identities !== undefined || error === null) && <WhoMayTable {...inquiry} />}
    </SpaceBetween>
  );
}

/** One question at a time: a new one, and leaving the page, end the one before. */
function useInquiry() {
  const iam = useIam();
  const [inquiry, setInquiry] = useState<Inquiry>();
  const current = useRef(0);
  useEffect(
    () => () => {
      current.current++;
    },
    [],
  );
  const run = async (asked: Inquiry) => {
    const turn = ++current.current;
    const isWanted = () => current.current === turn;
    const change = (part: Partial<Inquiry>) => setInquiry((earlier) => earlier && { ...earlier, ...part });
    setInquiry(asked);
    try {
      const identities = asked.identities ?? (await listIdentities(iam));
      if (isWanted()) change({ identities });
      await askNext(iam, identities, asked, asked.answers, { onAnswers: (answers) => change({ answers }), isWanted });
    } catch (error) {
      if (isWanted()) change({ error: error as Error });
    }
    if (isWanted()) change({ isRunning: false });
  };
  return {
    inquiry,
    ask: (action: string, resource: string) =>
      void run({ action, resource, identities: undefined, answers: [], isRunning: true, error: null }),
    goOn: () => inquiry && void run({ ...inquiry, isRunning: true, error: null }),
  };
}
