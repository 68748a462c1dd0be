import { useEffect } from 'react';
import { useBlocker } from 'react-router';
import { ConfirmModal } from '../../elements/confirm-modal.tsx';

interface LeaveGuardProps {
  /** Whether there is something that leaving the page would lose. */
  readonly isNeeded: () => boolean;
}

/** Asks before what was typed is lost: by a link, the Back button, or closing the page. */
export function LeaveGuard({ isNeeded }: LeaveGuardProps) {
  const blocker = useBlocker(({ currentLocation, nextLocation }) => {
    return isNeeded() && currentLocation.pathname !== nextLocation.pathname;
  });
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => {
      if (isNeeded()) event.preventDefault();
    };
    addEventListener('beforeunload', ask);
    return () => removeEventListener('beforeunload', ask);
  }, [isNeeded]);
  if (blocker.state !== 'blocked') return null;
  return (
    <ConfirmModal
      title="Leave without committing?"
      action="Leave"
      isPending={false}
      error={null}
      onConfirm={() => blocker.proceed()}
      onDismiss={() => blocker.reset()}
    >
      What you have typed is lost when you leave.
    </ConfirmModal>
  );
}
