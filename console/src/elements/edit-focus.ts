import type { ButtonProps } from '@cloudscape-design/components/button';
import { type RefObject, useEffect, useRef } from 'react';

/**
 * Brings the focus back to the button that begins an edit when that ends, as its buttons are gone then.
 *
 * @returns for that button
 */
export function useEditFocus(isEdited: boolean): RefObject<ButtonProps.Ref | null> {
  const button = useRef<ButtonProps.Ref>(null);
  useEffect(() => (isEdited ? () => button.current?.focus() : undefined), [isEdited]);
  return button;
}
