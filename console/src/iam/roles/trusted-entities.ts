/** Whom a trust policy names, as the IAM console lists them: "Account: 123456789012", "Service: ec2.amazonaws.com". */
export function trustedEntities(trustPolicy: string): string[] {
  const { Statement } = parsed(trustPolicy);
  const principals = [Statement]
    .flat()
    .map((statement) => (statement as { Principal?: unknown } | undefined)?.Principal);
  return [...new Set(principals.flatMap(entitiesOf))];
}

function entitiesOf(principal: unknown): string[] {
  if (principal === '*') return ['Everyone'];
  if (typeof principal !== 'object' || principal === null) return [];
  return Object.entries(principal).flatMap(([type, names]) =>
    [names].flat().flatMap((name: unknown) => (typeof name === 'string' ? [entityOf(type, name)] : [])),
  );
}

function entityOf(type: string, name: string): string {
  if (name === '*') return 'Everyone';
  if (type === 'Service') return `Service: ${name}`;
  const [, , , , account = '', path = ''] = name.split(':');
  if (type === 'AWS' && /^\d{12}$/.test(name)) return `Account: ${name}`;
  if (type === 'AWS' && path === 'root') return `Account: ${account}`;
  return type === 'Federated' ? `Identity provider: ${path || name}` : path || name;
}

function parsed(text: string): { readonly Statement?: unknown } {
  try {
    return JSON.parse(text) as { Statement?: unknown };
  } catch {
    return {};
  }
}
