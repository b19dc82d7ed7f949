package cloud.localstack.sample;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;

/** The function of the recordings by its name, written anew: a handler by its interface, and one by its name. */
public class LambdaHandlerWithInterfaceAndCustom implements RequestHandler<Object, String> {
  @Override
  public String handleRequest(Object event, Context context) {
    return "INTERFACE";
  }

  public String handleRequestCustom(Object event, Context context) {
    return "CUSTOM";
  }
}
