package app;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Handlers of the tests, one for each form that a handler can have, and for each way to fail. */
public class App {
  private static int calls;

  public static class Order {
    private String item;
    private int pieces;

    public String getItem() {
      return item;
    }

    public void setItem(String item) {
      this.item = item;
    }

    public int getPieces() {
      return pieces;
    }

    public void setPieces(int pieces) {
      this.pieces = pieces;
    }
  }

  /** A handler by its interface, in a class within another one. */
  public static class Greeter implements RequestHandler<Map<String, String>, String> {
    @Override
    public String handleRequest(Map<String, String> event, Context context) {
      return "Hello, " + event.get("name") + "!";
    }
  }

  /** A handler that gets and writes bytes. */
  public static class Echo implements RequestStreamHandler {
    @Override
    public void handleRequest(InputStream in, OutputStream out, Context context) throws IOException {
      byte[] buffer = new byte[1024];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        out.write(buffer, 0, n);
      }
    }
  }

  public Order again(Order order) {
    order.setPieces(2 * order.getPieces());
    return order;
  }

  public int twice(int n) {
    return 2 * n;
  }

  public List<String> reversed(List<String> texts, Context context) {
    java.util.Collections.reverse(texts);
    return texts;
  }

  public void nothing(Map<String, Object> event) {}

  public int count(Object event) {
    return ++calls;
  }

  public Map<String, Object> context(Object event, Context context) {
    Map<String, Object> seen = new TreeMap<>();
    seen.put("arn", context.getInvokedFunctionArn());
    seen.put("group", context.getLogGroupName());
    seen.put("id", context.getAwsRequestId());
    seen.put("memory", context.getMemoryLimitInMB());
    seen.put("name", context.getFunctionName());
    seen.put("remaining", context.getRemainingTimeInMillis() > 1000);
    seen.put("stream", context.getLogStreamName());
    seen.put("title", context.getClientContext() == null ? null : context.getClientContext().getClient().getAppTitle());
    seen.put("version", context.getFunctionVersion());
    return seen;
  }

  public String logs(Object event, Context context) {
    context.getLogger().log("first");
    context.getLogger().log("second\n");
    System.out.println("third");
    System.out.print("begun");
    context.getLogger().log("of\nseveral lines");
    System.err.println("last");
    return "done";
  }

  public String environment(String name) {
    return System.getenv(name);
  }

  public Map<String, Object> machine(Object event) {
    Map<String, Object> seen = new TreeMap<>();
    seen.put("directory", System.getProperty("user.dir"));
    seen.put("heap", Runtime.getRuntime().maxMemory() >> 20);
    seen.put("options", java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments());
    return seen;
  }

  public boolean temporary(Object event) throws IOException {
    return java.io.File.createTempFile("temporary", ".txt").getParent().equals(System.getenv("TMPDIR"));
  }

  /** Only a library beside the code has this class. */
  public String library(Object event) throws ReflectiveOperationException {
    return (String) Class.forName("library.Library").getMethod("where").invoke(null);
  }

  public Object fails(Object event) {
    try {
      throw new IOException("no connection");
    } catch (IOException e) {
      throw new IllegalStateException("boom", e);
    }
  }

  public Object leaves(Object event) {
    System.exit(7);
    return null;
  }

  public Object hoards(Object event) {
    List<byte[]> all = new java.util.ArrayList<>();
    while (true) {
      all.add(new byte[1 << 20]);
    }
  }

  public Object sleeps(Object event) throws InterruptedException {
    Thread.sleep(600_000);
    return null;
  }
}
