import { ACTIONS, OPERATION_ACTIONS, RESOURCE_KEYS } from './action-ledger.ts';
import { SERVICES } from './operations-page.ts';

export const ACTIONS_FILE = new URL('../../../docs/actions.md', import.meta.url);

/** The page as it must be: what policies can say about each operation that is served. */
export function actionsPage(): string {
  return `# Actions, resources and condition keys

Made by \`node server/test/docs/operations-page.ts\`; tests compare it with what the operations ask for, and with AWS's table. What a
policy can name for each operation: the actions that it needs, the types of their resources, and the condition keys beside AWS's global ones.
\`*\` in a key stands for the name of a tag.

${SERVICES.map(serviceSection).join('\n')}
Git needs \`codecommit:GitPull\` and \`codecommit:GitPush\` on the repository; a push of each reference has \`codecommit:References\`.
`;
}

function serviceSection({ title, operations }: (typeof SERVICES)[number]): string {
  const service = title.toLowerCase();
  const lines = [...operations.keys()].sort().map((operation) => operationLine(`${service}:${operation}`));
  const keys = RESOURCE_KEYS[service] ?? [];
  const always = keys.length === 0 ? '' : `\nKeys of the resource and the caller, with each action: ${inCode(keys)}.\n`;
  return `## ${title}
${always}
${lines.join('\n')}
`;
}

function operationLine(operation: string): string {
  const actions = actionsOf(operation).map((action) => {
    const { resources, keys } = ACTIONS[action] ?? { resources: [], keys: [] };
    const withKeys = keys.length === 0 ? '' : ` with ${inCode(keys)}`;
    return `\`${action}\` on ${inCode(resources)}${withKeys}`;
  });
  return `- ${inCode([operation.split(':')[1] ?? ''])}: ${actions.length === 0 ? 'no permission' : actions.join('; ')}`;
}

/** What an operation, such as iam:CreateUser, asks to be allowed. */
export function actionsOf(operation: string): readonly string[] {
  return OPERATION_ACTIONS[operation] ?? [operation];
}

function inCode(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}
