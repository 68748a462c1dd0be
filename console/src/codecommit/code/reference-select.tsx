import Select, { type SelectProps } from '@cloudscape-design/components/select';
import { useState } from 'react';
import type { Reference } from '../../api/codecommit-extensions.ts';
import { visibleText } from '../../elements/visible-text.ts';
import { isCommitId, shortName } from './code-addresses.ts';
import { useReferences } from './code-reads.ts';

interface ReferenceSelectProps {
  /** Of the repository. */
  readonly name: string;
  /** For who does not see it: "Branch or tag". */
  readonly label: string;
  /** A full reference name, or a commit ID; empty for none yet. */
  readonly specifier: string;
  readonly onChange: (specifier: string) => void;
  readonly inlineLabel?: string;
}

/** What can be looked for at once: the API's page. */
const MOST_OFFERED = '1,000';
const KINDS = ['BRANCH', 'TAG'] as const;

/** Chooses a branch or a tag; the API does the searching, so that it finds among any number of them. */
export function ReferenceSelect(properties: ReferenceSelectProps) {
  const { name, label, specifier, onChange, inlineLabel } = properties;
  const [isOpen, setOpen] = useState(false);
  const [wanted, setWanted] = useState('');
  const { data, error, isFetching, refetch } = useReferences(name, wanted, isOpen);
  const groups = KINDS.map((kind) => ({
    label: kind === 'BRANCH' ? 'Branches' : 'Tags',
    options: data?.references.filter((reference) => reference.referenceType === kind).map(optionOf) ?? [],
  }));
  const commitGroup = isCommitId(wanted)
    ? [{ label: 'Commits', options: [{ value: wanted.toLowerCase(), label: wanted.toLowerCase() }] }]
    : [];
  return (
    <Select
      ariaLabel={label}
      {...(inlineLabel !== undefined && { inlineLabelText: inlineLabel })}
      selectedOption={specifier === '' ? null : { value: specifier, label: visibleText(shortName(specifier)) }}
      options={[...commitGroup, ...groups.filter(({ options }) => options.length > 0)]}
      placeholder="Choose"
      filteringType="manual"
      filteringPlaceholder="Find a branch or tag"
      filteringAriaLabel="Find a branch or tag"
      virtualScroll
      expandToViewport
      statusType={error !== null ? 'error' : isFetching && data === undefined ? 'loading' : 'finished'}
      loadingText="Loading branches and tags"
      errorText={error?.message}
      recoveryText="Try again"
      finishedText={data?.hasMore === true ? `${MOST_OFFERED} are listed: type to find others` : undefined}
      empty="No branches or tags"
      noMatch="Nothing matches"
      onLoadItems={({ detail }) => {
        setOpen(true);
        setWanted(detail.filteringText);
        if (detail.samePage) void refetch();
      }}
      onChange={({ detail }) => onChange(detail.selectedOption.value ?? '')}
    />
  );
}

function optionOf({ referenceName = '', commitId = '' }: Reference): SelectProps.Option {
  return {
    value: referenceName,
    label: visibleText(shortName(referenceName)),
    disabled: commitId === '',
    ...(commitId === '' && { disabledReason: 'Not a tag of a commit' }),
  };
}
