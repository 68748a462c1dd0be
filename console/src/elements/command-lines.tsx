import { CopyButton } from './secret.tsx';

interface CommandLinesProps {
  /** What they are, for the button that copies them. */
  readonly name: string;
  readonly text: string;
}

/** Lines to type into a terminal. */
export function CommandLines({ name, text }: CommandLinesProps) {
  return (
    <div className="command-lines">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard */}
      <pre tabIndex={0}>{text}</pre>
      <CopyButton name={name} value={text} />
    </div>
  );
}
