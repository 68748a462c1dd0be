import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';
import { useEffect, useRef, useState } from 'react';
import { useSearchParams } from 'react-router';
import { useIam } from '../../api/iam.ts';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { useIncomplete } from '../../elements/incomplete.ts';
import { usePage } from '../../frame/page-context.ts';
import { NEW_POLICY, PolicyEditor } from '../policies/policy-editor.tsx';
import { type ContextField, ContextFields, contextEntriesOf, contextField } from './context-fields.tsx';
import { IdentitySelect } from './identity-select.tsx';
import { ResourceField } from './question-fields.tsx';
import { type Outcome, type Source, simulate } from './simulation.ts';
import { SimulationResults } from './simulation-results.tsx';

interface Simulated {
  readonly source: Source;
  readonly outcomes: readonly Outcome[];
}

export function Component() {
  usePage('Policy simulator', [
    { text: 'IAM', path: '/iam/home' },
    { text: 'Policy simulator', path: '/iam/simulator' },
  ]);
  const iam = useIam();
  const [parameters] = useSearchParams();
  const [kind, setKind] = useState<Source['kind']>('identity');
  const [arn, setArn] = useState(parameters.get('source') ?? '');
  const [text, setText] = useState(NEW_POLICY);
  const [actions, setActions] = useState(parameters.get('action') ?? 'codecommit:GitPull\ncodecommit:GitPush');
  const [resource, setResource] = useState(parameters.get('resource') ?? '');
  const [context, setContext] = useState<readonly ContextField[]>([]);
  const [isIncomplete, setIncomplete] = useIncomplete();
  const [isRunning, setRunning] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const [simulated, setSimulated] = useState<Simulated>();
  const results = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (simulated !== undefined) results.current?.scrollIntoView({ block: 'nearest' });
  }, [simulated]);
  const names = actions.split(/[\s,]+/).filter((name) => name !== '');
  const run = async () => {
    const isComplete = (kind === 'text' || arn !== '') && names.length > 0;
    setIncomplete(!isComplete);
    if (!isComplete) return;
    const source: Source = kind === 'identity' ? { kind, arn } : { kind, text };
    const resources = resource.split(/[\s,]+/).filter((each) => each !== '');
    setRunning(true);
    setError(null);
    try {
      const outcomes = await simulate(iam, source, { actions: names, resources, context: contextEntriesOf(context) });
      setSimulated({ source, outcomes });
    } catch (refusal) {
      setSimulated(undefined);
      setError(refusal as Error);
    }
    setRunning(false);
  };
  return (
    <ContentLayout
      header={
        <Header variant="h1" description="What policies would decide, and by which statement. Nothing is done.">
          Policy simulator
        </Header>
      }
    >
      <SpaceBetween size="l">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void run();
          }}
        >
          <Container
            footer={
              <Button variant="primary" loading={isRunning}>
                Run simulation
              </Button>
            }
          >
            <SpaceBetween size="l">
              <SegmentedControl
                label="Policies"
                selectedId={kind}
                options={[
                  { id: 'identity', text: 'A user, group or role' },
                  { id: 'text', text: 'A new policy' },
                ]}
                onChange={({ detail }) => setKind(detail.selectedId as Source['kind'])}
              />
              {kind === 'identity' ? (
                <IdentitySelect
                  arn={arn}
                  onChoose={setArn}
                  errorText={isIncomplete && arn === '' ? 'Choose whose policies are simulated.' : undefined}
                />
              ) : (
                <PolicyEditor text={text} onChange={setText} refusal={undefined} />
              )}
              <FormField
                label="Actions"
                constraintText="One action per line, such as codecommit:GitPull"
                errorText={isIncomplete && names.length === 0 && 'Name at least one action.'}
              >
                <Textarea
                  rows={3}
                  spellcheck={false}
                  value={actions}
                  onChange={({ detail }) => setActions(detail.value)}
                />
              </FormField>
              <ResourceField value={resource} onChange={setResource} />
              <ContextFields fields={context} onChange={setContext} />
              <ErrorAlert error={error} />
            </SpaceBetween>
          </Container>
        </form>
        {simulated !== undefined && (
          <div ref={results}>
            <SimulationResults
              source={simulated.source}
              outcomes={simulated.outcomes}
              onAddKeys={(keys) => {
                const known = context.map(({ key }) => key.toLowerCase());
                const fresh = keys.filter((key) => !known.includes(key.toLowerCase()));
                setContext([...context, ...fresh.map(contextField)]);
              }}
            />
          </div>
        )}
      </SpaceBetween>
    </ContentLayout>
  );
}
