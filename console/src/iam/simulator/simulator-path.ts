interface Simulated {
  /** The ARN of a user, group or role. */
  readonly source: string;
  readonly action: string;
  readonly resource: string;
}

/** The address below /console of the policy simulator with that question filled in. */
export function simulatorPath(simulated: Simulated): string {
  return `/iam/simulator?${new URLSearchParams({ ...simulated })}`;
}
