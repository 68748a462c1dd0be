import { AddUserToGroupCommand, CreateGroupCommand, CreateUserCommand } from '@aws-sdk/client-iam';
import { describe, expect, it } from 'vitest';
import { chromiumClient } from '../../harness/browser.ts';
import { consoleJourney } from '../../harness/console-journey.ts';

// The filter, the sorting and the page of a table in the address of its page. Of what is sorted or comes in pages by the
// API, see console-repositories and console-code.

const USERS = 110;
const ROWS = 50;
const REQUESTS_AT_ONCE = 6;
const DEVELOPERS = Array.from({ length: USERS }, (_, index) => `dev-${String(index).padStart(3, '0')}`);
const OTHERS = ['ops-1', 'ops-2'];
const MEMBERS = [...DEVELOPERS.slice(0, 3), ...OTHERS];

describe.skipIf(chromiumClient.skipReason)('a table in a browser', () => {
  const { setting, open, button, link, dialog, inDialog, checked } = consoleJourney({
    name: 'tables',
    path: '/iam/home',
    prepare: async ({ iam }) => {
      const names = [...DEVELOPERS, ...OTHERS];
      const workers = Array.from({ length: REQUESTS_AT_ONCE }, async () => {
        for (let name = names.pop(); name !== undefined; name = names.pop()) {
          await iam.send(new CreateUserCommand({ UserName: name }));
        }
      });
      await Promise.all(workers);
      await iam.send(new CreateGroupCommand({ GroupName: 'team' }));
      for (const UserName of MEMBERS) await iam.send(new AddUserToGroupCommand({ GroupName: 'team', UserName }));
    },
  });
  const page = () => setting().page;
  const shows = (names: readonly string[]) =>
    expect.poll(() => page().locator('tbody').getByRole('rowheader').allInnerTexts()).toEqual(names);
  const parameters = () => Object.fromEntries(new URL(page().url()).searchParams);
  const tells = (expected: Readonly<Record<string, string>>) => expect.poll(parameters).toEqual(expected);
  const filter = (name: string) => page().getByPlaceholder(`Find ${name}`);
  const column = (name: string) => page().getByRole('columnheader', { name });
  const turn = (to: number) =>
    page()
      .getByRole('button', { name: `Page ${to} of all pages`, exact: true })
      .click();
  const visits = () => page().evaluate('history.length');

  it('is as its address says, after a reload and on the way back too', async () => {
    const asked = { filter: 'DEV-', sort: '-name', page: '2' };
    const expected = DEVELOPERS.toReversed().slice(ROWS, 2 * ROWS);
    const isThere = async () => {
      await shows(expected);
      expect(await filter('users').inputValue()).toBe('DEV-');
      expect(await column('User name').getAttribute('aria-sort')).toBe('descending');
      expect(await button('Page 2 of all pages').getAttribute('aria-current')).toBe('true');
      await page().getByText(`${USERS} matches`).first().waitFor();
    };
    await open(`/iam/users?${new URLSearchParams(asked)}`);
    await isThere();
    expect(parameters()).toEqual(asked);
    await checked('by-address');
    await page().reload();
    await isThere();
    await link(expected[0] ?? '').click();
    await page().getByRole('heading', { level: 1, name: expected[0] }).waitFor();
    await page().goBack();
    await isThere();
    expect(parameters()).toEqual(asked);
  });

  it('has its address follow what somebody does, in the place of the one before', async () => {
    await open('/iam/users');
    await shows([...DEVELOPERS, ...OTHERS].slice(0, ROWS));
    const before = await visits();
    await filter('users').pressSequentially('dv');
    await filter('users').press('ArrowLeft');
    await filter('users').pressSequentially('e');
    expect(await filter('users').inputValue()).toBe('dev');
    await tells({ filter: 'dev' });
    // In the midst of the text still, though the address has changed meanwhile.
    await filter('users').pressSequentially('x');
    expect(await filter('users').inputValue()).toBe('dexv');
    await filter('users').press('Backspace');
    await turn(3);
    await shows(DEVELOPERS.slice(2 * ROWS));
    await tells({ filter: 'dev', page: '3' });
    await column('User name').getByRole('button').click();
    await shows(DEVELOPERS.toReversed().slice(0, ROWS));
    await tells({ filter: 'dev', sort: '-name' });
    await turn(2);
    await tells({ filter: 'dev', sort: '-name', page: '2' });
    await turn(1);
    await column('User name').getByRole('button').click();
    await filter('users').fill('');
    await tells({});
    expect(await visits()).toBe(before);
    // At once after the last letter.
    await filter('users').fill('ops-');
    await link('ops-2').click();
    await page().getByRole('heading', { level: 1, name: 'ops-2' }).waitFor();
    await page().goBack();
    await shows(OTHERS);
    await tells({ filter: 'ops-' });
    await page()
      .getByRole('navigation', { name: 'Pages of the service' })
      .getByRole('link', { name: 'Users', exact: true })
      .click();
    await shows([...DEVELOPERS, ...OTHERS].slice(0, ROWS));
    expect(await filter('users').inputValue()).toBe('');
    await page().goBack();
    await shows(OTHERS);
  });

  it.each([
    ['page=-3&sort=nonsense', DEVELOPERS.slice(0, ROWS)],
    ['page=1e9&sort=__proto__&filter=', DEVELOPERS.slice(0, ROWS)],
    ['page=999', [...DEVELOPERS, ...OTHERS].slice(2 * ROWS)],
    ['filter=ops&page=999', OTHERS],
    ['filter=%00&page=2', []],
    ['filter=dev&filter=ops&page=3&page=1', DEVELOPERS.slice(2 * ROWS)],
    ['users-filter=ops&page=3', [...DEVELOPERS, ...OTHERS].slice(2 * ROWS)],
  ])('makes the best of %s', async (address, expected) => {
    await open(`/iam/users?${address}`);
    await page()
      .getByText(`(${USERS + OTHERS.length})`)
      .waitFor();
    await shows(expected);
  });

  it('filters by no more than a name can have, and stays of use', async () => {
    await open(`/iam/users?filter=${'x'.repeat(10_000)}`);
    await page().getByText('Nothing matches the filter.').waitFor();
    expect(await filter('users').inputValue()).toBe('x'.repeat(256));
    await filter('users').fill('o'.repeat(10_000));
    await tells({ filter: 'o'.repeat(256) });
    await filter('users').fill('ops-1');
    await shows(['ops-1']);
    await tells({ filter: 'ops-1' });
  });

  it('shares the address with the others of its page, and has none in a dialog', async () => {
    await open('/iam/groups/team?users-sort=-name&users-filter=dev&policies-filter=none');
    await shows(DEVELOPERS.slice(0, 3).toReversed());
    await page().getByRole('tab', { name: 'Permissions' }).click();
    await page().getByRole('heading', { name: 'Permissions policies' }).waitFor();
    await page().getByRole('tab', { name: 'Users' }).click();
    await shows(DEVELOPERS.slice(0, 3).toReversed());
    await filter('users in this group').fill('ops');
    await shows(OTHERS.toReversed());
    const asked = { tab: 'users', 'users-sort': '-name', 'users-filter': 'ops', 'policies-filter': 'none' };
    await tells(asked);
    await button('Add users').click();
    await dialog().getByPlaceholder('Find users').fill('dev-09');
    await dialog().getByText('10 matches').first().waitFor();
    await dialog().getByRole('columnheader', { name: 'User name' }).getByRole('button').click();
    await inDialog('Cancel').click();
    await dialog().waitFor({ state: 'detached' });
    expect(parameters()).toEqual(asked);
    expect(setting().browser.complaints).toEqual([]);
  });
});
