import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { TableProps } from '@cloudscape-design/components/table';
import { useMemo, useState } from 'react';
import { useIam } from '../../api/iam.ts';
import { useRead } from '../../api/queries.ts';
import { AppLink } from '../../elements/app-link.tsx';
import { ErrorAlert } from '../../elements/error-alert.tsx';
import { Identifier } from '../../elements/identifier.tsx';
import { JsonText } from '../../elements/json-text.tsx';
import { ResourceTable } from '../../elements/resource-table.tsx';
import { type DecidingPolicy, readDecidingPolicies } from './deciding-policies.ts';
import { Decision } from './decision.tsx';
import { decisionText, type Outcome, reasonText, type Source } from './simulation.ts';

interface SimulationResultsProps {
  readonly source: Source;
  readonly outcomes: readonly Outcome[];
  /** Asks for these condition keys in the question. */
  readonly onAddKeys: (keys: readonly string[]) => void;
}

const COLUMNS: readonly TableProps.ColumnDefinition<Outcome>[] = [
  {
    id: 'action',
    header: 'Action',
    minWidth: 210,
    isRowHeader: true,
    cell: ({ action }) => <span className="wrapping">{action}</span>,
  },
  {
    id: 'resource',
    header: 'Resource',
    minWidth: 220,
    cell: ({ resource }) => <Identifier>{resource}</Identifier>,
  },
  {
    id: 'decision',
    header: 'Permission',
    minWidth: 230,
    cell: (outcome) => <Decision decision={outcome.decision}>{decisionText(outcome)}</Decision>,
  },
];

/** What was decided, and for the chosen result the statements that decided, in their policies. */
export function SimulationResults({ source, outcomes, onAddKeys }: SimulationResultsProps) {
  const [selected, setSelected] = useState<Outcome>();
  const shown = selected !== undefined && outcomes.includes(selected) ? selected : outcomes[0];
  const missing = [...new Set(outcomes.flatMap(({ missingKeys }) => missingKeys))];
  return (
    <SpaceBetween size="l">
      {missing.length > 0 && (
        <Alert type="info" action={<Button onClick={() => onAddKeys(missing)}>Add these keys</Button>}>
          {`Policies ask for context keys that the simulation does not know: ${missing.join(', ')}. Without them it may decide otherwise than for a real request.`}
        </Alert>
      )}
      <ResourceTable
        title="Simulation results"
        items={outcomes}
        isLoading={false}
        error={null}
        columns={COLUMNS}
        idOf={({ action, resource }) => `${action} on ${resource}`}
        empty="Nothing was asked."
        selection={{
          kind: 'single',
          selected: shown === undefined ? [] : [shown],
          onSelect: ([outcome]) => setSelected(outcome),
        }}
      />
      {shown !== undefined && <DecidingStatements source={source} outcome={shown} />}
    </SpaceBetween>
  );
}

function DecidingStatements({ source, outcome }: { readonly source: Source; readonly outcome: Outcome }) {
  const iam = useIam();
  const { statements } = outcome;
  const policies = useRead(['iam', 'DecidingPolicies', source, statements], () =>
    readDecidingPolicies(iam, source, statements),
  );
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">{`Why: ${outcome.action}`}</Header>}>
        <span className="wrapping">{reasonText(outcome)}</span>
        <ErrorAlert error={policies.error} />
      </Container>
      {policies.data?.map((policy) => (
        <PolicyWithStatements key={policy.name} policy={policy} />
      ))}
    </SpaceBetween>
  );
}

function PolicyWithStatements({ policy: { name, path, text, statements } }: { readonly policy: DecidingPolicy }) {
  const marks = useMemo(() => statements.map(({ mark }) => mark), [statements]);
  return (
    <Container
      header={
        <Header variant="h3" description="The statements that decided are marked.">
          {path === undefined ? (
            name
          ) : (
            <AppLink to={path} fontSize="heading-s">
              {name}
            </AppLink>
          )}
        </Header>
      }
    >
      <JsonText name={`policy ${name}`} text={text} marks={marks} />
    </Container>
  );
}
