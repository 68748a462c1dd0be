import { applyMode, Mode } from '@cloudscape-design/global-styles';
import { useSyncExternalStore } from 'react';

export type Theme = 'light' | 'dark' | 'system';

const NAME = 'codekeep-theme';
const darkSystem = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

/** Before the first paint. */
export function applyTheme(): void {
  const theme = chosenTheme();
  applyMode(theme === 'dark' || (theme === 'system' && darkSystem.matches) ? Mode.Dark : Mode.Light);
}

export function chooseTheme(theme: Theme): void {
  localStorage.setItem(NAME, theme);
  applyTheme();
  for (const listener of listeners) listener();
}

export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, chosenTheme);
}

darkSystem.addEventListener('change', applyTheme);

function chosenTheme(): Theme {
  const theme = localStorage.getItem(NAME);
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}
