import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import { useState } from 'react';

interface GoToLineProps {
  /** How many lines there are. */
  readonly count: number;
  readonly onGo: (line: number) => void;
}

/** Marks a line by its number: for the keyboard, which cannot pass by every number of a long file. */
export function GoToLine({ count, onGo }: GoToLineProps) {
  const [text, setText] = useState('');
  const [isWrong, setWrong] = useState(false);
  const go = () => {
    const line = /^\d+$/.test(text.trim()) ? Number(text) : 0;
    const isThere = line >= 1 && line <= count;
    setWrong(!isThere);
    if (isThere) onGo(line);
  };
  return (
    <form
      className="go-to-line"
      onSubmit={(event) => {
        event.preventDefault();
        go();
      }}
    >
      <FormField errorText={isWrong && `A number from 1 to ${count.toLocaleString('en')}`}>
        <Input
          value={text}
          inputMode="numeric"
          ariaLabel="Line number"
          placeholder="Line number"
          onChange={({ detail }) => setText(detail.value)}
        />
      </FormField>
      <Button formAction="submit">Go to line</Button>
    </form>
  );
}
