import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
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
      case "pid":
        return ProcessHandle.current().pid();
      case "read":
        return new String(Files.readAllBytes(Path.of(path)), StandardCharsets.UTF_8);
      case "readable":
        return Stream.of(path.split("\n")).filter(Hostile::isReadable).toList();
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
      case "pry":
        return pry(path, text);
      case "fill":
        try (RandomAccessFile file = new RandomAccessFile(temporary("large").toFile(), "rw")) {
          file.setLength(600L << 20);
        }
        return "filled";
      case "fork":
        String loop = "i=0; while [ $i -lt " + text + " ]; do setsid sleep 600 & i=$((i+1)); done; sleep 600";
        return new ProcessBuilder("sh", "-c", loop).start().waitFor() == 0 ? "forked" : "refused";
      case "outlive":
        new ProcessBuilder("setsid", "sleep", text).start();
        Thread.sleep(600_000);
        return null;
      case "killall":
        Signal.handle(new Signal("TERM"), SignalHandler.SIG_IGN);
        new ProcessBuilder("sh", "-c", "trap '' TERM; kill -" + text + " -1").start().waitFor();
        return "killed";
      case "metadata":
        return metadata();
      case "connect":
        return connect(path);
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

  private static boolean isReadable(String name) {
    Path path = Path.of(name);
    try {
      if (Files.isDirectory(path)) {
        try (Stream<Path> files = Files.list(path)) {
          return files.count() > 0;
        }
      }
      try (InputStream file = Files.newInputStream(path)) {
        return file.read() >= 0;
      }
    } catch (IOException e) {
      return false;
    }
  }

  private static String pry(String file, String text) {
    long self = ProcessHandle.current().pid();
    for (String pid : Path.of("/proc").toFile().list()) {
      if (!pid.matches("[0-9]+") || Long.parseLong(pid) == self) {
        continue;
      }
      try (InputStream memory = Files.newInputStream(Path.of("/proc", pid, "mem"))) {
        return "memory";
      } catch (IOException e) {
        // it is closed
      }
      if (Files.isReadable(Path.of("/proc/" + pid + "/root" + file))) {
        return "root";
      }
      try (Stream<Path> files = Files.list(Path.of("/proc", pid, "fd"))) {
        for (Path link : files.toList()) {
          if (Files.readSymbolicLink(link).startsWith(text)) {
            return "files";
          }
        }
      } catch (IOException e) {
        // they are closed
      }
    }
    return "nothing";
  }

  private static String connect(String address) throws IOException {
    String[] parts = address.split(":");
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(parts[0], Integer.parseInt(parts[1])), 5000);
    } catch (SocketTimeoutException e) {
      return "no answer";
    }
    return "connected";
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
