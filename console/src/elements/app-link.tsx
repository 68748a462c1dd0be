import Button, { type ButtonProps } from '@cloudscape-design/components/button';
import Link, { type LinkProps } from '@cloudscape-design/components/link';
import { useNavigate } from 'react-router';
import { useAddress } from '../frame/addresses.ts';

/** A link to a page below /console, in the current Region. */
export function AppLink({ to, ...properties }: Omit<LinkProps, 'href' | 'onFollow'> & { readonly to: string }) {
  const navigate = useNavigate();
  const href = useAddress()(to);
  return (
    <Link
      variant="primary"
      {...properties}
      href={href}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(href);
      }}
    />
  );
}

/** A button that is a link to a page below /console, in the current Region. */
export function LinkButton({ to, ...properties }: Omit<ButtonProps, 'href' | 'onFollow'> & { readonly to: string }) {
  const navigate = useNavigate();
  const href = useAddress()(to);
  return (
    <Button
      {...properties}
      href={href}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(href);
      }}
    />
  );
}
