import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { ReactNode } from 'react';
import type { Outcome } from './simulation.ts';

const TEXTS = { allowed: 'Allowed', explicitDeny: 'Explicitly denied', implicitDeny: 'Implicitly denied' };

interface DecisionProps {
  readonly decision: Outcome['decision'];
  readonly children?: ReactNode;
}

export function Decision({ decision, children }: DecisionProps) {
  const type = decision === 'allowed' ? 'success' : decision === 'explicitDeny' ? 'error' : 'stopped';
  return (
    <StatusIndicator type={type}>
      <span className="whole-words">{children ?? TEXTS[decision]}</span>
    </StatusIndicator>
  );
}
