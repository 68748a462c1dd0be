import { ErrorAlert } from '../../elements/error-alert.tsx';
import { JsonEditor } from '../../elements/json-editor.tsx';
import { jsonProblem, malformedPolicyProblem } from './policy-problem.ts';

export const NEW_POLICY = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": ["codecommit:GitPull"],
      "Resource": "*"
    }
  ]
}`;

/** A text that was sent and refused. */
export interface Refusal {
  readonly text: string;
  readonly error: Error | null;
}

interface PolicyEditorProps {
  readonly label?: string;
  readonly text: string;
  readonly onChange: (text: string) => void;
  /** The last one: it is shown at its place while the text is the one that was refused. */
  readonly refusal: Refusal | undefined;
  readonly autoFocus?: boolean;
}

/** A policy document to write. What is wrong with it as JSON is marked while it is typed, and what IAM refuses once sent. */
export function PolicyEditor(properties: PolicyEditorProps) {
  const { label = 'Policy document', text, onChange, refusal, autoFocus = false } = properties;
  const problem = jsonProblem(text) ?? refusedProblem(text, refusal);
  const other = refusal?.error?.name === 'MalformedPolicyDocumentException' ? null : (refusal?.error ?? null);
  return (
    <>
      <JsonEditor label={label} value={text} problem={problem} onChange={onChange} autoFocus={autoFocus} />
      <ErrorAlert error={other} />
    </>
  );
}

function refusedProblem(text: string, refusal: Refusal | undefined) {
  if (refusal?.error?.name !== 'MalformedPolicyDocumentException' || refusal.text !== text) return undefined;
  return malformedPolicyProblem(text, refusal.error.message);
}
