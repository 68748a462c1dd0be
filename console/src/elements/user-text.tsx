import { textParts } from './visible-text.ts';

/** Text from users as it stands, with what could not be seen named, and without effect on the text around it. */
export function UserText({ children }: { readonly children: string }) {
  return (
    <bdi>
      <VisibleParts>{children}</VisibleParts>
    </bdi>
  );
}

/** The same where something around it isolates it. */
export function VisibleParts({ children }: { readonly children: string }) {
  return textParts(children).map(({ text, isHidden }, index) =>
    isHidden ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts have no other name, and no state
      <span key={index} className="hidden-character">
        {text}
      </span>
    ) : (
      text
    ),
  );
}
