import { describe, expect, it } from 'vitest';
import { GRAMMARS } from './grammars.ts';
import { languageNamed, languageOf } from './languages.ts';

describe('the language of a file', () => {
  it('follows from its name', () => {
    const cases = { 'src/main.ts': 'typescript', 'a/Dockerfile': 'dockerfile', 'x.YML': 'yaml', Makefile: 'makefile' };
    for (const [path, language] of Object.entries(cases)) expect(languageOf(path)).toBe(language);
    for (const path of ['LICENSE', 'a.unknown', 'constructor', 'a.toString', ''])
      expect(languageOf(path)).toBeUndefined();
    expect([languageNamed('TS'), languageNamed('python'), languageNamed('mermaid')]).toEqual([
      'typescript',
      'python',
      undefined,
    ]);
  });

  it('has a grammar in every case', async () => {
    for (const ending of ['sh', 'conf', 'toml', 'html', 'gradle', 'm', 'proto', 'ps1']) {
      expect(Object.keys(GRAMMARS)).toContain(languageOf(`a.${ending}`));
    }
    for (const [name, load] of Object.entries(GRAMMARS)) expect(typeof (await load()).default, name).toBe('function');
  });
});
