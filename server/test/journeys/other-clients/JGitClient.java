import java.io.File;
import java.nio.file.Files;
import org.eclipse.jgit.api.Git;
import org.eclipse.jgit.api.TransportCommand;
import org.eclipse.jgit.transport.PushResult;
import org.eclipse.jgit.transport.RemoteRefUpdate;
import org.eclipse.jgit.transport.UsernamePasswordCredentialsProvider;

/** See client.ts for what each command is to do. */
public class JGitClient {
  public static void main(String[] args) throws Exception {
    File folder = new File(args[1]);
    switch (args[0]) {
      case "clone":
        authenticated(Git.cloneRepository().setURI(System.getenv("CLIENT_URL")).setDirectory(folder)).call().close();
        break;
      case "push":
        try (Git git = Git.open(folder)) {
          push(git, args[2]);
        }
        break;
      case "fetch":
        try (Git git = Git.open(folder)) {
          authenticated(git.fetch()).call();
          System.out.println(git.getRepository().resolve("refs/remotes/origin/main").name());
        }
        break;
      default:
        throw new IllegalArgumentException(args[0]);
    }
  }

  private static void push(Git git, String branch) throws Exception {
    Files.writeString(new File(git.getRepository().getWorkTree(), "from-client").toPath(), "JGit\n");
    git.add().addFilepattern("from-client").call();
    String tip = git.commit().setMessage("From JGit").setAuthor("JGit", "jgit@example.com")
        .setCommitter("JGit", "jgit@example.com").call().getId().name();
    String specification = tip + ":refs/heads/" + branch;
    for (PushResult result : authenticated(git.push().setRefSpecs(
        new org.eclipse.jgit.transport.RefSpec(specification))).call()) {
      for (RemoteRefUpdate update : result.getRemoteUpdates()) {
        if (update.getStatus() != RemoteRefUpdate.Status.OK) throw new Exception(update.getMessage());
      }
    }
    System.out.println(tip);
  }

  private static <C extends TransportCommand<C, ?>> C authenticated(C command) {
    return command.setCredentialsProvider(new UsernamePasswordCredentialsProvider(
        System.getenv("CLIENT_USER"), System.getenv("CLIENT_PASSWORD")));
  }
}
