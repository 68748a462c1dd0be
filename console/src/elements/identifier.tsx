import { Fragment } from 'react';

/** An ARN, a URL or another long identifier: where it has no room it breaks after a colon or a slash, if it can. */
export function Identifier({ children }: { readonly children: string }) {
  return (
    <span className="wrapping">
      {children.split(/(?<=[:/])/).map((part, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts have no other name, and no state
        <Fragment key={index}>
          {part}
          <wbr />
        </Fragment>
      ))}
    </span>
  );
}
