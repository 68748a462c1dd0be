import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';

interface CopyableProps {
  /** What it is, for the button: "clone URL". */
  readonly name: string;
  readonly text: string;
}

/** A value with a button that copies it. */
export function Copyable({ name, text }: CopyableProps) {
  return (
    <CopyToClipboard
      variant="inline"
      textToCopy={text}
      copyButtonAriaLabel={`Copy ${name}`}
      copySuccessText="Copied"
      copyErrorText="Not copied: the browser does not allow it"
    />
  );
}

/** Lines to type into a terminal. */
export function CommandLines({ name, text }: CopyableProps) {
  return (
    <div className="command-lines">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard */}
      <pre tabIndex={0}>{text}</pre>
      <CopyToClipboard
        variant="icon"
        textToCopy={text}
        copyButtonAriaLabel={`Copy ${name}`}
        copySuccessText="Copied"
        copyErrorText="Not copied: the browser does not allow it"
      />
    </div>
  );
}
