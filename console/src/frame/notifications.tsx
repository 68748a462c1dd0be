import Flashbar, { type FlashbarProps } from '@cloudscape-design/components/flashbar';
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react';

type Notify = (content: ReactNode, type?: 'success' | 'info' | 'warning' | 'error') => void;

const NotifyContext = createContext<Notify>(() => {});
const ItemsContext = createContext<readonly FlashbarProps.MessageDefinition[]>([]);
const MOST_SHOWN = 3;

/** Tells the user what has happened, above the page, until dismissed. */
export function useNotify(): Notify {
  return useContext(NotifyContext);
}

export function NotificationsProvider({ children }: { readonly children: ReactNode }) {
  const [items, setItems] = useState<readonly FlashbarProps.MessageDefinition[]>([]);
  const notify = useCallback<Notify>((content, type = 'success') => {
    const id = crypto.randomUUID();
    const onDismiss = () => setItems((shown) => shown.filter((each) => each.id !== id));
    const item = { id, type, content, dismissible: true, dismissLabel: 'Dismiss', onDismiss };
    setItems((shown) => [item, ...shown].slice(0, MOST_SHOWN));
  }, []);
  return (
    <NotifyContext value={notify}>
      <ItemsContext value={items}>{children}</ItemsContext>
    </NotifyContext>
  );
}

export function Notifications() {
  const items = useContext(ItemsContext);
  return useMemo(() => <Flashbar items={[...items]} stackItems />, [items]);
}
