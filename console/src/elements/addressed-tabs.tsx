import Tabs, { type TabsProps } from '@cloudscape-design/components/tabs';
import { useSearchParams } from 'react-router';

interface AddressedTabsProps {
  /** For who does not see them. */
  readonly name: string;
  readonly tabs: readonly TabsProps.Tab[];
}

/** Tabs of which `?tab=` of the address tells the open one, so that a link can lead there and Back goes back. */
export function AddressedTabs({ name, tabs }: AddressedTabsProps) {
  const [parameters, setParameters] = useSearchParams();
  const named = parameters.get('tab');
  const active = tabs.find(({ id }) => id === named) ?? tabs[0];
  return (
    <Tabs
      ariaLabel={name}
      tabs={tabs}
      activeTabId={active?.id ?? ''}
      onChange={({ detail }) =>
        setParameters((earlier) => {
          const later = new URLSearchParams(earlier);
          later.set('tab', detail.activeTabId);
          return later;
        })
      }
    />
  );
}
