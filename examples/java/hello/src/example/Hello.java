package example;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import java.util.Map;
import java.util.TreeMap;

/** Answers a request of an API: the result is what AWS_PROXY integrations take. */
public class Hello implements RequestHandler<Map<String, Object>, Map<String, Object>> {
  @Override
  public Map<String, Object> handleRequest(Map<String, Object> event, Context context) {
    context.getLogger().log("greeting " + event.get("path"));
    return new TreeMap<>(Map.of("statusCode", 200, "body", "Hello from Java!"));
  }
}
