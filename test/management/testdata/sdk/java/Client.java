import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.services.apigateway.ApiGatewayClient;
import software.amazon.awssdk.services.apigateway.model.ApiGatewayException;
import software.amazon.awssdk.services.apigateway.model.NotFoundException;
import software.amazon.awssdk.services.apigateway.model.Op;
import software.amazon.awssdk.services.apigateway.model.PatchOperation;

/** One API from nothing to nothing, by the AWS SDK for Java. It prints what the SDK made of the answers. */
public final class Client {
    public static void main(String[] args) {
        try (ApiGatewayClient client = ApiGatewayClient.builder().endpointOverride(URI.create(System.getenv("ENDPOINT")))
                .httpClient(ApacheHttpClient.create()).overrideConfiguration(o -> o.retryStrategy(r -> r.maxAttempts(1))).build()) {
            run(client);
        }
    }

    private static void run(ApiGatewayClient client) {
        var api = client.createRestApi(r -> r.name("java").description("by the SDK").tags(Map.of("team", "a b")).binaryMediaTypes("image/png"));
        try {
            say("created", api.name(), api.description(), api.tags(), api.binaryMediaTypes(), api.createdDate() != null, api.apiKeySourceAsString());
            var resource = client.createResource(r -> r.restApiId(api.id()).parentId(api.rootResourceId()).pathPart("pets"));
            client.putMethod(r -> r.restApiId(api.id()).resourceId(resource.id()).httpMethod("GET").authorizationType("NONE")
                    .requestParameters(Map.of("method.request.querystring.kind", false)));
            client.putMethodResponse(r -> r.restApiId(api.id()).resourceId(resource.id()).httpMethod("GET").statusCode("200"));
            client.putIntegration(r -> r.restApiId(api.id()).resourceId(resource.id()).httpMethod("GET").type("MOCK")
                    .requestTemplates(Map.of("application/json", "{\"statusCode\": 200}")));
            client.putIntegrationResponse(r -> r.restApiId(api.id()).resourceId(resource.id()).httpMethod("GET").statusCode("200")
                    .responseTemplates(Map.of("application/json", "{\"kind\": \"$input.params('kind')\"}")));
            var tested = client.testInvokeMethod(r -> r.restApiId(api.id()).resourceId(resource.id()).httpMethod("GET").pathWithQueryString("/pets?kind=cat"));
            say("tested", tested.status(), tested.body(), tested.latency() != null);
            client.createDeployment(r -> r.restApiId(api.id()).stageName("prod").variables(Map.of("a", "1")));
            var stage = client.updateStage(r -> r.restApiId(api.id()).stageName("prod").patchOperations(
                    replace("/variables/a", "2"), replace("/*/*/throttling/rateLimit", "12.5")));
            say("stage", stage.variables(), stage.methodSettings().get("*/*").throttlingRateLimit(), stage.lastUpdatedDate() != null);
            var paths = new TreeSet<String>();
            client.getResourcesPaginator(r -> r.restApiId(api.id()).limit(1)).items().forEach(item -> paths.add(item.path()));
            say("paths", paths);
            var exported = client.getExport(r -> r.restApiId(api.id()).stageName("prod").exportType("oas30"));
            say("exported", exported.contentType(), exported.body().asUtf8String().contains("\"title\" : \"java\""));
            client.updateRestApi(r -> r.restApiId(api.id()).patchOperations(PatchOperation.builder().op(Op.REMOVE).path("/binaryMediaTypes/image~1png").build()));
            say("patched", client.getRestApi(r -> r.restApiId(api.id())).binaryMediaTypes());
            fails("bad patch", () -> client.updateRestApi(r -> r.restApiId(api.id()).patchOperations(replace("/nothing", "x"))));
            fails("no stage", () -> client.getStage(r -> r.restApiId(api.id()).stageName("none")));
        } finally {
            client.deleteRestApi(r -> r.restApiId(api.id()));
        }
        fails("gone", () -> client.getResources(r -> r.restApiId("gone")));
    }

    private static PatchOperation replace(String path, String value) {
        return PatchOperation.builder().op(Op.REPLACE).path(path).value(value).build();
    }

    private static void say(String what, Object... values) {
        System.out.println(what + ": " + List.of(values));
    }

    private static void fails(String what, Runnable call) {
        try {
            call.run();
            say(what, "no error");
        } catch (ApiGatewayException e) {
            say(what, e.awsErrorDetails().errorCode(), e.statusCode(), e.awsErrorDetails().errorMessage(), e instanceof NotFoundException);
        }
    }
}
