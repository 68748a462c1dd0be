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
  return <StatusIndicator type={type}>{children ?? TEXTS[decision]}</StatusIndicator>;
}
