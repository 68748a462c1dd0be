import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGitUser } from '../harness/account-setup.ts';
import { type AwsCli, awsCli } from '../harness/aws-cli.ts';
import { runBoto3 } from '../harness/boto3.ts';
import { awsExecutables, requireClient } from '../harness/clients.ts';
import { startCodekeepOn } from '../harness/codekeep-on-engine.ts';
import { databaseEngines } from '../harness/databases.ts';
import { type GitClient, gitClient } from '../harness/git-client.ts';
import { createHistory } from '../harness/histories.ts';

// The operations on files and commits, by boto3 and the AWS CLI, beside what plain git shows of a clone.

const git = await requireClient('git');
const boto3 = await requireClient('boto3');
const aws = await requireClient('aws');
const [executable] = await awsExecutables();

for (const engine of databaseEngines) {
  const skipReason = engine.skipReason ?? git.skipReason ?? boto3.skipReason ?? aws.skipReason;
  describe.skipIf(skipReason)(`files and commits on ${engine.name} ${skipReason ?? ''}`, () => {
    let codekeep: Awaited<ReturnType<typeof startCodekeepOn>>;
    let client: GitClient;
    let cli: AwsCli;
    let cwd: string;
    const output = (...args: readonly string[]) => client.output(args, { cwd });
    const run = (script: string) =>
      runBoto3(boto3.path ?? '', `codecommit = client("codecommit")\n${script}`, {
        endpoint: codekeep.server.url,
        ...codekeep.server.account,
      });

    beforeAll(async () => {
      codekeep = await startCodekeepOn(engine);
      const { server } = codekeep;
      client = await gitClient([await createGitUser(server, 'ana')]);
      if (executable !== undefined) cli = await awsCli(executable, { endpoint: server.url, ...server.account });
      const source = join(client.home, 'source.git');
      await createHistory(source, { seed: 3, commits: 60, files: 25, binaryBytes: 20_000 });
      await run('codecommit.create_repository(repositoryName="repo")');
      const url = `${server.url}/v1/repos/repo`;
      await client.output(['push', '--quiet', '--mirror', url], { cwd: source });
      cwd = join(client.home, 'clone');
      await client.output(['clone', '--quiet', url, cwd]);
    });
    afterAll(async () => {
      await cli?.dispose();
      await client?.dispose();
      await codekeep?.dispose();
    });

    it('shows every folder and file of a commit as git does', async () => {
      const found = (await run(`
import hashlib
def walk(folder):
    page = codecommit.get_folder(repositoryName="repo", commitSpecifier="main", folderPath=folder)
    for name, mode in (("files", None), ("symbolicLinks", "120000")):
        for entry in page[name]:
            file = codecommit.get_file(repositoryName="repo", filePath=entry["absolutePath"])
            content = file["fileContent"]
            assert file["blobId"] == entry["blobId"] and file["fileSize"] == len(content)
            assert hashlib.sha1(b"blob %d\\0" % len(content) + content).hexdigest() == entry["blobId"]
            octal = mode or {"NORMAL": "100644", "EXECUTABLE": "100755"}[entry["fileMode"]]
            yield f'{octal} blob {entry["blobId"]}\\t{entry["absolutePath"]}'
    for entry in page["subFolders"]:
        yield from walk(entry["absolutePath"])
answer(sorted(walk("/")))
`)) as string[];
      const listed = await output('-c', 'core.quotePath=false', 'ls-tree', '-r', '-z', 'origin/main');
      expect(found).toEqual(listed.split('\0').slice(0, -1).sort());
    });

    it('shows commits and differences as git does', async () => {
      const newest = await output('log', '-1', '--format=%H', '--no-merges', 'origin/main');
      const older = await output('log', '-1', '--skip=7', '--format=%H', '--no-merges', 'origin/main');
      const found = (await run(`
commit = codecommit.get_commit(repositoryName="repo", commitId="${newest}")["commit"]
batch = codecommit.batch_get_commits(repositoryName="repo", commitIds=["${newest}", "${older}", "${'0'.repeat(39)}1"])
pages = codecommit.get_paginator("get_differences").paginate(
    repositoryName="repo", beforeCommitSpecifier="${older}", afterCommitSpecifier="HEAD", PaginationConfig={"PageSize": 2})
differences = [difference for page in pages for difference in page["differences"]]
changed = next(each for each in differences if each["changeType"] == "M")
answer({
    "commit": commit,
    "batch": [len(batch["commits"]), [error["errorCode"] for error in batch["errors"]]],
    "differences": [
        each["changeType"] + "\\t" + each.get("afterBlob", each.get("beforeBlob"))["path"] for each in differences],
    "blob": codecommit.get_blob(repositoryName="repo", blobId=changed["beforeBlob"]["blobId"])["content"].hex(),
    "blobId": changed["beforeBlob"]["blobId"],
})
`)) as {
        commit: { treeId: string; message: string; author: Record<string, string> };
        batch: unknown;
        differences: string[];
        blob: string;
        blobId: string;
      };
      expect(found.commit).toMatchObject({
        treeId: await output('rev-parse', `${newest}^{tree}`),
        message: await output('log', '-1', '--format=%B', newest),
        author: {
          name: await output('log', '-1', '--format=%an', newest),
          email: await output('log', '-1', '--format=%ae', newest),
          date: await output('log', '-1', '--format=%ad', '--date=raw', newest),
        },
      });
      expect(found.batch).toEqual([2, ['CommitIdDoesNotExistException']]);
      const raw = await output('diff-tree', '-r', '-z', '--no-renames', '--name-status', older, 'origin/main');
      const parts = raw.split('\0').slice(0, -1);
      expect(found.differences).toEqual(
        Array.from(
          { length: parts.length / 2 },
          (_, index) => `${parts[2 * index]?.replace('T', 'M')}\t${parts[2 * index + 1]}`,
        ),
      );
      const blobId = await client.output(['hash-object', '--stdin'], { cwd, input: Buffer.from(found.blob, 'hex') });
      expect(blobId).toBe(found.blobId);
    });

    it('writes commits that git fetches, and checks', async () => {
      const made = (await run(`
branch = lambda: codecommit.get_branch(repositoryName="repo", branchName="main")["branch"]["commitId"]
put = codecommit.put_file(
    repositoryName="repo", branchName="main", filePath="/docs/put größe.md", fileContent="größe\\n".encode(),
    parentCommitId=branch(), commitMessage="Put", name="Ana Muñoz", email="ana@example.com")
assert put["commitId"] == branch()
commit = codecommit.create_commit(
    repositoryName="repo", branchName="main", parentCommitId=put["commitId"], authorName="Bob", email="bob@example.com",
    commitMessage="Create", putFiles=[
        {"filePath": "made/run", "fileMode": "EXECUTABLE", "fileContent": b"#!/bin/sh\\n"},
        {"filePath": "made/copy.md", "sourceFile": {"filePath": "docs/put größe.md", "isMove": False}}])
assert [file["absolutePath"] for file in commit["filesAdded"]] == ["made/run", "made/copy.md"], commit
delete = codecommit.delete_file(
    repositoryName="repo", branchName="main", filePath="docs/put größe.md", parentCommitId=commit["commitId"])
codes = []
for parent in (put["commitId"], "f" * 40):
    try:
        codecommit.delete_file(repositoryName="repo", branchName="main", filePath="made/run", parentCommitId=parent)
    except (codecommit.exceptions.ParentCommitIdOutdatedException,
            codecommit.exceptions.ParentCommitDoesNotExistException) as error:
        codes.append(error.response["Error"]["Code"])
answer({"commits": [put["commitId"], commit["commitId"], delete["commitId"]], "codes": codes, "tree": delete["treeId"]})
`)) as { commits: string[]; codes: string[]; tree: string };
      expect(made.codes).toEqual(['ParentCommitIdOutdatedException', 'ParentCommitDoesNotExistException']);
      await output('pull', '--quiet');
      expect((await output('log', '-3', '--format=%H')).split('\n')).toEqual([...made.commits].reverse());
      expect(await output('log', '-1', '--skip=1', '--format=%an <%ae> %cn %s')).toBe(
        'Bob <bob@example.com> Bob Create',
      );
      expect(await output('rev-parse', 'HEAD^{tree}')).toBe(made.tree);
      expect(await output('ls-tree', '-r', '--format=%(objectmode) %(path)', 'HEAD', 'made')).toBe(
        '100644 made/copy.md\n100755 made/run',
      );
      await output('fsck', '--strict', '--no-dangling');
      await writeFile(join(cwd, 'from-git'), 'on top\n');
      await output('add', 'from-git');
      await output('commit', '--quiet', '-m', 'On top');
      await output('push', '--quiet');
    });

    it('serves the AWS CLI', async () => {
      const at = ['--repository-name', 'repo'];
      const head = await output('rev-parse', 'HEAD');
      expect(await cli.run(['codecommit', 'get-file', ...at, '--file-path', 'from-git'])).toMatchObject({
        commitId: head,
        fileContent: Buffer.from('on top\n').toString('base64'),
        fileMode: 'NORMAL',
        fileSize: 7,
      });
      const content = join(cwd, 'content.bin');
      await writeFile(content, Buffer.alloc(6_291_456, 'z'));
      const put = ['put-file', ...at, '--branch-name', 'main', '--file-path', 'big.bin', '--parent-commit-id', head];
      const made = (await cli.run(['codecommit', ...put, '--file-content', `fileb://${content}`])) as {
        blobId: string;
      };
      expect(made.blobId).toBe(await output('hash-object', content));
      const stale = cli.run(['codecommit', ...put, '--file-content', 'aGk=']);
      await expect(stale).rejects.toMatchObject({ code: 'ParentCommitIdOutdatedException' });
    });
  });
}
