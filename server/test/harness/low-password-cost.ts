import { passwordHashing } from '../../src/access/authentication/passwords.ts';

// vitest's setupFile: hashes of the least cost that scrypt has, for accounts that live for one test.
passwordHashing.cost = { N: 2, r: 1, p: 1 };
