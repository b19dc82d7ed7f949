import com.jayway.jsonpath.Configuration;
import com.jayway.jsonpath.spi.json.JsonProvider;
import com.sun.management.OperatingSystemMXBean;
import java.io.StringReader;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.commons.lang.StringEscapeUtils;
import org.apache.velocity.Template;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.runtime.RuntimeInstance;
import org.apache.velocity.runtime.parser.node.SimpleNode;

/** Renders a template that is parsed once, over a body that is parsed once: ten seconds to warm up, then measured. */
public final class Bench {
  private static final int BATCH = 100; // renders between two looks at the clock
  private static final OperatingSystemMXBean PROCESS =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  /** $input, over a tree. */
  public static final class Input {
    private final Object tree;

    Input(Object tree) {
      this.tree = tree;
    }

    public Object path(String path) {
      return tree;
    }
  }

  /** $util. */
  public static final class Util {
    public String escapeJavaScript(String text) {
      return StringEscapeUtils.escapeJavaScript(text);
    }
  }

  public static void main(String[] args) throws Exception {
    RuntimeInstance engine = new RuntimeInstance();
    engine.setProperty("runtime.log.logsystem.class", "org.apache.velocity.runtime.log.NullLogChute");
    engine.setProperty("velocimacro.library", "");
    engine.init();
    SimpleNode tree = engine.parse(new StringReader(Files.readString(Path.of(args[0]))), "template");
    Template template = new Template();
    template.setRuntimeServices(engine);
    template.setData(tree);
    template.initDocument();
    JsonProvider json = Configuration.defaultConfiguration().jsonProvider();
    Object body = json.parse(Files.readString(Path.of(args[1])));
    Map<?, ?> context = (Map<?, ?>) json.parse(Files.readString(Path.of(args[2])));
    measure(template, body, context, 10);
    double micros = measure(template, body, context, Double.parseDouble(args[3]));
    Map<String, Object> result = Map.of("us", micros, "output", render(template, body, context));
    System.out.println(net.minidev.json.JSONValue.toJSONString(result));
  }

  private static double measure(Template template, Object body, Map<?, ?> context, double seconds) {
    long began = PROCESS.getProcessCpuTime();
    long end = began + (long) (seconds * 1e9);
    long n = 0;
    while (PROCESS.getProcessCpuTime() < end) {
      for (int i = 0; i < BATCH; i++) {
        render(template, body, context);
      }
      n += BATCH;
    }
    return (PROCESS.getProcessCpuTime() - began) / 1e3 / n;
  }

  private static String render(Template template, Object body, Map<?, ?> context) {
    VelocityContext variables = new VelocityContext();
    variables.put("input", new Input(body));
    variables.put("util", new Util());
    variables.put("context", context);
    StringWriter out = new StringWriter(4096);
    template.merge(variables, out);
    return out.toString();
  }
}
