import SegmentedControl from '@cloudscape-design/components/segmented-control';
import type { TableProps } from '@cloudscape-design/components/table';
import { useState } from 'react';
import { AppLink } from '../../elements/app-link.tsx';
import { ResourceTable } from '../../elements/resource-table.tsx';
import { holderPath } from '../policies/holder-path.ts';
import { Decision } from './decision.tsx';
import { reasonText } from './simulation.ts';
import { simulatorPath } from './simulator-path.ts';
import type { Answer, Identity } from './who-may.ts';

interface WhoMayTableProps {
  readonly action: string;
  readonly resource: string;
  readonly identities: readonly Identity[] | undefined;
  readonly answers: readonly Answer[];
  readonly isRunning: boolean;
}

const KINDS = { user: 'User', role: 'Role' };

const COLUMNS: readonly TableProps.ColumnDefinition<Answer>[] = [
  {
    id: 'name',
    header: 'Name',
    isRowHeader: true,
    sortingComparator: (a, b) => a.identity.name.localeCompare(b.identity.name),
    cell: ({ identity }) => <AppLink to={holderPath(identity)}>{identity.name}</AppLink>,
  },
  { id: 'kind', header: 'Type', cell: ({ identity }) => KINDS[identity.kind] },
  {
    id: 'decision',
    header: 'Decision',
    minWidth: 190,
    cell: ({ outcome }) => (
      <span className="one-line">
        <Decision decision={outcome.decision} />
      </span>
    ),
  },
  {
    id: 'reason',
    header: 'Why',
    minWidth: 280,
    cell: ({ identity, outcome }) => (
      <>
        <span className="wrapping">{reasonText(outcome)}</span>{' '}
        <AppLink
          ariaLabel={`Simulate ${identity.name}`}
          to={simulatorPath({ source: identity.arn, action: outcome.action, resource: outcome.resource })}
        >
          Simulate
        </AppLink>
      </>
    ),
  },
];

/** What IAM decided about each user and role. */
export function WhoMayTable({ action, identities, answers, isRunning }: WhoMayTableProps) {
  const [shown, setShown] = useState<'may' | 'may-not' | 'all'>('may');
  const may = answers.filter(({ outcome }) => outcome.decision === 'allowed');
  const mayNot = answers.filter(({ outcome }) => outcome.decision !== 'allowed');
  const items = { may, 'may-not': mayNot, all: answers }[shown];
  const progress =
    identities === undefined ? 'Listing users and roles' : `Checked ${answers.length} of ${identities.length}`;
  return (
    <ResourceTable
      title="Users and roles"
      description={`${progress}. Policies and permissions boundaries decide. Not checked: the root user, who may do everything, and the policies of encryption keys.`}
      actions={
        <SegmentedControl
          label="Which of them"
          selectedId={shown}
          options={[
            { id: 'may', text: `May (${may.length})` },
            { id: 'may-not', text: `May not (${mayNot.length})` },
            { id: 'all', text: 'All' },
          ]}
          onChange={({ detail }) => setShown(detail.selectedId as typeof shown)}
        />
      }
      items={items}
      isLoading={isRunning && items.length === 0}
      isComplete={!isRunning}
      error={null}
      columns={COLUMNS}
      idOf={({ identity }) => identity.arn}
      textOf={({ identity }) => identity.name}
      empty={
        shown === 'may'
          ? `None of those checked may ${action}. Attach a policy that allows it, such as AWSCodeCommitPowerUser.`
          : 'None of those checked.'
      }
    />
  );
}
