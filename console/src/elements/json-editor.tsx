import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { type KeyboardEvent, useEffect, useId, useMemo, useRef } from 'react';
import { JsonLines } from './json-lines.tsx';
import type { TextPlace } from './json-marks.ts';

/** What is wrong with a text, and where as far as that can be told. */
export interface TextProblem {
  readonly message: string;
  readonly start?: TextPlace;
  readonly end?: TextPlace;
}

interface JsonEditorProps {
  readonly label: string;
  readonly value: string;
  readonly problem: TextProblem | undefined;
  readonly onChange: (value: string) => void;
  readonly autoFocus?: boolean;
}

/**
 * A text area for JSON with line numbers and colours, which marks what is wrong at its place. Tab leaves it, as it leaves
 * any other field.
 */
export function JsonEditor({ label, value, problem, onChange, autoFocus = false }: JsonEditorProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  useEffect(() => {
    if (autoFocus) area.current?.focus();
  }, [autoFocus]);
  const isInvalid = problem !== undefined;
  useEffect(() => {
    // Lines begin at their beginning when something is told of them, but not under the hands of who types.
    if (isInvalid && document.activeElement !== area.current) box.current?.scrollTo({ left: 0 });
  }, [isInvalid]);
  const { start, end } = problem ?? {};
  const marks = useMemo(
    () => (start === undefined || end === undefined ? [] : [{ start, end, kind: 'problem' as const }]),
    [start, end],
  );
  const goToProblem = () => {
    if (start === undefined || end === undefined || area.current === null) return;
    area.current.focus();
    area.current.setSelectionRange(offsetOf(value, start), offsetOf(value, end));
  };
  return (
    <SpaceBetween size="xxs">
      <label className="json-label" htmlFor={`${id}-text`}>
        {label}
      </label>
      <div ref={box} className={isInvalid ? 'json-box json-edit json-edit-invalid' : 'json-box json-edit'}>
        <div className="json-page">
          <pre className="json-grid" aria-hidden="true">
            <JsonLines text={value} marks={marks} />
          </pre>
          <textarea
            ref={area}
            id={`${id}-text`}
            value={value}
            spellCheck={false}
            autoCapitalize="off"
            autoComplete="off"
            wrap="off"
            aria-invalid={isInvalid}
            aria-describedby={`${id}-problem`}
            onChange={({ target }) => onChange(target.value)}
            onKeyDown={keepIndentation}
          />
        </div>
      </div>
      <div id={`${id}-problem`} className="json-problem" aria-live="polite">
        {problem === undefined ? (
          <StatusIndicator type="success">Valid JSON</StatusIndicator>
        ) : (
          <StatusIndicator type="error">
            <span className="wrapping">
              {start !== undefined && (
                <Button
                  formAction="none"
                  variant="inline-link"
                  ariaLabel={`Go to ${placeText(start)}`}
                  onClick={goToProblem}
                >
                  {placeText(start)}
                </Button>
              )}
              <Box variant="span" color="inherit">
                {start === undefined ? problem.message : `: ${problem.message}`}
              </Box>
            </span>
          </StatusIndicator>
        )}
      </div>
    </SpaceBetween>
  );
}

function placeText({ line, column }: TextPlace): string {
  return `Line ${line}, column ${column}`;
}

function offsetOf(text: string, { line, column }: TextPlace): number {
  const before = text.split('\n').slice(0, line - 1);
  return before.reduce((sum, { length }) => sum + length + 1, 0) + column - 1;
}

/** A new line begins below the beginning of the one before it. */
function keepIndentation(event: KeyboardEvent<HTMLTextAreaElement>): void {
  const { value, selectionStart } = event.currentTarget;
  if (event.key !== 'Enter' || event.nativeEvent.isComposing) return;
  const line = value.slice(value.lastIndexOf('\n', selectionStart - 1) + 1, selectionStart);
  const [indentation = ''] = /^[ \t]*/.exec(line) ?? [];
  const deeper = /[{[]\s*$/.test(line) ? '  ' : '';
  if (indentation + deeper === '') return;
  event.preventDefault();
  // What else would insert it keeps no history to undo.
  document.execCommand('insertText', false, `\n${indentation}${deeper}`);
}
