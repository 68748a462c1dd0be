const KINDS = ['ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnopqrstuvwxyz', '23456789', '!@#$%^&*()_+-=[]{}|'];
const LENGTH = 20;

/** 20 characters, at least one of each kind that a password policy can ask for, none that looks like another. */
export function generatePassword(): string {
  const all = KINDS.join('');
  for (;;) {
    const password = Array.from({ length: LENGTH }, () => all[randomBelow(all.length)]).join('');
    if (KINDS.every((kind) => [...kind].some((character) => password.includes(character)))) return password;
  }
}

/** Each as likely as any other: what does not divide evenly is thrown away. */
function randomBelow(limit: number): number {
  const numbers = new Uint32Array(1);
  for (;;) {
    const [value = 0] = crypto.getRandomValues(numbers);
    if (value < 2 ** 32 - (2 ** 32 % limit)) return value % limit;
  }
}
