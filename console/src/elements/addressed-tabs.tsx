import Tabs, { type TabsProps } from '@cloudscape-design/components/tabs';
import { type RefObject, useEffect, useRef } from 'react';
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
  const element = useRef<HTMLDivElement>(null);
  useTabInView(element, active?.id);
  return (
    <div ref={element}>
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
    </div>
  );
}

/**
 * Scrolls the list of tabs, on a screen that is too narrow for it, to the open one. Cloudscape does so as well, but from
 * measures of before its arrows and the letters have come.
 */
function useTabInView(element: RefObject<HTMLElement | null>, activeId: string | undefined): void {
  useEffect(() => {
    const list = element.current?.querySelector('[role="tablist"]');
    if (activeId === undefined || !(list instanceof HTMLElement)) return undefined;
    const show = () => {
      const tab = list.querySelector('[role="tab"][aria-selected="true"]');
      if (tab === null) return;
      const [outer, inner] = [list.getBoundingClientRect(), tab.getBoundingClientRect()];
      list.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
    };
    const observer = new ResizeObserver(show);
    for (const sized of [list, ...list.children]) observer.observe(sized);
    return () => observer.disconnect();
  }, [element, activeId]);
}
