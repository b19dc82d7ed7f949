import com.jayway.jsonpath.Configuration;
import com.jayway.jsonpath.InvalidPathException;
import com.jayway.jsonpath.JsonPath;
import com.jayway.jsonpath.spi.json.JsonProvider;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.app.VelocityEngine;
import org.apache.velocity.app.event.EventCartridge;
import org.apache.velocity.app.event.ReferenceInsertionEventHandler;
import org.apache.velocity.exception.ParseErrorException;

/**
 * Answers questions about templates and paths, one after the other, until its input ends.
 *
 * <p>A question is a byte, V (template, variables as JSON) or P (path, document), and two texts; an answer is a byte,
 * = (result), ! (it failed) or ? (it could not be compiled), and a text. A text is its length in four bytes and UTF-8.
 *
 * <p>Three settings give Velocity the manners of API Gateway: a reference without value prints nothing, #set assigns
 * null, and reflection is closed. Documents are read by Jayway's own reader, so arrays print as JSON.
 */
final class Oracle {
  private static final JsonProvider JSON = Configuration.defaultConfiguration().jsonProvider();
  private static final int PLENTY = 10_000; // macros of earlier questions must not pile up

  private VelocityEngine engine = newEngine();
  private int asked;

  public static void main(String[] args) throws IOException {
    DataInputStream in = new DataInputStream(new BufferedInputStream(System.in, 1 << 16));
    DataOutputStream out = new DataOutputStream(new BufferedOutputStream(System.out, 1 << 16));
    System.setOut(System.err);
    Oracle oracle = new Oracle();
    while (true) {
      if (in.available() == 0) {
        out.flush();
      }
      int kind = in.read();
      if (kind < 0) {
        out.flush();
        return;
      }
      oracle.answer(kind, read(in), read(in), out);
    }
  }

  private static String read(DataInputStream in) throws IOException {
    byte[] text = in.readNBytes(in.readInt());
    return new String(text, StandardCharsets.UTF_8);
  }

  private void answer(int kind, String question, String json, DataOutputStream out) throws IOException {
    char verdict = '=';
    String text;
    try {
      text = kind == 'V' ? render(question, json) : find(question, json);
    } catch (ParseErrorException | NotAPath e) {
      verdict = '?';
      text = String.valueOf(e.getMessage());
    } catch (Exception | StackOverflowError e) {
      verdict = '!';
      text = String.valueOf(e);
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeByte(verdict);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static VelocityEngine newEngine() {
    VelocityEngine e = new VelocityEngine();
    e.setProperty("runtime.log.logsystem.class", "org.apache.velocity.runtime.log.NullLogChute");
    e.setProperty("runtime.introspector.uberspect", "org.apache.velocity.util.introspection.SecureUberspector");
    e.setProperty("velocimacro.library", "");
    e.setProperty("velocimacro.max.depth", "20");
    e.setProperty("velocimacro.permissions.allow.inline.to.replace.global", "true");
    e.setProperty("directive.set.null.allowed", "true");
    e.setProperty("directive.foreach.maxloops", "1000");
    e.setProperty("parser.pool.size", "1");
    e.init();
    return e;
  }

  private String render(String template, String json) {
    boolean macros = template.contains("macro"); // they outlive the template that defines them
    if (macros || ++asked > PLENTY) {
      engine = newEngine();
      asked = 0;
    }
    VelocityContext context = new VelocityContext();
    for (Map.Entry<?, ?> e : ((Map<?, ?>) JSON.parse(json)).entrySet()) {
      context.put((String) e.getKey(), e.getValue());
    }
    EventCartridge events = new EventCartridge();
    events.addEventHandler((ReferenceInsertionEventHandler) (reference, value) -> value == null ? "" : value);
    events.attachToContext(context);
    StringWriter out = new StringWriter();
    engine.evaluate(context, out, "template", template);
    if (macros) {
      engine = newEngine();
    }
    return out.toString();
  }

  private String find(String path, String json) {
    JsonPath compiled;
    try {
      compiled = JsonPath.compile(path);
    } catch (InvalidPathException | IllegalArgumentException e) {
      throw new NotAPath(e);
    }
    Object found = compiled.read(JSON.parse(json), Configuration.defaultConfiguration());
    return found == null ? "null" : net.minidev.json.JSONValue.toJSONString(found);
  }

  /** The path could not be compiled. */
  private static final class NotAPath extends RuntimeException {
    NotAPath(Exception e) {
      super(e);
    }
  }
}
