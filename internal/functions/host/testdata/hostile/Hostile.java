import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/** A function that does what its event says, like app.py. */
public class Hostile implements RequestHandler<Map<String, String>, Object> {
  @Override
  public Object handleRequest(Map<String, String> event, Context context) {
    try {
      return attack(event.get("do"), event.get("path"), event.get("text"));
    } catch (IOException e) {
      return "refused";
    } catch (InterruptedException e) {
      return "interrupted";
    }
  }

  private static Object attack(String what, String path, String text) throws IOException, InterruptedException {
    switch (what) {
      case "read":
        return new String(Files.readAllBytes(Path.of(path)), StandardCharsets.UTF_8);
      case "listing":
        try (Stream<Path> files = Files.list(Path.of(path))) {
          return files.count() > 0;
        }
      case "write":
        Files.writeString(Path.of(path), "mine");
        return "written";
      case "temporary":
        Files.writeString(temporary("file"), "mine");
        return Files.exists(Path.of("/tmp/file"));
      case "spy":
        return spy(text) ? "found" : "not found";
      case "fill":
        try (RandomAccessFile file = new RandomAccessFile(temporary("large").toFile(), "rw")) {
          file.setLength(600L << 20);
        }
        return "filled";
      case "fork":
        return new ProcessBuilder("sh", "-c", "while :; do setsid sleep 600 & done").start().waitFor();
      case "outlive":
        new ProcessBuilder("setsid", "sleep", text).start();
        Thread.sleep(600_000);
        return null;
      case "killall":
        Signal.handle(new Signal("TERM"), SignalHandler.SIG_IGN);
        new ProcessBuilder("sh", "-c", "trap '' TERM; kill -TERM -1").start().waitFor();
        return "killed";
      case "metadata":
        return metadata();
      default:
        throw new IllegalArgumentException(what);
    }
  }

  private static Path temporary(String name) {
    return Path.of(System.getenv("TMPDIR"), name);
  }

  private static boolean spy(String text) throws IOException {
    for (String pid : Path.of("/proc").toFile().list()) {
      for (String name : List.of("environ", "cmdline")) {
        try {
          if (new String(Files.readAllBytes(Path.of("/proc", pid, name)), StandardCharsets.ISO_8859_1).contains(text)) {
            return true;
          }
        } catch (IOException e) {
          // it is closed, gone, or no process
        }
      }
    }
    return false;
  }

  private static String metadata() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("169.254.169.254", 80), 500);
    } catch (IOException e) {
      if (e.getMessage().contains("ermission denied")) {
        return "forbidden";
      }
    }
    return "not forbidden";
  }
}
